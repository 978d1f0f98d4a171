"""At the kiosk with a card: the real program off screen, a real pcscd with a software card in
its slot, the real service with the sample hall."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from status_service.client import Answer
from status_service.wording import Row, answer_speech
from tests.ivr.hall_line import HallPhone
from tests.kiosk.cards import card_images
from tests.kiosk.kiosk_process import Kiosk, kiosk
from tests.kiosk.slot import Reader, card_reader
from tests.servers import Hall
from tests.sms.handset import handset
from tests.status_service.wording.facts import core, read_screen, read_speech, read_text

OF_AYNUR = "263947201581"  # ready to be collected; the showcase gives it to this card's holder
MATTER = "出生医学证明补发"  # of another case of hers

Images = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def images(hall: Hall, tmp_path_factory: pytest.TempPathFactory) -> Images:
    return card_images(hall, tmp_path_factory.mktemp("cards"))


@pytest.fixture(scope="module")
def rig(hall: Hall, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, Kiosk]]:
    """A reader and a kiosk that can be searched."""
    with (card_reader(tmp_path_factory.mktemp("reader")) as reader,
          kiosk(hall, reader, module="tests.kiosk.searched") as one):
        yield reader, one


@pytest.fixture
def stand(rig: tuple[Reader, Kiosk]) -> Iterator[tuple[Reader, Kiosk]]:
    """The rig with nobody there."""
    reader, one = rig
    one.wait_for("home")
    yield reader, one
    reader.remove()
    one.wait_for("home", "goodbye")


def holder_on(state: dict[str, Any]) -> str:
    """Whose card is in, as the screen says it."""
    return str(next(said["text"] for said in state["texts"] if said["part"] == "badge"))


def facts_on(one: Kiosk, name: str) -> tuple[Row, ...]:
    """The facts of the case that is shown, read off all its pages."""
    parts: dict[str, str] = {}
    while True:
        state = one.wait_for(name)
        for said in state["texts"]:
            if said["part"].startswith(("label:", "value:")):
                parts[said["part"]] = parts.get(said["part"], "") + said["text"]
        if state["page"] == state["pages"] - 1:
            break
        page = state["page"]
        one.touch("page:next")
        one.wait(lambda now, page=page: now["page"] > page, "the next page")  # type: ignore[misc]
    keys = [part.removeprefix("value:") for part in parts if part.startswith("value:")]
    return tuple(Row(key, parts[f"label:{key}"], parts[f"value:{key}"], "plain") for key in keys)


def test_a_card_in_its_cases_one_of_them_and_the_card_out(
        stand: tuple[Reader, Kiosk], images: Images) -> None:
    """...and nothing of the person is left: not in what is drawn, in Kivy's caches, in any
    object of the process, nor in its log."""
    reader, one = stand
    card = images["aynur"]
    reader.insert(card)
    listed = one.wait_for("cases")
    holder = holder_on(listed)
    assert "*" in holder and MATTER in one.text()
    one.touch(f"open:{OF_AYNUR}")
    assert holder_on(one.wait_for("case")) == holder
    seen = one.picture()
    assert one.left_behind(holder) and one.left_behind(OF_AYNUR)  # the search does find
    reader.remove()
    one.wait_for("goodbye", "home")
    assert one.left_behind(holder, OF_AYNUR, card["serial"]) == []
    one.wait_for("home")
    assert one.left_behind(holder, OF_AYNUR, card["serial"]) == []
    assert one.picture().tobytes() != seen.tobytes()
    for word in (holder, OF_AYNUR, card["serial"], card["printed"]):
        assert word not in one.log()


def test_what_another_holder_sees_is_their_own(
        stand: tuple[Reader, Kiosk], images: Images) -> None:
    reader, one = stand
    reader.insert(images["aynur"])
    first = one.wait_for("cases")
    reader.remove()
    one.wait_for("goodbye", "home")
    reader.insert(images["zhou"])
    second = one.wait(lambda state: state["screen"] == "cases", "the second one's cases")
    assert holder_on(first) != holder_on(second)
    own = [{act for act in state["targets"] if act.startswith("open:")}
           for state in (first, second)]
    assert own[0] and own[1] and not own[0] & own[1]


def test_kill_9_of_pcscd_in_the_middle(stand: tuple[Reader, Kiosk], images: Images) -> None:
    """The screen says so and forgets the visitor; after its return a card works, untouched."""
    reader, one = stand
    reader.insert(images["aynur"])
    holder = holder_on(one.wait_for("cases"))
    one.touch(f"open:{OF_AYNUR}")
    one.wait_for("case")
    reader.kill()
    gone = one.wait_for("no_service")
    assert "读卡器" in one.text()
    assert holder not in one.text()
    assert one.left_behind(holder, OF_AYNUR) == []
    one.touch("home")
    one.wait_for("home")
    one.touch("go:number")  # what needs no card goes on
    one.wait_for("number")
    one.touch("home")
    reader.remove()
    reader.restart()
    back = one.wait(lambda state: state["screen"] == "home"
                    and state["texts"] != gone["texts"]
                    and not any("读卡器" in said["text"] for said in state["texts"]),
                    "a home screen with its reader")
    assert back["screen"] == "home"
    reader.insert(images["aynur"])
    assert holder_on(one.wait_for("cases")) == holder


def test_a_card_that_stayed_in_through_the_death_of_pcscd_opens_nothing_by_itself(
        stand: tuple[Reader, Kiosk], images: Images) -> None:
    """Nobody saw whether it was changed meanwhile: it is asked for again, and works then."""
    reader, one = stand
    reader.insert(images["aynur"])
    one.wait_for("cases")
    reader.kill()
    one.wait_for("no_service")
    reader.restart()
    one.wait_for("insert_card", "take_card", "home")
    assert one.screen() != "cases"
    reader.remove()
    reader.insert(images["aynur"])
    one.wait_for("cases")


def test_the_same_case_by_kiosk_phone_and_text(
        hall: Hall, stand: tuple[Reader, Kiosk]) -> None:
    """Three real channels over one service: the number alone, the same facts."""
    _, one = stand
    today = datetime.now(ZoneInfo(hall.settings.zone)).date()
    one.touch("go:number")
    one.wait_for("number")
    one.type(OF_AYNUR)
    one.touch("find")
    shown = read_screen(facts_on(one, "case"), "zh-CN", today)
    one.touch("home")
    texted, _, more = (handset(hall).texts(OF_AYNUR).said or "").partition("\n")
    assert texted and "查询码" in more
    written = read_text(texted, "zh-CN", today)
    answer = hall.client.case(OF_AYNUR)
    assert isinstance(answer, Answer)
    must = core(answer, "zh-CN", today)
    assert {key: shown[key] for key in must} == must == {key: written[key] for key in must}
    said = answer_speech(answer, "zh-CN", today)
    assert {key: read_speech(said, "zh-CN", today)[key] for key in must} == must
    call = HallPhone(hall).call("zh-CN").press("1").enter(f"{OF_AYNUR}#")
    call.hears(*(piece.text for piece in said))
