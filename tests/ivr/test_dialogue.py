"""The call as a pure function: any caller, any luck, and it stays a conversation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.dialogue import step
from ivr.lookups import Lookups, at_work, textable
from ivr.talk import (
    MOST_DIGITS,
    SESSION_LIMIT,
    Away,
    CodeOnItsWay,
    DialEnded,
    Dialled,
    Gone,
    Input,
    Keys,
    Line,
    LostTold,
    Mended,
    NotFound,
    NotOpened,
    Opened,
    PersonFound,
    SayAgain,
    Session,
    SeveralFound,
    Silence,
    Step,
    TextForbidden,
    TextQueued,
    TooMany,
)
from ivr.way import MENUS, TRIES, WIDTH
from status_service.client import Candidate, Client, LocalText
from tests.ivr.call import HANDSET
from tests.ivr.conftest import SUNDAY, TUESDAY_MORNING
from tests.ivr.service_double import (
    CODE,
    MISSING,
    NIGHT,
    NUMBER,
    ONE_TIME,
    PLANNING,
    SHUT,
    ServiceDouble,
    answer,
)

PERSON = "+869914810012"
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = TUESDAY_MORNING.astimezone(SHANGHAI)


def stored(session: Session) -> Session:
    """Through the store and back: between any two steps, in every test."""
    packed = msgspec.msgpack.encode(session)
    assert len(packed) < SESSION_LIMIT
    back = msgspec.msgpack.decode(packed, type=Session)
    assert back == session
    assert msgspec.json.decode(msgspec.json.encode(session), type=Session) == session
    return back


class Talk:
    """The dialogue with its look-ups, without webhooks."""

    def __init__(self, at: datetime = NOON, textable: bool = True) -> None:
        self.service = ServiceDouble()
        self.at = at
        self.session = Session()
        self.last = Step(self.session)
        self.turn = 0
        self.gives(Dialled(at, textable))

    def gives(self, heard: Input) -> Step:
        lookups = Lookups(cast(Client, self.service), PERSON)
        self.turn += 1
        said = step(stored(self.session), heard)
        for _ in range(4):
            if not said.effects:
                break
            for effect in said.effects:
                result = lookups.result(effect, self.at, HANDSET, f"turn {self.turn}",
                                        "CA1")
                said = step(stored(said.session), result)
        assert not said.effects, "a turn that does not end"
        self.session, self.last = stored(said.session), said
        return said

    def keys(self, *all_digits: str) -> Step:
        for digits in all_digits:
            self.gives(Keys(self.at, digits))
        return self.last

    def over(self) -> bool:
        return self.last.expect == "nothing"

    def prompts(self) -> list[str]:
        return [piece.prompt for piece in self.last.say if isinstance(piece, Line)]


# -- properties ------------------------------------------------------------------

KEYS = st.sampled_from([*"0123456789*#A", "", "12", NUMBER, SHUT, SHUT, CODE, ONE_TIME,
                        "402817", "240196510000", "2401", "999",
                        "24*01", "**", "0" * 41, "一二", "²", "1" * MOST_DIGITS])
ACTS = st.one_of(
    st.tuples(st.just("keys"), KEYS), st.tuples(st.just("keys"), KEYS),
    st.tuples(st.just("wait"), st.none()), st.tuples(st.just("person"), st.booleans()),
    st.tuples(st.just("again"), st.none()), st.tuples(st.just("mended"), st.none()),
    st.tuples(st.just("service"), st.booleans()), st.tuples(st.just("stop"), st.booleans()),
    st.tuples(st.just("closed"), st.booleans()), st.tuples(st.just("many"), st.booleans()),
    st.tuples(st.just("matters"), st.integers(0, 9)), st.tuples(st.just("sunday"), st.booleans()),
)


@settings(max_examples=250, deadline=None)
@given(st.lists(ACTS, max_size=40), st.booleans())
def test_any_call_stays_a_conversation(acts: list[tuple[str, Any]], can_text: bool) -> None:
    talk = Talk(textable=can_text)
    for act, value in acts:
        if talk.over():
            assert talk.prompts()[-1] == "goodbye"
            return
        pressed = act in ("keys", "again", "mended")
        match act:
            case "keys":
                talk.gives(Keys(talk.at, value))
            case "wait":
                talk.gives(Silence(talk.at))
            case "person":
                talk.gives(DialEnded(talk.at, value))
            case "again":
                talk.gives(SayAgain(talk.at))
            case "mended":
                talk.gives(Mended(talk.at))
            case "service":
                talk.service.away = value
            case "stop":
                talk.service.stopped = {HANDSET} if value else set()
            case "closed":
                talk.service.closed = value
            case "many":
                talk.service.too_many = value
            case "matters":
                talk.service.matter_count = value
            case "sunday":
                talk.at = (SUNDAY if value else TUESDAY_MORNING).astimezone(SHANGHAI)
        assert talk.last.say, "nothing is said"
        if pressed:
            assert not talk.over(), "a key press hung up"
        if talk.last.expect in ("key", "number"):
            assert talk.session.place in MENUS
            assert (talk.last.expect == "number") == (MENUS[talk.session.place].kind == "number")


@settings(max_examples=60, deadline=None)
@given(st.lists(KEYS, max_size=12), st.booleans())
def test_who_falls_silent_is_asked_then_put_through_or_told_the_number(
        before: list[str], sunday: bool) -> None:
    talk = Talk(at=(SUNDAY if sunday else TUESDAY_MORNING).astimezone(SHANGHAI))
    for digits in before:
        talk.gives(Keys(talk.at, digits))
    for _ in range(TRIES + 2):
        if talk.last.expect in ("person", "nothing"):
            break
        talk.gives(Silence(talk.at))
    if talk.last.expect == "person":
        assert not sunday
        talk.gives(DialEnded(talk.at, answered=False))
    for _ in range(TRIES + 2):  # who had asked for a person by key has the menu again
        if talk.last.expect in ("person", "nothing"):
            break
        talk.gives(Silence(talk.at))
    assert talk.last.expect in ("person", "nothing"), "silence goes on for ever"
    if talk.last.expect == "nothing":
        assert talk.prompts()[-1] == "goodbye"
        assert {"person_closed", "nobody_answered"} & set(talk.prompts())


RESULTS = st.sampled_from([
    NotFound(NOON, True), NotFound(NOON, False), SeveralFound(NOON, ()), Gone(NOON),
    PersonFound(NOON, True), PersonFound(NOON, False), TextQueued(NOON), TextForbidden(NOON),
    Away(NOON, "lookup"), Away(NOON, "text"), Away(NOON, "code"), TooMany(NOON),
    NotOpened(NOON), CodeOnItsWay(NOON), LostTold(NOON), Opened(NOON, answer(), "g" * 43),
    Silence(NOON), SayAgain(NOON), Mended(NOON),
    DialEnded(NOON, True), DialEnded(NOON, False), Keys(NOON, "1"), Dialled(NOON, True)])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([*MENUS, "person", "a place of another version"]), RESULTS, st.booleans())
def test_no_input_breaks_any_place(place: str, heard: Input, chosen: bool) -> None:
    said = step(stored(Session(place=place, chosen=chosen)), heard)
    stored(said.session)
    assert said.say or said.effects


def test_the_largest_session_fits() -> None:
    talk = Talk()
    talk.keys("3", "1")
    many = tuple(Candidate("办" * 80 + str(n), LocalText(zh="事"), "2026-01-01") for n in range(9))
    said = step(talk.session, SeveralFound(NOON, many))
    largest = msgspec.structs.replace(said.session, typed="办" * 80, subject="办" * 80,
                                      category="c" * 80, first=("three_wrong_keys",) * 4,
                                      grant="g" * 43)
    assert len(stored(largest).choices) == WIDTH


# -- single turns ------------------------------------------------------------------


def test_one_answer_needs_one_look_up_and_no_clock_of_its_own() -> None:
    talk = Talk()
    talk.keys("3", "1")
    first = step(talk.session, Keys(NOON, NUMBER))
    assert first == step(talk.session, Keys(NOON, NUMBER))
    assert len(first.effects) == 1 and not first.say


def test_three_tries_count_silences_and_wrong_keys_together() -> None:
    talk = Talk()
    talk.keys("3", "7")
    assert talk.prompts()[0] == "wrong_key"
    talk.gives(Silence(NOON))
    assert talk.prompts()[0] == "silent_main"
    talk.keys("8")
    assert talk.prompts() == ["three_wrong_keys", "connecting"] and talk.last.expect == "person"


def test_a_right_key_forgives_the_wrong_ones() -> None:
    talk = Talk()
    talk.keys("3", "7", "8", "2", "*", "7")
    assert talk.prompts()[0] == "wrong_key" and talk.last.expect == "key"


@pytest.mark.parametrize("count", range(10))
def test_a_list_of_any_length_has_five_keys_and_reaches_everything(count: int) -> None:
    talk = Talk()
    talk.service.matter_count = count
    talk.keys("3", "2", "1")
    if not count:
        assert "nothing_here" in talk.prompts()
        return
    reached: list[str] = []
    for _ in range(count):
        assert len(talk.session.choices) <= WIDTH
        reached += [code for code in talk.session.choices if code]
        if len(reached) >= count:
            break
        talk.keys(str(talk.session.choices.index("") + 1))
    assert reached == [f"m{n}" for n in range(1, count + 1)]
    if count > WIDTH:  # "more" on the last page leads to the first
        talk.keys(str(len(talk.session.choices)))
        assert talk.session.choices[0] == "m1"


def test_a_language_that_cannot_be_spoken_is_not_offered() -> None:
    session = step(Session(), Dialled(NOON, True, ("ug",))).session
    said = step(stored(session), Keys(NOON, "2"))
    spoken = [(piece.prompt, piece.language) for piece in said.say if isinstance(piece, Line)]
    assert spoken == [("voice_missing", "zh-CN"), ("choose_language", "zh-CN"),
                      ("voice_missing", "en"), ("choose_language", "en")]


# -- evidence ------------------------------------------------------------------------


def words(talk: Talk) -> str:
    return " ".join(getattr(piece, "text", "") for piece in talk.last.say)


def test_what_is_withheld_is_offered_and_a_code_opens_it_for_the_call() -> None:
    talk = Talk()
    talk.keys("3", "1", SHUT)
    assert talk.prompts() == ["after_answer_more"] and MISSING.en not in words(talk)
    talk.keys("3")
    assert talk.prompts() == ["code"]
    talk.keys(CODE)
    assert MISSING.en in words(talk) and talk.prompts() == ["after_answer"]
    talk.keys("9")  # again, without keying the code again
    assert MISSING.en in words(talk) and talk.service.shown == [CODE]
    talk.keys("2", NUMBER, "2", SHUT)
    assert MISSING.en in words(talk), "the grant is good for its case until the call ends"


def test_nothing_withheld_nothing_offered() -> None:
    talk = Talk()
    talk.keys("3", "1", NUMBER)
    assert talk.prompts() == ["after_answer"]
    talk.keys("3")
    assert talk.prompts()[0] == "wrong_key"


def test_three_codes_that_open_nothing_lead_to_a_person() -> None:
    talk = Talk()
    talk.keys("3", "1", SHUT, "3", "111111")
    assert talk.prompts() == ["code_wrong", "code"]
    talk.keys("222222")
    talk.keys("333333")
    assert talk.prompts() == ["never_opened", "connecting"] and talk.last.expect == "person"
    assert len(talk.service.shown) == 3


def test_a_one_time_code_when_the_slip_is_not_at_hand() -> None:
    talk = Talk()
    talk.keys("3", "1", SHUT, "3", "1")
    assert talk.prompts() == ["code_sent", "one_time"] and talk.service.sent == [SHUT]
    talk.keys("*")
    assert talk.prompts() == ["code"]
    talk.keys("1", ONE_TIME)
    assert MISSING.en in words(talk)


def test_a_new_grant_ends_the_former() -> None:
    talk = Talk()
    talk.keys("3", "1", SHUT, "3", CODE)
    first = talk.session.grant
    talk.session = msgspec.structs.replace(talk.session, place="code")
    talk.keys(CODE)
    assert talk.session.grant != first and set(talk.service.grants) == {talk.session.grant}


def test_a_lost_slip_is_told_and_the_call_goes_on() -> None:
    talk = Talk()
    talk.keys("3", "1", SHUT, "3", "2")
    assert talk.prompts() == ["lost_told", "after_answer_more"]
    assert talk.service.told_lost == [SHUT]


def test_while_nothing_can_be_opened_level_0_goes_on() -> None:
    talk = Talk()
    talk.service.closed = True
    talk.keys("3", "1", SHUT, "3", CODE)
    assert talk.prompts() == ["code_away", "after_answer_more"]
    talk.keys("9")
    assert talk.prompts() == ["after_answer_more"]


def test_who_asks_about_too_many_numbers_is_told() -> None:
    talk = Talk()
    talk.service.too_many = True
    talk.keys("3", "1", NUMBER)
    assert talk.prompts() == ["too_many", "main"]


def test_neither_code_nor_grant_is_in_a_repr() -> None:
    talk = Talk()
    talk.keys("3", "1", SHUT, "3")
    asked = step(talk.session, Keys(NOON, CODE))
    assert CODE not in repr(asked.effects) and CODE not in repr(asked.session)
    opened = Opened(NOON, answer(), "secret-grant")
    assert "secret-grant" not in repr((opened, step(talk.session, opened).session))


# -- whom can be texted, who is there ------------------------------------------------


@pytest.mark.parametrize(("caller", "reached"), [
    (HANDSET, HANDSET), ("+12025550143", "+12025550143"), ("+447911123456", "+447911123456"),
    ("anonymous", None), ("", None), ("+", None), ("Restricted", None), ("+266696687", None),
    ("sip:clerk@10.0.0.1", None), ("+869914810012", None), ("+8610", None),
    ("+864008123456", None)])
def test_who_can_get_a_text(caller: str, reached: str | None) -> None:
    assert textable(caller) == reached


@pytest.mark.parametrize(("at", "there"), [
    ("2026-03-10T09:29", False), ("2026-03-10T09:30", True), ("2026-03-10T18:59", True),
    ("2026-03-10T19:00", False), ("2026-03-08T12:00", False)])
def test_the_hours_of_the_office_that_has_the_persons_phone(at: str, there: bool) -> None:
    time = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)
    assert at_work([NIGHT, PLANNING], PERSON, time) is there
    assert at_work([NIGHT, PLANNING], "+861000000000", time) is True  # nobody's: any office
    assert at_work([], PERSON, time) is False


def test_the_clock_is_the_offices() -> None:
    assert NOON.hour == 12 and TUESDAY_MORNING.tzinfo is UTC
