"""How long it takes to import many cases, beside raw inserts of the same rows, and how much
memory: `python -m status_service import` of an exchange file against SQLite."""

from __future__ import annotations

import csv
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

import processes
from bench import record
from bench.load import BenchError

BATCH = 4_000  # rows of one raw transaction: what the import takes for one
HEADINGS = ("办件编号", "事项编码", "状态", "状态时间", "收件日期", "受理日期", "项目名称")
MATTERS = ("jsgcgh", "jsydgh", "ydys", "dxgx", "xxgk")
STATES = ("受理", "审查中", "办结")
TABLES = ("cases", "history")


class Import(NamedTuple):
    """One import: cases, seconds of each way, and the import's peak memory in MiB."""

    cases: int
    imported: float
    raw: float
    peak: float

    @property
    def ratio(self) -> float:
        """How many times as long as raw inserts."""
        return self.imported / self.raw


def measure(directory: Path, cases: int, environ: Mapping[str, str]) -> Import:
    """Import `cases` cases into a new record, then insert the same rows into another.
    The files are removed afterwards. Raises BenchError when a case is missing."""
    directory.mkdir(parents=True, exist_ok=True)
    file, imported, raw = (directory / name for name in ("cases.csv", "imported.db", "raw.db"))
    for path in (imported, raw):
        _remove(path)
    # Both begin as a record with the sample hall, whose matters the file speaks of.
    own = {**environ, "DATABASE_URL": f"sqlite:///{imported}", "HALLWAY_STATE": str(directory)}
    record.service_command(own, "migrate")
    record.service_command(own, "seed")
    shutil.copy(imported, raw)
    try:
        _write_file(file, cases)
        seconds, peak = _run_import(file, own, directory)
        with closing(sqlite3.connect(raw)) as begun:
            first = {table: _top(begun, table) for table in TABLES}
        with closing(sqlite3.connect(imported)) as done:
            written = done.execute("SELECT count(*) FROM cases WHERE source = 'exchange'")
            if written.fetchone()[0] != cases:
                raise BenchError("The import did not write every case of the file.")
            return Import(cases, seconds, _insert_raw(done, raw, first), peak)
    finally:
        for path in (file, imported, raw):
            _remove(path)


def _write_file(path: Path, cases: int) -> None:
    """One line a case, as a bureau would send them."""
    start = date(2024, 1, 8)
    with path.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(HEADINGS)
        for at, number in enumerate(tqdm(record.numbers(cases), desc=f"A file of {cases:,} cases",
                                         unit=" lines")):
            received = start + timedelta(at % 700)
            lines.writerow((number, MATTERS[at % len(MATTERS)], STATES[at % len(STATES)],
                            f"{received + timedelta(3)} 10:00:00", received,
                            received + timedelta(1), f"项目{at:07d}"))


def _run_import(file: Path, environ: Mapping[str, str], directory: Path) -> tuple[float, float]:
    """(seconds, peak MiB) of one `python -m status_service import`."""
    argv = [sys.executable, "-m", "status_service", "import", str(file), "--mapping", "exchange"]
    began = time.perf_counter()
    with (directory / "import.log").open("wb") as log:
        child = os.posix_spawn(
            sys.executable, argv, {**environ, "PYTHONPATH": str(processes.ROOT)},
            file_actions=[(os.POSIX_SPAWN_DUP2, log.fileno(), 1),
                          (os.POSIX_SPAWN_DUP2, log.fileno(), 2)])
        _, status, used = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    if status:
        raise BenchError(f"The import failed: {(directory / 'import.log').read_text()[-2000:]}")
    return seconds, used.ru_maxrss / 1024  # Linux: KiB


def _insert_raw(done: sqlite3.Connection, path: Path, first: Mapping[str, int]) -> float:
    """Seconds for the same rows by nothing but the driver; reading them is not counted."""
    seconds = 0.0
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON",
                       "cache_size=-65536"):  # as the service opens it
            raw.execute("PRAGMA " + pragma)
        for table in TABLES:
            rows = _rows(done, table, first[table])
            sql = ""
            while batch := list(islice(rows, BATCH)):
                sql = sql or f"INSERT INTO {table} VALUES ({', '.join('?' * len(batch[0]))})"  # noqa: S608 - a fixed list of tables
                began = time.perf_counter()
                raw.execute("BEGIN IMMEDIATE")
                raw.executemany(sql, batch)
                raw.execute("COMMIT")
                seconds += time.perf_counter() - began
    return seconds


def _top(connection: sqlite3.Connection, table: str) -> int:
    found = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608 - as above
    return int(found.fetchone()[0])


def _rows(connection: sqlite3.Connection, table: str, after: int) -> Iterator[tuple[Any, ...]]:
    return connection.execute(f"SELECT * FROM {table} WHERE id > ? ORDER BY id", (after,))  # noqa: S608 - as above


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def table(imports: list[Import]) -> str:
    """The figures as Markdown."""
    rows = ["| import of cases | seconds | raw inserts, seconds | times raw | peak memory, MiB |",
            "|---:|---:|---:|---:|---:|"]
    rows += [f"| {one.cases:,} | {one.imported:.1f} | {one.raw:.1f} | {one.ratio:.1f} "
             f"| {one.peak:.0f} |" for one in imports]
    return "\n".join(rows)
