"""The City of Burlington's permits: the City's file where it is present, and always an
excerpt of our own in the same form. Both must show the same properties.

The City's file is looked for at HALLWAY_BURLINGTON, else in ../shared/data.
"""

from __future__ import annotations

import csv
import os
import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import processes
from status_service.cases import calendar
from status_service.cases.compose import compose
from status_service.guides import hall
from status_service.ingest import mapping
from status_service.words import LANGUAGES, Status
from tests.status_service.ingest.desk import Desk, small_hall

BURLINGTON = mapping.load("burlington")
FILE = Path(os.environ.get("HALLWAY_BURLINGTON")
            or processes.ROOT.parent / "shared" / "data" / "burlington_building_permits.csv")
HEAD = ("X", "Y", "OBJECTID", "ADDRESS", "FOLDERTYPE", "FILENO", "INDATE", "ISSUEDATE",
        "WORKDESC", "SUBDESC", "FOLDERSTATUSDESC", "REFERENCEFILE", "RESUNITS", "CONSTRUCTVALUE",
        "PROPINFOVALUE_WARD")
TYPES = tuple(BURLINGTON.project.texts) if BURLINGTON.project else ()
TORONTO = ZoneInfo("America/Toronto")

# Lines, numbers, repeated numbers, those at several addresses, those of both statuses.
CITY_FACTS = (5_026, 4_670, 265, 46, 25)
OUR_FACTS = (182, 118, 42, 41, 27)

Table = list[dict[str, str]]


def stamp(day: date) -> str:
    return f"{day:%Y/%m/%d} 00:00:00+00"


def permit(number: str, at: int, **more: str) -> dict[str, str]:
    return dict(zip(HEAD, (
        "593000.5", "4800000.25", str(at), f"{at} TESTING CRT.   ", TYPES[at % len(TYPES)], number,
        stamp(date(2024, 3, 1)), stamp(date(2024, 4, 2)), "New", "Attached Deck", "Issued", "",
        "0", "1000", str(at % 6 + 1)), strict=True)) | more


def excerpt() -> Table:
    """Lines of our own: single permits, phases, addresses, both statuses, far apart."""
    chance = random.Random(7)
    rows = [permit("99-000001", 1, FOLDERSTATUSDESC="Final"),
            permit("99-000001", 2, INDATE=stamp(date(2025, 7, 15)), ADDRESS="1 TESTING CRT.   ",
                   ISSUEDATE=stamp(date(2025, 7, 30)), WORKDESC="")]
    for at in range(3, 120):
        applied = date(2023, 1, 2) + timedelta(chance.randrange(900))
        for part in range(chance.choice((1, 1, 1, 2, 3))):
            rows.append(permit(
                f"98-{at:06d}", at * 10 + part, INDATE=stamp(applied + timedelta(part * 40)),
                ISSUEDATE=stamp(applied + timedelta(part * 40 + chance.randrange(5, 60))),
                WORKDESC=chance.choice(("New", "Renovation (No ZC Reqd)", "")),
                FOLDERSTATUSDESC=chance.choice(("Issued", "Final", "Final"))))
    chance.shuffle(rows)
    return rows


def rows_of(path: Path) -> Table:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def day(text: str) -> date:
    return datetime.strptime(text[:10], "%Y/%m/%d").date()  # noqa: DTZ007 - a day


@pytest.fixture(params=["ours"] + (["the City's"] if FILE.exists() else []))
def permits(request: pytest.FixtureRequest, desk: Desk) -> Path:
    if request.param == "ours":
        return desk.csv("permits.csv", [HEAD, *(r.values() for r in excerpt())], "utf-8-sig")
    return FILE


def grouped(path: Path) -> dict[str, Table]:
    found: dict[str, Table] = defaultdict(list)
    for row in rows_of(path):
        found[row["FILENO"]].append(row)
    return found


def test_each_case_is_as_far_as_its_least_finished_phase(desk: Desk, permits: Path) -> None:
    report = desk.take(permits, BURLINGTON)
    cases = grouped(permits)
    assert report.counts["read"] == sum(map(len, cases.values()))
    assert (report.counts["created"], report.counts["bad"]) == (len(cases), 0)
    assert desk.numbers() == sorted(cases)
    chosen = [n for n, rows in cases.items() if len(rows) > 1][:60] + list(cases)[:60]
    assert any(len({r["FOLDERSTATUSDESC"] for r in cases[n]}) == 2 for n in chosen)
    for number in chosen:
        rows = cases[number]
        issued = [r for r in rows if r["FOLDERSTATUSDESC"] == "Issued"]
        status, write = desk.case(number)
        assert status == ("decided" if issued else "closed")
        assert write.received_on == min(day(r["INDATE"]) for r in rows)
        latest = max(day(r["ISSUEDATE"]) for r in issued or rows)
        assert write.decision is not None and write.decision.decided_on == latest
        assert write.since == (latest if issued else None)
        history = desk.history(number)
        assert len({e.phase for e in history}) == len(rows)  # no phase is lost
        told = sorted((e.status, e.at and e.at.astimezone(TORONTO).date()) for e in history
                      if e.at)
        assert told == sorted([("received", day(r["INDATE"])) for r in rows]
                              + [("decided", day(r["ISSUEDATE"])) for r in rows])
        assert sum(e.status == "closed" for e in history) == len(rows) - len(issued)
        notes = b"".join(e.note for e in history).decode()
        assert all(" ".join(r["ADDRESS"].split()) in notes for r in rows)


def test_reading_it_again_changes_nothing(desk: Desk, permits: Path) -> None:
    desk.take(permits, BURLINGTON)
    before = desk.everything()
    again = desk.take(permits, BURLINGTON)
    assert again.counts["unchanged"] == len(grouped(permits))
    assert desk.everything() == before


def test_a_dry_run_of_an_empty_record_writes_nothing(desk: Desk, permits: Path) -> None:
    before = desk.everything()
    dry = desk.take(permits, BURLINGTON, dry=True)
    assert desk.everything() == before
    assert dry.counts["created"] == len(grouped(permits))


def test_what_is_known_of_the_file(desk: Desk, permits: Path) -> None:
    """That the tests above look at what they should: the City's file has not changed."""
    facts = CITY_FACTS if permits == FILE else OUR_FACTS
    cases = grouped(permits)
    repeated = [rows for rows in cases.values() if len(rows) > 1]
    assert facts == (
        sum(map(len, cases.values())), len(cases), len(repeated),
        sum(len({r["ADDRESS"] for r in rows}) > 1 for rows in repeated),
        sum(len({r["FOLDERSTATUSDESC"] for r in rows}) > 1 for rows in repeated))
    assert {r["FOLDERTYPE"] for rows in cases.values() for r in rows} == set(TYPES)
    report = desk.take(permits, BURLINGTON)
    assert (report.counts["read"], report.counts["created"]) == facts[:2]


def test_a_case_of_two_phases(desk: Desk, permits: Path) -> None:
    number = "24-019651" if permits == FILE else "99-000001"
    desk.take(permits, BURLINGTON)
    assert len({e.phase for e in desk.history(number)}) == 2


def test_an_older_file_takes_nothing_back(desk: Desk) -> None:
    def file(name: str, *rows: dict[str, str]) -> Path:
        return desk.csv(name, [HEAD, *(r.values() for r in rows)])

    second = {"INDATE": stamp(date(2025, 7, 15)), "ISSUEDATE": stamp(date(2025, 7, 30))}
    old = file("old.csv", permit("99-000009", 1))
    new = file("new.csv", permit("99-000009", 1, FOLDERSTATUSDESC="Final"),
               permit("99-000009", 1, **second))
    newest = file("newest.csv", permit("99-000009", 1, FOLDERSTATUSDESC="Final"),
                  permit("99-000009", 1, **second, FOLDERSTATUSDESC="Final"))
    for path, status in ((old, "decided"), (new, "decided"), (newest, "closed")):
        assert desk.take(path, BURLINGTON).counts["older"] == 0
        assert desk.case("99-000009")[0] == status
    before = desk.everything()
    for path in (old, new):
        report = desk.take(path, BURLINGTON)
        assert report.counts["older"] == 1 and "99-000009" in report.notes[0]
    assert desk.everything() == before


def test_contradicting_lines_are_said_and_the_less_finished_counts(desk: Desk) -> None:
    report = desk.take(desk.csv("a.csv", [
        HEAD, permit("99-000009", 1, FOLDERSTATUSDESC="Final").values(),
        permit("99-000009", 1).values()]), BURLINGTON)
    assert "lines 2 and 3 contradict each other" in report.notes[0]
    assert desk.case("99-000009")[0] == "decided"


def test_an_unknown_status_is_not_finished_and_makes_a_task(desk: Desk) -> None:
    report = desk.take(desk.csv("a.csv", [
        HEAD, permit("99-000009", 1, FOLDERSTATUSDESC="Final").values(),
        permit("99-000009", 2, FOLDERSTATUSDESC="Revoked").values()]), BURLINGTON)
    assert not report.first
    status, write = desk.case("99-000009")
    assert (status, write.status) == ("received", "Revoked")
    assert len(desk.everything()["tasks"]) == 1


def test_an_answer_can_be_made_at_once(desk: Desk) -> None:
    desk.take(desk.csv("a.csv", [HEAD, permit("99-000009", 1).values()]), BURLINGTON)
    status, write = desk.case("99-000009")
    with desk.engine.connect() as connection:
        known, days = hall.load(connection), calendar.load(connection)
    answer = compose("99-000009", Status(status), write, datetime.now(UTC), known, days,
                     date(2026, 1, 5))
    assert answer.office.phone == "905-335-7777" and answer.certain
    assert answer.stage is not None and answer.result is not None and answer.project is not None
    for language in LANGUAGES:
        assert answer.stage.said(language)[1] == answer.project.said(language)[1] == language


@pytest.mark.parametrize(("held", "place"), [
    ((), "building"), (("tax", "planning", "people"), "building"),
    (("tax", "planning", "people", "info", "more"), "planning"),
    (("tax", "traffic", "people", "info", "more"), "more")])
def test_the_menu_never_gets_a_sixth_category(desk: Desk, held: tuple[str, ...],
                                              place: str) -> None:
    if held:
        desk.open_hall(small_hall(held))
    desk.take(desk.csv("a.csv", [HEAD, permit("99-000009", 1).values()]), BURLINGTON)
    with desk.engine.connect() as connection:
        found = hall.load(connection)
    assert found.matters["burlington-permit"].category == place
    assert len(found.categories) == len(held) + (place == "building") <= 5
    assert list(found.categories)[:len(held)] == list(held)


def test_what_the_office_changed_in_its_hall_stays(desk: Desk) -> None:
    path = desk.csv("a.csv", [HEAD, permit("99-000009", 1).values()])
    desk.take(path, BURLINGTON)
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE offices SET position = 7")
    before = desk.everything()
    desk.take(path, BURLINGTON)
    assert desk.everything() == before
