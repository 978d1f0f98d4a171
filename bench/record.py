"""Records of many cases to measure on: the sample hall's cases over and over, under numbers
of our own form. Made once and kept in var/bench, as long as the tables stay the same."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from itertools import cycle, islice
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from tqdm import tqdm

import processes
from bench.load import BenchError
from settings import Settings
from status_service import sample
from status_service.cases import calendar
from status_service.cases import number as case_number
from status_service.cases.calendar import Calendar
from status_service.cases.store import Outcome, Writer
from status_service.cases.write import CaseWrite
from status_service.guides import hall
from status_service.storage.engine import make_engine, writing
from status_service.trust.personal import Vault

BATCH = 5_000  # cases of one transaction
SEED = 20260101  # the same numbers in every run
SERVICE = processes.ROOT / "status_service"
SHAPED_BY = (Path(__file__), *sorted(SERVICE.glob("storage/**/*.py")),
             SERVICE / "cases" / "store.py", SERVICE / "cases" / "write.py",
             SERVICE / "cases" / "number.py", *sorted(SERVICE.glob("sample/**/*.*")))


def numbers(cases: int) -> list[str]:
    """`cases` different numbers, the same ones each time."""
    chance = random.Random(SEED)
    found: dict[str, None] = {}
    while len(found) < cases:
        found[case_number.make(24, chance)] = None
    return list(found)


def kept(directory: Path, cases: int) -> Path:
    """Where the record of `cases` cases is kept; another name when its form changes."""
    shape = hashlib.sha256(b"".join(part.read_bytes() for part in SHAPED_BY
                                    if part.suffix != ".pyc")).hexdigest()[:12]
    return directory / f"{cases}-{shape}.db"


def prepare(path: Path, cases: int, environ: Mapping[str, str]) -> None:
    """Make the record at `path` unless it is there; `environ` is the service's."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob(f"{cases}-*"):
        old.unlink()  # of an earlier form, or half made
    draft = path.with_suffix(".draft")
    own = {**environ, "DATABASE_URL": f"sqlite:///{draft}"}
    service_command(own, "migrate")
    service_command(own, "seed")
    fill(Settings.load(own), cases)
    draft.rename(path)


def service_command(environ: Mapping[str, str], *arguments: str) -> None:
    """`python -m status_service ...`, shown only when it fails."""
    done = subprocess.run([sys.executable, "-m", "status_service", *arguments], check=False,
                          env=dict(environ), cwd=processes.ROOT, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    if done.returncode:
        raise BenchError(f"status_service {arguments[0]}: {done.stdout}{done.stderr}")


def models(today: date, days: Calendar) -> list[CaseWrite]:
    """The sample hall's cases without their persons and codes, each with its newest event."""
    return [msgspec.structs.replace(write, applicant=None, query_code=None, version=1,
                                    history=write.history[-1:])
            for _, write in sample.load(today, days).cases]


def fill(settings: Settings, cases: int) -> None:
    """Write `cases` cases into a record that has the sample hall."""
    engine = make_engine(settings.database_url)
    now = datetime.now(UTC)
    with engine.connect() as connection:
        found = hall.load(connection)
        days = calendar.load(connection)
    today = now.astimezone(ZoneInfo(settings.zone)).date()
    writer = Writer("bench", found, Vault(settings.secret))
    pairs = zip(numbers(cases), cycle(models(today, days)), strict=False)
    with tqdm(total=cases, desc=f"Making {cases:,} cases", unit=" cases") as bar:
        while group := list(islice(pairs, BATCH)):
            with writing(engine).begin() as connection:
                written = writer.put_many(connection, group, now)
            wrong = [w for w in written if w.outcome is not Outcome.CREATED]
            if wrong:
                raise BenchError(f"A case was not written: {wrong[0]}")
            bar.update(len(group))
    engine.dispose()
