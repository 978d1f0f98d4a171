"""The command: exit codes, the report's file, a kill in the middle, flat memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import processes
from status_service.ingest import mapping
from status_service.ingest.aside import Aside
from status_service.ingest.casting import Line
from status_service.ingest.lines import FileRefused
from status_service.storage import tables
from tests.status_service.ingest.desk import SECRET, Desk
from tests.status_service.ingest.test_exchange import HEAD, ONE, TWO

EXCHANGE = mapping.load("exchange")


def test_all_taken_is_0_some_bad_is_1(hall_desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    good = hall_desk.csv("good.csv", [HEAD, ONE])
    bad = hall_desk.csv("bad.csv", [HEAD, TWO, ("x", "nothing", *ONE[2:])])
    assert hall_desk.command(str(good), "--mapping", "exchange") == 0
    assert "1 created, 0 updated, 0 unchanged" in capsys.readouterr().out
    report = hall_desk.directory / "report.txt"
    assert hall_desk.command(str(bad), "--mapping", "exchange", "--report", str(report)) == 1
    assert "line 3, 事项编码 'nothing': there is no such matter" in report.read_text("utf-8-sig")
    assert "Lines: 2 read, 1 bad" in report.read_text("utf-8-sig")


def test_the_report_names_all_and_the_screen_the_first(
        hall_desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    path = hall_desk.csv("a.csv", [HEAD, *((f"n-{n}", "nothing", *ONE[2:]) for n in range(50))])
    report = hall_desk.directory / "report.txt"
    hall_desk.command(str(path), "--mapping", "exchange", "--dry-run", "--report", str(report))
    screen = capsys.readouterr().out
    assert screen.count("no such matter") == 20 and "… and 30 more" in screen
    assert report.read_text("utf-8-sig").count("no such matter") == 50


@pytest.mark.parametrize(("content", "arguments", "said"), [
    (b"", ("--mapping", "exchange"), "This file is empty."),
    (b"a,b\n1,2\n", ("--mapping", "exchange"), "Columns are missing"),
    (b"PK\x03\x04nonsense", ("--mapping", "exchange"), "This workbook cannot be read"),
    (b"a,b\n1,2\n", ("--mapping", "atlantis"), "There are: burlington, exchange"),
    (",".join(HEAD).encode() + b"\n", ("--mapping", "exchange"), "headings and no lines"),
    (b"x", ("--mapping", "exchange", "--report", "/nowhere/r.txt"), "No such file")])
def test_what_is_refused_is_2_and_writes_nothing(
        hall_desk: Desk, capsys: pytest.CaptureFixture[str], content: bytes,
        arguments: tuple[str, ...], said: str) -> None:
    before = hall_desk.everything()
    path = hall_desk.file("a.csv", content)
    assert hall_desk.command(str(path), *arguments) == 2
    assert said in capsys.readouterr().err
    assert hall_desk.everything() == before


def test_a_file_that_is_not_there_and_a_record_that_is_not_ready(
        hall_desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert hall_desk.command("/nowhere.csv", "--mapping", "exchange") == 2
    assert "cannot be read" in capsys.readouterr().err
    with hall_desk.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM alembic_version"))
    path = hall_desk.csv("a.csv", [HEAD, ONE])
    assert hall_desk.command(str(path), "--mapping", "exchange") == 2
    assert "migrate" in capsys.readouterr().err


def test_killed_in_the_middle_it_leaves_whole_cases_and_runs_again(hall_desk: Desk) -> None:
    cases = 20_000
    path = hall_desk.csv("big.csv", [HEAD, *(
        row for n in range(cases) for row in (
            (f"k-{n:06d}", "permit", "收件", "", "2024-03-01", "2024-03-01"),
            (f"k-{n:06d}", "permit", "受理", "", "2024-03-04", "2024-03-01")))])
    environ = {**os.environ, "HALLWAY_STATE": str(hall_desk.directory / "state"),
               "HALLWAY_MODE": "development", "HALLWAY_SECRET": SECRET,
               "DATABASE_URL": hall_desk.engine.url.render_as_string(hide_password=False)}
    argv = [sys.executable, "-m", "status_service", "import", str(path), "--mapping", "exchange"]
    child = subprocess.Popen(argv, env=environ, cwd=processes.ROOT, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
    try:
        while child.poll() is None and not counted(hall_desk):
            pass  # until the first batch is in the record
        child.send_signal(signal.SIGKILL)
    finally:
        child.kill()
        _, complaint = child.communicate()
    written = counted(hall_desk)
    assert 0 < written < cases, complaint.decode()
    with hall_desk.engine.connect() as connection:
        events = connection.execute(
            sa.select(sa.func.count()).select_from(tables.history)).scalar_one()
    assert events == 2 * written
    assert hall_desk.command(str(path), "--mapping", "exchange") == 0
    assert counted(hall_desk) == cases
    before = hall_desk.everything()
    assert hall_desk.command(str(path), "--mapping", "exchange") == 0
    assert hall_desk.everything() == before


def counted(desk: Desk) -> int:
    with desk.engine.connect() as connection:
        return connection.execute(
            sa.select(sa.func.count()).select_from(tables.cases)).scalar_one()


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=8),
       st.sampled_from(["utf-8", "gb18030"]))
def test_any_lines_after_good_headings_end_in_a_report(
        hall_desk: Desk, lines: list[bytes], encoding: str) -> None:
    content = b"\n".join([",".join(HEAD).encode(encoding), ",".join(ONE).encode(encoding), *lines])
    path = hall_desk.file("any.csv", content)
    try:
        report = hall_desk.take(path, EXCHANGE, dry=True)
    except FileRefused as refused:
        assert str(refused).endswith(".")
        return
    assert report.counts["created"] + report.counts["held back"] >= 1
    assert report.on_screen().isprintable() or "\n" in report.on_screen()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 9)), max_size=400),
       st.integers(0, 40 << 20))
def test_lines_put_aside_come_back_by_case_in_order(
        tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, int]],
        octets: int) -> None:
    with Aside(Path(tmp_path_factory.getbasetemp()), octets) as aside:
        for at, (key, _) in enumerate(told):
            aside.put(Line(at, key, key))
        found = list(aside.cases())
    assert sorted(lines[0].key for lines in found) == sorted({key for key, _ in told})
    for lines in found:
        assert [x.line for x in lines] == [
            at for at, (key, _) in enumerate(told) if key == lines[0].key]
