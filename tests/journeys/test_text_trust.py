"""By text: a number, its code, the phone it comes from; and a code to the registered phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from status_service.storage import tables
from status_service.storage.engine import make_engine
from tests.journeys.owncase import CODE, MISSING, PROJECT, WRONG, OwnCase
from tests.servers import Hall
from tests.sms.handset import handset


@pytest.fixture
def own(hall: Hall) -> Iterator[OwnCase]:
    yield OwnCase(hall)


def test_who_knows_only_the_number(own: OwnCase) -> None:
    own.stranger.texts(own.number).reads("补", own.number).reads_no(MISSING, PROJECT, "王")
    assert f"验证码 {own.number}" in (own.stranger.said or "")


@pytest.mark.parametrize("form", ["{} {}", "{}\n{}", "查询{}，码{}", "{}，查询码{}"])
def test_who_adds_the_code(own: OwnCase, form: str) -> None:
    own.stranger.texts(form.format(own.number, CODE)).reads(MISSING).reads_no("王")


def test_the_code_serves_one_text(own: OwnCase) -> None:
    own.stranger.texts(f"{own.number} {CODE}").reads(MISSING)
    own.stranger.texts(own.number).reads_no(MISSING)


def test_wrong_another_ones_and_locked_are_the_same_words(own: OwnCase, hall: Hall) -> None:
    other = OwnCase(hall)
    said = set()
    for phone, code in ((handset(hall), WRONG), (handset(hall), "186504"), (handset(hall), WRONG),
                        (handset(hall), CODE)):  # the last is right, and the case is locked
        phone.texts(f"{own.number} {code}").reads_no(MISSING)
        said.add(phone.said)
    assert len(said) == 1
    assert own.holder.texts(own.number).said != said.pop(), "the registered phone is not locked"
    own.holder.reads(MISSING)
    other.stranger.texts(f"{other.number} {CODE}").reads(MISSING)


def test_a_text_that_comes_twice_is_one_attempt(own: OwnCase) -> None:
    sender = own.stranger.texts(f"{own.number} {WRONG}")
    for _ in range(5):
        sender.texts(f"{own.number} {WRONG}", sid=sender.sid)
    sender.texts(f"{own.number} {CODE}").reads(MISSING)


def test_a_text_from_the_registered_phone_and_from_another(own: OwnCase) -> None:
    own.holder.texts(own.number).reads(MISSING)
    own.stranger.texts(own.number).reads_no(MISSING)


def test_a_number_that_does_not_exist_says_nothing_about_a_code(own: OwnCase) -> None:
    with_code = own.stranger.texts(f"75-999999 {CODE}").said
    without = own.stranger.texts("75-999999").said
    assert with_code == without


@pytest.mark.parametrize(("asks", "waits"), [
    ("验证码 {}", "5分钟"), ("CODE {}", "5 minutes"), ("كود {}", "5")])
def test_a_code_to_the_registered_phone(own: OwnCase, asks: str, waits: str) -> None:
    """Asked for from another phone; it goes to the registered one, and opens it here."""
    own.stranger.texts(asks.format(own.number)).reads(waits)
    code = own.sent_code().code
    assert re.fullmatch(r"\d{6}", code)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    own.stranger.texts(wrong).reads_no(MISSING)
    handset(own.hall).texts(code).reads_no(MISSING)  # somebody else's conversation
    own.stranger.texts(code)
    assert MISSING in (own.stranger.said or "") or "Site plan" in (own.stranger.said or "")


def test_a_lost_code_becomes_a_task(own: OwnCase) -> None:
    own.stranger.texts(f"丢失 {own.number}").reads("身份证", own.number)
    engine = make_engine(own.hall.environ["DATABASE_URL"])
    with engine.connect() as connection:
        kinds = connection.execute(sa.select(tables.tasks.c.kind).where(
            tables.tasks.c.key.endswith(own.number))).scalars().all()
    engine.dispose()
    assert kinds == ["lost-query-code"]


def test_too_many_numbers(hall: Hall) -> None:
    phone = handset(hall)
    for at in range(31):
        phone.texts(f"76-66{at:04d}")
        phone.later(seconds=40)
    phone.reads("过一小时")


def test_the_registered_phone_reads_the_same_with_a_wrong_code(own: OwnCase) -> None:
    own.holder.texts(f"{own.number} {WRONG}").reads(MISSING)
