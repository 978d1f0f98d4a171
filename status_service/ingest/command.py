"""`python -m status_service import FILE --mapping NAME`: read cases from a file."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from settings import Settings
from status_service.ingest import importer, mapping
from status_service.ingest.lines import FileRefused
from status_service.ingest.report import Report
from status_service.storage import migrate
from status_service.storage.engine import make_engine
from status_service.trust.personal import Vault

DONE, SOME_BAD, REFUSED, INTERRUPTED = 0, 1, 2, 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV or XLSX")
    parser.add_argument("--mapping", required=True, metavar="NAME",
                        help=f"{', '.join(mapping.names())}, or the path of a mapping of yours")
    parser.add_argument("--dry-run", action="store_true",
                        help="check every line and count, but write nothing")
    parser.add_argument("--report", type=Path, metavar="FILE",
                        help="write everything that was found here; the screen shows the first")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """0: every line was taken; 1: some were not, the report names them; 2: the file or the
    mapping was refused and nothing was written; 130: interrupted, run it again."""
    try:
        known = mapping.load(args.mapping)
        engine = _frugal(make_engine(settings.database_url))
        if not migrate.is_current(engine):
            raise FileRefused("The record is not ready: run `python -m status_service migrate`.")
        with Report(args.report, args.dry_run) as report:
            try:
                with _rarely_collecting():
                    importer.run(args.file, known, engine, Vault(settings.secret), report,
                                 state=settings.state, dry=args.dry_run)
            except KeyboardInterrupt:
                _complain(report.on_screen() + "\nInterrupted. What was written is whole; "
                          "run it again to finish.")
                return INTERRUPTED
    except (FileRefused, mapping.MappingError) as error:
        _complain(str(error))
        return REFUSED
    except OSError as error:
        _complain(f"{error.strerror}: {error.filename}")
        return REFUSED
    sys.stdout.write(report.on_screen() + "\n")
    return SOME_BAD if report.counts["problems"] else DONE


def _frugal(engine: Engine) -> Engine:
    """Without mapping the SQLite file into memory: it helps look-ups, and would make an
    import look as large as the record."""
    if engine.dialect.name == "sqlite":
        @event.listens_for(engine, "connect")
        def unmap(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA mmap_size=0")

    return engine


@contextmanager
def _rarely_collecting() -> Iterator[None]:
    """A batch is a hundred thousand objects and no cycle among them: looking for one after
    every few hundred costs a fifth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _complain(text: str) -> None:
    sys.stderr.write(text + "\n")
