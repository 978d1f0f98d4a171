"""At the kiosk without a card: a number, its query code, a code by text, a code that is lost. The
real program off screen and the real service."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import processes
from status_service.storage import tables
from status_service.storage.engine import make_engine
from status_service.trust.personal import Vault
from tests.kiosk.kiosk_process import Kiosk, kiosk
from tests.servers import Hall
from tests.sms.handset import bureau

CODE, WRONG = "604913", "604914"
MISSING, PROJECT = "日照分析图", "白杨沟小区"
_numbers = count(1)


class OwnCase:
    """A case of this story's own, waiting for a document."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        at = next(_numbers)
        self.phone = f"+861370002{at:04d}"
        self.number = bureau(hall).writes(
            f"75-5620{at:02d}", status="supplement", query_code=CODE,
            applicant={"name": "李小红", "phone": self.phone}, supply_by="2027-01-15",
            missing=[{"zh-CN": MISSING, "en": "Sunlight study", "ug": ""}],
            project={"zh-CN": PROJECT, "en": "", "ug": ""}, paused=[
                {"since": "2026-10-20", "reason": "supplement"}])

    def sent_code(self) -> str:
        """The one-time code in the outbox, as soon as it is there."""
        vault, t, found = Vault(self.hall.settings.secret), tables.notifications.c, list[str]()
        engine = make_engine(self.hall.settings.database_url)

        def arrived() -> bool:
            with engine.connect() as connection:
                rows = connection.execute(sa.select(t.recipient, t.sealed).where(
                    t.kind == "code")).all()
            found.extend(vault.unseal(row.sealed) for row in rows
                         if vault.unseal(row.recipient) == self.phone)
            return bool(found)

        processes.Program("the outbox", [], Path("/dev/null")).wait_ready(arrived, 20)
        return found[0]

    def tasks(self) -> list[str]:
        t = tables.tasks.c
        with make_engine(self.hall.settings.database_url).connect() as connection:
            rows = connection.execute(sa.select(t.kind, t.detail)).all()
        return [row.kind for row in rows if self.number in row.detail]


@pytest.fixture(scope="module")
def program(hall: Hall) -> Iterator[Kiosk]:
    with kiosk(hall, module="tests.kiosk.searched") as one:
        yield one


@pytest.fixture
def stand(program: Kiosk) -> Iterator[Kiosk]:
    program.wait_for("home")
    yield program
    if program.screen() not in ("home", "goodbye"):
        program.touch("finish")
    program.wait_for("home")


@pytest.fixture
def own(hall: Hall) -> OwnCase:
    return OwnCase(hall)


def keys(one: Kiosk, digits: str) -> None:
    for at, digit in enumerate(digits, 1):
        one.touch(f"key:{digit}")
        one.wait(lambda state, at=at: any(  # type: ignore[misc]
            said["part"] == "typed" and len(said["text"]) >= at for said in state["texts"]),
            "the key")


def finds(one: Kiosk, own: OwnCase) -> None:
    one.touch("go:number")
    one.wait_for("number")
    keys(one, "".join(c for c in own.number if c.isdigit()))
    one.touch("find")
    one.wait_for("case")


def says(one: Kiosk, text: str) -> dict[str, Any]:
    return one.wait(lambda state: text in "".join(said["text"] for said in state["texts"]), text)


def whole(one: Kiosk) -> str:
    """All pages of what is shown."""
    read = one.text()
    for page in range(1, one.state()["pages"]):
        one.touch("page:next")
        one.wait(lambda state, page=page: state["page"] == page)  # type: ignore[misc]
        read += one.text()
    return read


def asks_more(one: Kiosk, own: OwnCase) -> None:
    finds(one, own)
    one.touch("go:more")
    one.wait_for("code")


def test_the_number_alone(stand: Kiosk, own: OwnCase) -> None:
    finds(stand, own)
    assert "go:more" in stand.state()["targets"]
    read = whole(stand)
    assert "缺" in read and MISSING not in read and PROJECT not in read


def test_the_code_opens_the_case_and_nothing_of_it_is_left(stand: Kiosk, own: OwnCase) -> None:
    asks_more(stand, own)
    keys(stand, CODE)
    assert CODE not in stand.text()
    stand.touch("confirm")
    says(stand, MISSING)
    assert PROJECT in whole(stand)
    stand.touch("finish")
    stand.wait_for("goodbye", "home")
    stand.wait_for("home")
    assert stand.left_behind(CODE, PROJECT, MISSING) == []
    assert not any(word in stand.log() for word in (CODE, PROJECT, MISSING, own.number))


def test_three_wrong_codes_and_the_way_on(stand: Kiosk, own: OwnCase) -> None:
    asks_more(stand, own)
    for left in ("2次", "1次", ""):
        keys(stand, WRONG)
        stand.touch("confirm")
        if left:
            says(stand, f"还可以输入{left}")
    stand.wait_for("code_over")
    assert "窗口" in stand.text()


def test_a_code_by_text(stand: Kiosk, own: OwnCase) -> None:
    asks_more(stand, own)
    stand.touch("go:no_code")
    stand.touch("go:send_code")
    stand.wait_for("sms_code")
    assert "如果" in stand.text(), "whether there is a phone is told to nobody"
    code = own.sent_code()
    keys(stand, code)
    stand.touch("confirm")
    state = says(stand, MISSING)
    assert "go:send_code" not in state["targets"], "level 2 already"
    stand.touch("home")
    stand.wait_for("home")
    assert stand.left_behind(code, PROJECT) == []


def test_a_lost_code_is_told(stand: Kiosk, own: OwnCase) -> None:
    asks_more(stand, own)
    stand.touch("go:no_code")
    stand.touch("go:lost_code")
    stand.wait_for("lost_told")
    assert "身份证" in stand.text()
    assert own.tasks() == ["lost-query-code"]
