"""Reading workbooks: whole ones as text, broken ones as rows or a refusal."""

from __future__ import annotations

import io
import tempfile
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from status_service.ingest.lines import FileRefused, Row, Source
from status_service.ingest.workbook import open_workbook


def score(cells: list[str]) -> int:
    return len({"number", "name"} & {c.strip() for c in cells})


def made(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    book.create_sheet("about", 0).append(("about", "this file"))
    sheet = book.create_sheet("cases")
    for row in (("number", "name"), *rows):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def opened(content: bytes, directory: Path) -> tuple[Source, list[Row]]:
    path = directory / "file.xlsx"
    path.write_bytes(content)
    source = open_workbook(path, score)
    return source, list(source.rows)


def test_values_become_what_one_would_write(tmp_path: Path) -> None:
    source, rows = opened(made(
        ("007", "x"), (7, 2.0), (1.5, True), (date(2024, 3, 1), None),
        (datetime.combine(date(2024, 3, 1), time(9, 30)), "#REF!"), ("a",)), tmp_path)
    assert "'cases'" in source.how and "3 sheets" in source.remarks[0]
    assert [r.cells for r in rows] == [
        ["007", "x"], ["7", "2"], ["1.5", "True"], ["2024-03-01", ""],
        ["2024-03-01 09:30:00", "#REF!"], ["a", ""]]
    assert [r.numeric for r in rows[:3]] == [(), (0, 1), (0,)]
    assert [r.line for r in rows] == [2, 3, 4, 5, 6, 7]
    assert rows[4].flaw and "#REF!" in rows[4].flaw[0]


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    with pytest.raises(FileRefused, match="empty"):
        opened(out.getvalue(), tmp_path)


WHOLE = made(*((f"n-{n}", "x" * 20) for n in range(40)))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(WHOLE)), st.lists(
    st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=4))
def test_a_damaged_workbook_gives_rows_or_a_refusal(
        end: int, changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(WHOLE)
    for at, octet in changes:
        damaged[at] = octet
    for content in (bytes(damaged), bytes(damaged[:end])):
        with tempfile.TemporaryDirectory() as directory:
            try:
                _, rows = opened(content, Path(directory))
            except FileRefused as refused:
                assert str(refused).endswith(".")
            else:
                assert [r.line for r in rows] == sorted({r.line for r in rows})
