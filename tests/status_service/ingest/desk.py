"""A desk at which files are imported: a small hall, files of any form, the whole record."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from settings import Settings
from status_service.cases.write import CaseWrite
from status_service.guides import hall
from status_service.guides.types import (
    Category,
    Guide,
    Hours,
    Matter,
    Office,
    Outcome,
    Stage,
)
from status_service.ingest import command, importer
from status_service.ingest.hallpart import Whole
from status_service.ingest.mapping import Mapping
from status_service.ingest.report import Report
from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.trust.personal import Vault
from status_service.words import LocalText

SECRET = "secret-of-the-ingest-tests-" + "8" * 32


def text(zh: str) -> LocalText:
    return LocalText(zh=zh, en=f"{zh} in English", ug=f"{zh} in Uyghur")


def small_hall(categories: Sequence[str] = ("planning",)) -> Whole:
    office = Office(code="window-1", name=text("一号窗口"), address=text("地址"),
                    phone="0991-4810001", hours=(Hours((1, 2, 3, 4, 5), "09:00", "17:00"),),
                    hours_text=text("工作日"))
    guide = Guide(short=text("简介"), conditions=(), materials=(), steps=(text("一步"),),
                  fee=text("免费"), legal_basis=())
    matter = Matter(code="permit", name=text("许可"), category=categories[0], office="window-1",
                    stages=(Stage("intake", text("收件环节")), Stage("review", text("审核环节"))),
                    guide=guide, promised_days=10,
                    outcomes=(Outcome("absent", "refused", text("信息不存在")),))
    return Whole((office,), tuple(Category(c, text(c)) for c in categories), (matter,), ())


class Desk:
    """Imports into one record."""

    def __init__(self, engine: Engine, directory: Path) -> None:
        self.engine = engine
        self.directory = directory

    def open_hall(self, whole: Whole) -> None:
        with writing(self.engine).begin() as connection:
            hall.save(connection, whole, datetime(2026, 1, 5, tzinfo=UTC))

    def take(self, path: Path, mapping: Mapping, dry: bool = False) -> Report:
        """Import a file; what the screen would show is in the report."""
        report = Report(dry=dry)
        importer.run(path, mapping, self.engine, Vault(SECRET), report,
                     state=self.directory / "state", dry=dry, quiet=True)
        return report

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.directory / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def csv(self, name: str, rows: Iterable[Iterable[object]], encoding: str = "utf-8",
            separator: str = ",") -> Path:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=separator).writerows(rows)
        return self.file(name, out.getvalue().encode(encoding))

    def workbook(self, name: str, rows: Iterable[Sequence[Any]]) -> Path:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for row in rows:
            sheet.append(list(row))
        path = self.directory / name
        book.save(path)
        return path

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        with self.engine.connect() as connection:
            return {table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
                    for table in tables.metadata.sorted_tables}

    def case(self, number: str) -> tuple[str, CaseWrite]:
        """A case's status and body."""
        t = tables.cases
        with self.engine.connect() as connection:
            row = connection.execute(
                sa.select(t.c.status, t.c.body).where(t.c.number == number)).one()
        return row.status, msgspec.json.decode(row.body, type=CaseWrite)

    def numbers(self) -> list[str]:
        with self.engine.connect() as connection:
            return sorted(connection.execute(sa.select(tables.cases.c.number)).scalars())

    def history(self, number: str) -> list[Any]:
        t, c = tables.history, tables.cases
        with self.engine.connect() as connection:
            return list(connection.execute(
                sa.select(t).join(c, c.c.id == t.c.case_id).where(c.c.number == number)
                .order_by(t.c.id)))

    def command(self, *arguments: str) -> int:
        """The real command in this process; its exit code."""
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        settings = Settings.load({
            "HALLWAY_STATE": str(self.directory / "state"), "HALLWAY_SECRET": SECRET,
            "DATABASE_URL": self.engine.url.render_as_string(hide_password=False)})
        return command.run(parser.parse_args(arguments), settings)
