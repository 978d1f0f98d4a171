"""At the kiosk with a PIN, and with cards that prove less: the real program off screen, a real
pcscd with software cards, the real service with the sample hall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from status_service.cases.store import identity_hash
from status_service.cases.write import Person
from status_service.storage import tables
from status_service.storage.engine import make_engine, writing
from status_service.trust.personal import Phone, Vault
from status_service.trust.registered import change_phone
from tests.kiosk.cards import card_images
from tests.kiosk.kiosk_process import Kiosk, kiosk
from tests.kiosk.slot import Reader, card_reader
from tests.servers import Hall

PIN, WRONG = "246810", "975312"
FORMER, NEW = "+8613800000106", "13800000377"  # of the card's holder

Images = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def images(hall: Hall, tmp_path_factory: pytest.TempPathFactory) -> Images:
    return card_images(hall, tmp_path_factory.mktemp("cards"))


@pytest.fixture(scope="module")
def rig(hall: Hall, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, Kiosk]]:
    with (card_reader(tmp_path_factory.mktemp("reader")) as reader,
          kiosk(hall, reader, module="tests.kiosk.searched") as one):
        yield reader, one


@pytest.fixture
def stand(rig: tuple[Reader, Kiosk]) -> Iterator[tuple[Reader, Kiosk]]:
    reader, one = rig
    one.wait_for("home")
    yield reader, one
    reader.remove()
    one.wait_for("home", "goodbye")


def keys(one: Kiosk, digits: str) -> None:
    for at, digit in enumerate(digits, 1):
        one.touch(f"key:{digit}")
        one.wait(lambda state, at=at: typed(state, at), "the key")  # type: ignore[misc]


def typed(state: dict[str, Any], many: int) -> bool:
    return any(said["part"] == "typed" and len(said["text"]) >= many for said in state["texts"])


def marlowe(hall: Hall) -> tuple[int, str]:
    """The card's holder in the record, and their registered phone."""
    vault, t = Vault(hall.settings.secret), tables.applicants.c
    wanted = identity_hash(vault, Person("Elena Marlowe", FORMER, language="en"))
    with make_engine(hall.settings.database_url).connect() as connection:
        row = connection.execute(
            sa.select(t.id, t.sealed).where(t.identity_hash == wanted)).one()
    return row.id, vault.unseal(row.sealed).partition("\0")[2]


def sent_to(hall: Hall, phone: str) -> str:
    """The code that was sent to this phone last."""
    vault, t = Vault(hall.settings.secret), tables.notifications.c
    with make_engine(hall.settings.database_url).connect() as connection:
        rows = connection.execute(sa.select(t.recipient, t.sealed).where(
            t.kind == "code").order_by(t.created_at.desc())).all()
    return next(vault.unseal(row.sealed) for row in rows
                if vault.unseal(row.recipient) == phone)


def test_from_the_pin_to_a_new_phone(hall: Hall, stand: tuple[Reader, Kiosk],
                                     images: Images) -> None:
    """...and neither the PIN nor the new number is left in the program or in its log."""
    reader, one = stand
    applicant, former = marlowe(hall)
    assert former == FORMER
    reader.insert(images["marlowe"])
    one.wait_for("cases")
    one.touch("go:phone")
    one.wait_for("pin")
    keys(one, WRONG)
    assert WRONG not in one.text()
    one.touch("confirm")
    one.wait(lambda state: "还可以输入2次" in "".join(
        said["text"] for said in state["texts"]), "one try less")
    keys(one, PIN)
    one.touch("confirm")
    one.wait_for("new_phone")
    keys(one, NEW)
    one.touch("confirm")
    one.wait_for("phone_code")
    keys(one, sent_to(hall, f"+86{NEW}"))
    one.touch("confirm")
    one.wait_for("phone_changed")
    try:
        assert marlowe(hall) == (applicant, f"+86{NEW}")
        reader.remove()
        one.wait_for("goodbye", "home")
        assert one.left_behind(PIN, WRONG, NEW) == []
        for secret in (PIN, WRONG, NEW):
            assert secret not in one.log()
    finally:
        with writing(make_engine(hall.settings.database_url)).begin() as connection:
            change_phone(connection, Vault(hall.settings.secret), applicant, Phone(FORMER))


def test_a_blocked_pin_leaves_the_cases_open(stand: tuple[Reader, Kiosk],
                                             images: Images) -> None:
    reader, one = stand
    reader.insert(images["aynur"], "locked")
    one.wait_for("cases")
    one.touch("go:phone")
    one.wait_for("pin_blocked")
    one.touch("back")
    one.wait_for("cases")


def test_another_card_between_the_keys_and_the_confirmation(
        stand: tuple[Reader, Kiosk], images: Images) -> None:
    reader, one = stand
    reader.insert(images["aynur"])
    one.wait_for("cases")
    one.touch("go:phone")
    one.wait_for("pin")
    keys(one, PIN)
    reader.swap(images["marlowe"])
    one.wait(lambda state: state["screen"] not in ("pin", "new_phone"), "the end of the visit")
    assert one.left_behind(PIN) == []


@pytest.mark.parametrize("fault", ["", "cloned", "replay", "version"])
def test_a_contactless_card(stand: tuple[Reader, Kiosk], images: Images, fault: str) -> None:
    reader, one = stand
    reader.insert(images["desfire"], fault)
    state = one.wait_for("card_refused" if fault else "cases")
    assert "go:phone" not in state["targets"], "this kind has no PIN"


def test_a_card_with_but_a_number_says_so(stand: tuple[Reader, Kiosk], images: Images) -> None:
    reader, one = stand
    reader.insert(images["bare"])
    one.wait_for("card_bare")
    assert "谁都可以复制" in one.text()
    reader.remove()
    one.wait_for("goodbye", "home")
    one.wait_for("home")
    reader.insert(images["bare"] | {"uid": "08"})
    one.wait_for("card_random")
