"""Single cells: every date reads back, everything else is refused with a reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from status_service.cases.write import Paused
from status_service.ingest.cells import Bad, Counts, Days, Instants, items, pauses, shown, tidy
from status_service.words import Pause

FORMS = ("%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日")
ZONES = ("Asia/Shanghai", "America/Toronto", "Asia/Urumqi")
days = st.dates(date(1901, 1, 1), date(2199, 12, 31))
FULL = str.maketrans("0123456789-/:", "０１２３４５６７８９－／：")


@given(days, st.sampled_from(["%Y-%m-%d", *FORMS[::2]]), st.booleans(), st.sampled_from(ZONES))
def test_a_day_reads_back_however_it_is_typed(day: date, form: str, full: bool,
                                              zone: str) -> None:
    typed = f" {day.strftime(form)}"
    found = Instants(FORMS, zone)[typed.translate(FULL) if full else typed]
    assert found.day == day
    assert found.at.astimezone(ZoneInfo(zone)).date() == day


@given(days, st.times(), st.sampled_from(ZONES))
def test_a_time_is_the_zones_own(day: date, clock: time, zone: str) -> None:
    local = datetime.combine(day, clock.replace(microsecond=0, fold=0))
    found = Instants(FORMS, zone)[local.isoformat(" ")]
    assert found.at == local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert found.day == local.date()


@given(days, st.integers(-12, 14))
def test_a_time_with_a_zone_keeps_its_moment(day: date, hours: int) -> None:
    moment = datetime(day.year, day.month, day.day, 23, 30, tzinfo=UTC) + timedelta(hours=hours)
    found = Instants((), "Asia/Shanghai")[moment.isoformat()]
    assert found.at == moment
    assert found.day == moment.astimezone(ZoneInfo("Asia/Shanghai")).date()


def test_clocks_put_on_and_back() -> None:
    read = Instants((), "America/Toronto")
    assert read["2024-03-10 01:30"].at == datetime(2024, 3, 10, 6, 30, tzinfo=UTC)
    assert read["2024-03-10 03:30"].at == datetime(2024, 3, 10, 7, 30, tzinfo=UTC)
    assert read["2024-11-03 12:00"].at == datetime(2024, 11, 3, 17, 0, tzinfo=UTC)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_bad(text: str) -> None:
    try:
        found = Instants(FORMS, "Asia/Shanghai")[text]
    except Bad as bad:
        assert bad.why and bad.todo.endswith(".")
    else:
        assert 1900 <= found.day.year <= 2200


@pytest.mark.parametrize("text", ["2024-02-30", "0024-01-01", "20224-01-01", "2024-W05-1", "45352",
                                  "", "昨天", "2024/13/01"])
def test_no_dates(text: str) -> None:
    with pytest.raises(Bad):
        Instants(FORMS, "Asia/Shanghai")[text]


def test_excels_number_of_a_day_is_recognised() -> None:
    with pytest.raises(Bad) as found:
        Instants((), "Asia/Shanghai")["45352"]
    assert "2024-03-01" in found.value.todo


@given(st.integers(0, 3_650), st.sampled_from(["", "个工作日", " 工作日", "天", " days"]))
def test_counts_of_days(days: int, unit: str) -> None:
    assert Counts()[f"{days}{unit}"] == days


@given(st.text(max_size=12))
def test_any_text_is_a_count_or_bad(text: str) -> None:
    try:
        assert 0 <= Counts()[text] <= 3_650
    except Bad as bad:
        assert bad.todo


def test_pauses_and_lists() -> None:
    read = Days(Instants(FORMS, "Asia/Shanghai"))
    assert pauses("补正 2024-03-05至2024-03-12；听证 2024-04-01至", read) == (
        Paused(since=date(2024, 3, 5), until=date(2024, 3, 12), reason=Pause.SUPPLEMENT),
        Paused(since=date(2024, 4, 1), reason=Pause.HEARING))
    assert items("身份证；房产证\n图纸;; ") == ["身份证", "房产证", "图纸"]
    for wrong in ("吃饭 2024-03-05至", "补正", "补正 2024-03-05至2024-03-01", "补正 x至y"):
        with pytest.raises(Bad):
            pauses(wrong, read)


@given(st.text(max_size=100))
def test_a_shown_value_is_one_short_line(text: str) -> None:
    assert shown(text).isprintable() and len(shown(text)) <= 41
    assert tidy(tidy(text)) == tidy(text)
