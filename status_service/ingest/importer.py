"""From a file to the record: every line is checked before the first case is written."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.engine import Engine
from tqdm import tqdm

from status_service.cases.store import Outcome
from status_service.cases.write import CaseWrite
from status_service.guides.hall import Hall
from status_service.ingest import hallpart, workbook
from status_service.ingest.aside import Aside
from status_service.ingest.casting import LineReader
from status_service.ingest.columns import Columns, score
from status_service.ingest.filewriter import FileWriter
from status_service.ingest.lines import FileRefused, Source, open_csv
from status_service.ingest.mapping import Mapping
from status_service.ingest.merging import merge, repeated
from status_service.ingest.report import Problem, Report
from status_service.storage.engine import writing
from status_service.trust.personal import Vault

BATCH = 4_000  # cases in one transaction: some tenths of a second, for other writers wait
TICK = 1_000  # lines between two looks at the progress bar


class Case(msgspec.Struct, gc=False):
    """One case ready to be written, and the line that its problems are told of."""

    line: int
    number: str
    write: CaseWrite


def open_source(path: Path, mapping: Mapping) -> Source:
    """The table in a file, CSV or XLSX by its first octets. Raises FileRefused."""
    try:
        with path.open("rb") as raw:
            is_workbook = raw.read(len(workbook.MAGIC)) == workbook.MAGIC
        if is_workbook:
            return workbook.open_workbook(path, lambda cells: score(mapping, cells))
        return open_csv(path, mapping.encodings, lambda cells: score(mapping, cells))
    except OSError as error:
        raise FileRefused(f"The file {path} cannot be read: {error.strerror}.") from None


def run(path: Path, mapping: Mapping, engine: Engine, vault: Vault, report: Report, *,
        state: Path, dry: bool = False, quiet: bool = False) -> None:
    """Import a file. `state`: where lines are put aside. Raises FileRefused, and then nothing
    was written; whatever else ends it, whole cases are in the record and it can run again.

    Not guaranteed: that the cases of one file appear at one moment. They appear in batches.
    """
    source = open_source(path, mapping)
    columns = Columns(mapping, source.heading.cells)
    report.about.append(f"Read as {source.how}, with the mapping for {mapping.source}.")
    if columns.unused:
        report.about.append("Columns that were not used: "
                            + ", ".join(dict.fromkeys(columns.unused))[:1_000] + ".")
    now = datetime.now(UTC)
    with engine.connect() as connection:
        whole = hallpart.bring(connection, mapping.hall, now, write=False)
    _check_matters(mapping, whole)
    with Aside(state, path.stat().st_size) as aside:
        _read(source, LineReader(mapping, columns, whole, report,
                                 now.astimezone(ZoneInfo(mapping.zone)).date()),
              aside, report, quiet)
        report.about.extend("note: " + remark for remark in source.remarks)
        if not dry:
            with writing(engine).begin() as connection:
                whole = hallpart.bring(connection, mapping.hall, now, write=True)
        writer = FileWriter(mapping.source, whole, vault, mapping.lines == "states")
        cases = _cases(aside, mapping, report)
        with tqdm(total=report.counts["read"], desc="Checking" if dry else "Writing",
                  unit=" lines", disable=_disable(quiet)) as bar:
            while batch := list(islice(cases, BATCH)):
                _write(engine, writer, batch, now, dry, report)
                gc.collect(0)  # each statement leaves a cycle that holds the batch's keys
                bar.update(report.counts["done"] - bar.n)


def _disable(quiet: bool) -> bool | None:
    return True if quiet else None  # None: only where somebody looks at a terminal


def _check_matters(mapping: Mapping, hall: Hall) -> None:
    for code in filter(None, (mapping.matter, *mapping.matters.values())):
        if code not in hall.matters:
            raise FileRefused(f"The mapping for {mapping.source} speaks of the matter {code!r}, "
                              "which the hall does not have. Nothing was written.")


def _read(source: Source, reader: LineReader, aside: Aside, report: Report,
          quiet: bool) -> None:
    """Check every line and put it aside."""
    count = 0
    with tqdm(total=source.total, desc="Reading", disable=_disable(quiet),
              unit="B" if source.total else " rows", unit_scale=bool(source.total)) as bar:
        for row in source.rows:
            line = reader.read(row)
            if line is not None:
                aside.put(line)
            count += 1
            if count % TICK == 0:
                bar.update(source.position() - bar.n)
        bar.update(source.position() - bar.n)
    report.counts["read"] = count
    if count == 0:
        raise FileRefused("This file has headings and no lines. Nothing was written.")


def _cases(aside: Aside, mapping: Mapping, report: Report) -> Iterator[Case]:
    """Every case of the file that has no bad line."""
    counts = report.counts
    for lines in aside.cases():
        counts["done"] += len(lines)
        first = lines[0]
        if first.write is None or (len(lines) > 1 and any(line.write is None for line in lines)):
            counts["held back"] += 1
            if len(lines) > 1:
                report.note(f"case {first.number} is left as it was: one of its lines "
                            f"({', '.join(str(line.line) for line in lines[:20])}) is bad")
            continue
        if len(lines) > 1:
            counts["repeated"] += repeated(lines)
        yield Case(first.line, first.number, merge(lines, mapping.lines, report.note))


def _write(engine: Engine, writer: FileWriter, batch: list[Case], now: datetime, dry: bool,
           report: Report) -> None:
    items = [(case.number, case.write) for case in batch]
    opened = engine.connect() if dry else writing(engine).begin()
    with opened as connection:
        written = writer.put_many(connection, items, now, dry)
    for case, became in zip(batch, written, strict=True):
        report.counts[became.outcome.value] += 1
        if became.outcome is Outcome.OLDER:
            report.note(f"line {case.line}: the record knows more of case {case.number} than "
                        "this file; it stays as it is")
        elif became.problem:
            report.bad(Problem(case.line, "", "", f"case {case.number} was refused",
                               became.problem[1]))
