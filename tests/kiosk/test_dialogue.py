"""Stories of visits: what a visitor touches, inserts and pulls, and what the screen then says."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kiosk import talk
from kiosk.places import offers
from kiosk.places_case import timeline
from kiosk.prompts import say
from kiosk.screen import Keys
from kiosk.talk import CardFailed, CardIn, CardOut, CardProven, CaseFound, ReaderIs, Session, Wipe
from status_service.wording import answer_screen
from status_service.words import LANGUAGES, Language, Status
from tests.kiosk.screens import every_screen
from tests.kiosk.visit import (
    CARD,
    HOLDER,
    NOW,
    TODAY,
    acts_of_list,
    fact_keys,
    sample_hall,
    texts,
    visit,
)

LEVEL_1 = {"project", "missing", "collection", "collection_where", "collection_ready",
           "collection_bring", "handler", "reason"}


# -- with a card -------------------------------------------------------------------------


def test_a_card_shows_its_cases_and_one_of_them_whole() -> None:
    hall = sample_hall()
    one = visit().inserts().sees("cases", str(len(hall.own)))
    assert acts_of_list(one) == [f"open:{number}" for number in hall.own], "newest first"
    assert one.screen.badge == HOLDER
    number = hall.with_status(Status.COLLECT)
    one.touches(f"open:{number}").sees("case")
    answer = hall.level(number, 2)
    assert sorted(fact_keys(one.screen)) == sorted(
        row.key for row in answer_screen(answer, "zh-CN", TODAY)), "every fact, each once"
    one.touches("back").sees("cases").touches("home").sees("home").touches("go:card").sees("cases")


def test_a_single_case_is_still_a_list() -> None:
    one = visit()
    one.holds = True
    answer = sample_hall().level(sample_hall().own[0], 2)
    one.inserts().give(talk.CasesFound(NOW, (answer,), claimed=False)).sees("cases")
    assert acts_of_list(one) == [f"open:{answer.number}"]


@pytest.mark.parametrize("status", [Status.SUPPLEMENT, Status.COLLECT])
def test_what_one_must_do_comes_first(status: Status) -> None:
    number = sample_hall().with_status(status)
    keys = fact_keys(visit().inserts().touches(f"open:{number}").screen)
    duty = {"actor", "missing", "supply_by"} if status is Status.SUPPLEMENT else {
        "actor", "collection", "collection_where", "collection_ready", "collection_bring"}
    assert set(keys[:len(duty)]) == duty
    assert keys.index("status") < keys.index("number")


def test_where_the_office_must_act_its_state_comes_first() -> None:
    number = sample_hall().with_status(Status.IN_REVIEW)
    assert fact_keys(visit().inserts().touches(f"open:{number}").screen)[0] == "status"


def test_a_way_has_one_present_and_goes_forward() -> None:
    hall = sample_hall()
    for number, whole in hall.answers.items():
        for level in (0, 2):
            stops = timeline(hall.level(number, level), hall.histories[number], "en", NOW)
            states = [stop.state for stop in stops]
            assert states == sorted(states, key=["done", "now", "ahead"].index), number
            ended = whole.status is Status.CLOSED or not whole.certain
            assert states.count("now") == (0 if ended else 1), number
            assert ("ahead" in states) is not ended, number


def test_a_case_without_a_history_still_has_its_way() -> None:
    answer = sample_hall().level(sample_hall().with_status(Status.IN_REVIEW), 0)
    stops = timeline(answer, (), "en", NOW)
    assert [stop.state for stop in stops][:2] == ["done", "now"]
    uncertain = timeline(replace(answer, certain=False), (), "en", NOW)
    assert [stop.state for stop in uncertain] == ["done"]


def test_pulling_the_card_ends_the_visit_anywhere() -> None:
    number = sample_hall().own[0]
    ways: list[list[str]] = [
        [], [f"open:{number}"], [f"open:{number}", "qr"], [f"open:{number}", "print"],
        ["home"], ["home", "go:number", "key:7"], ["home", "go:guides"]]
    for way in ways:
        one = visit("en").inserts().touches(*way)
        before = one.session.visit
        one.pulls().sees("goodbye")
        assert one.done[-1] == Wipe()
        assert one.session.visit == before + 1 and one.seconds == 5
        assert HOLDER not in texts(one.screen)
        one.waits().sees("home")
        assert one.session.language == "zh-CN" and one.seconds is None


def test_who_finishes_is_asked_to_take_the_card() -> None:
    one = visit().inserts().touches("finish").sees("take_card").sees_not(HOLDER)
    assert one.done[-1] == Wipe() and one.seconds is None
    one.pulls().sees("goodbye")
    assert one.done.count(Wipe()) == 1, "it was over already"
    one.waits().sees("home")


def test_a_card_left_behind_ends_even_the_visit_that_went_on_without_it() -> None:
    one = visit().inserts().touches("finish", "home").sees("home")
    one.give(CardOut(NOW)).sees("home").inserts().touches("finish", "home", "go:number", "key:1")
    one.pulls().sees("goodbye")
    assert one.done[-1] == Wipe()


def test_a_kiosk_that_begins_again_knows_its_reader_and_counts_on() -> None:
    one = visit().inserts().give(ReaderIs(NOW, "no_reader"))
    before = one.session.visit
    one.give(talk.Begin(NOW, printer=False)).sees("home", say("zh-CN", "home_no_reader"))
    assert one.session.visit == before > 0


def test_without_a_card_finishing_says_goodbye() -> None:
    one = visit().touches("go:guides", "finish").sees("goodbye")
    assert one.done[-1] == Wipe()


def test_a_card_inserted_in_the_middle_of_anything_is_read() -> None:
    for way in (["go:number", "key:1"], ["go:offices"], ["go:guides", "go:search"]):
        one = visit("ug").touches(*way)
        one.give(CardIn(NOW)).sees("reading")
        one.give(CardProven(NOW, HOLDER, 2)).sees("cases")
        assert one.session.typed == "" and one.screen.language == "ug"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_that_is_refused_differs_from_one_that_cannot_be_checked(
        language: Language) -> None:
    said = set()
    for why in ("unreadable", "refused", "away"):
        one = visit(language).give(CardIn(NOW)).give(CardFailed(NOW, why))
        one.sees(f"card_{why}", say(language, f"card_{why}"))
        assert {"go:number", "go:guides", "home"} <= offers(one.screen)
        said.add(texts(one.screen))
        one.pulls().sees("goodbye")
    assert len(said) == 3


def test_a_card_that_falls_silent_cannot_be_checked_but_may_come_late() -> None:
    one = visit().give(CardIn(NOW)).sees("reading").waits().sees("card_away")
    one.give(CardProven(NOW, HOLDER, 2)).sees("cases")


def test_a_proof_without_a_card_proves_nothing() -> None:
    one = visit().give(CardProven(NOW, HOLDER, 2)).sees("home").sees_not(HOLDER)
    assert one.session.holder == ""


def test_a_session_that_is_over_takes_the_holder_off_the_screen() -> None:
    one = visit().inserts().give(CardFailed(NOW, "away")).sees("card_away").sees_not(HOLDER)
    assert one.session.holder == "" and one.session.level == 0


# -- the reader ----------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["no_reader", "no_service"])
def test_home_is_honest_about_the_reader_and_the_rest_works(
        state: talk.Reader) -> None:
    one = visit("en").give(ReaderIs(NOW, state)).sees("home", say("en", f"home_{state}"))
    one.touches("go:card").sees(state, say("en", state))
    number = sample_hall().own[0]
    one.touches("go:number").types(number).touches("find").sees("case")
    one.touches("home", "go:guides").sees("categories")
    one.touches("home").give(ReaderIs(NOW, "ready")).sees_not(say("en", f"home_{state}"))


def test_a_reader_service_that_dies_ends_the_visit_and_comes_back() -> None:
    one = visit().inserts().give(ReaderIs(NOW, "no_service")).sees("no_service").sees_not(HOLDER)
    assert one.done[-1] == Wipe() and one.session.card == "none"
    one.give(CardOut(NOW)).sees("no_service")
    one.give(ReaderIs(NOW, "ready")).sees("insert_card")
    one.inserts().sees("cases")


def test_a_pulled_card_and_then_a_dead_service_says_so() -> None:
    visit().inserts().pulls().give(ReaderIs(NOW, "no_service")).sees("no_service")


# -- with a number --------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_keyed_card_number_shows_what_anyone_may_know_and_says_why(language: Language) -> None:
    one = visit(language).touches("go:number").types(CARD).touches("find").sees(
        "claimed", say(language, "claimed_why"), say(language, "insert_for_more"))
    for act in acts_of_list(one):
        one.touches(act).sees("case")
        assert LEVEL_1.isdisjoint(fact_keys(one.screen))
        one.touches("qr").sees("take_away").touches("back").sees("case")
        one.touches("back").sees("claimed")
    assert all(not effect.own for effect in one.done if isinstance(effect, talk.FindCase))


def test_what_is_withheld_is_named_with_the_way_to_it() -> None:
    number = sample_hall().with_status(Status.SUPPLEMENT)
    one = visit("en").touches("go:number").types(number).touches("find")
    one.sees("case", say("en", "withheld"), say("en", "insert_for_more"))
    assert "withheld" in fact_keys(one.screen)
    lost = visit("en").give(ReaderIs(NOW, "no_reader")).touches("go:number").types(number)
    lost.touches("find").sees("case", say("en", "ask_for_more"))


def test_a_look_up_never_shows_more_than_anyone_may_know() -> None:
    """Even were the service to answer a typed number with more."""
    number = sample_hall().with_status(Status.COLLECT)
    one = visit().inserts().touches("home", "go:number").types(number)
    one.holds = True
    one.touches("find").give(CaseFound(NOW, sample_hall().level(number, 2), ()))
    assert LEVEL_1.isdisjoint(fact_keys(one.screen)) and one.screen.waiting


def test_the_keypad() -> None:
    one = visit().touches("go:number")
    assert "find" not in offers(one.screen), "nothing is typed"
    one.types("12").touches("key:delete").types("3")
    [keys] = [block for block in one.screen.blocks if isinstance(block, Keys)]
    assert (keys.kind, keys.typed) == ("digits", "13")
    one.types("9" * 60)
    assert len(one.session.typed) == 40
    one.touches("key:x", "key:", "key:12")
    assert len(one.session.typed) == 40
    one.touches("key:clear")
    assert one.session.typed == ""


def test_an_unknown_number_can_be_mended() -> None:
    one = visit("en").touches("go:number").types("999").touches("find").sees("not_found", "999")
    one.sees_not("seems to be wrong").touches("retry").sees("number", "999")
    one.types("000000000").touches("find").sees("not_found", "one digit seems to be wrong")
    one.touches("lang:ug").sees("not_found", "999000000000")
    assert say("ug", "not_found_slip", number="\u2066999000000000\u2069") in texts(one.screen)


def test_digits_of_several_cases_ask_which() -> None:
    one = visit().touches("go:number").types("2463").touches("find").sees("which")
    acts = acts_of_list(one)
    assert len(acts) > 1
    one.touches(acts[1]).sees("case", acts[1].removeprefix("open:"))
    one.touches("back").sees("which").touches("back").sees("number", "2463")


# -- taking away ------------------------------------------------------------------------------


def test_printing_is_offered_only_where_it_is_possible() -> None:
    act = f"open:{sample_hall().own[0]}"
    assert "print" not in offers(visit(printer=False).inserts().touches(act).screen)
    one = visit().inserts().touches(act, "print").sees("printed")
    assert [effect for effect in one.done if isinstance(effect, talk.Print)]
    one.touches("back").sees("case")


def test_paper_that_does_not_come_is_said_and_the_code_offered() -> None:
    one = visit().inserts().touches(f"open:{sample_hall().own[0]}")
    one.printing = False
    one.touches("print").sees("print_failed").touches("retry").sees("print_failed")
    one.touches("qr").sees("take_away")
    one.printing = True
    one.touches("print").sees("printed")


def test_an_impatient_finger_prints_once() -> None:
    one = visit().inserts().touches(f"open:{sample_hall().own[0]}")
    one.holds = True
    one.touches("print")
    one.give(talk.Touched(NOW, "print")).give(talk.Touched(NOW, "print"))
    for effect in list(one.held):
        if isinstance(effect, talk.FindCase):
            result = sample_hall().resolve(effect)
            assert result is not None
            one.give(result)
    assert sum(isinstance(effect, talk.Print) for effect in one.done) == 1
    one.sees("printing").waits().sees("print_failed")


# -- trouble --------------------------------------------------------------------------------


def test_the_service_away_is_said_and_tried_again() -> None:
    number = sample_hall().own[0]
    one = visit("en")
    one.away = True
    one.touches("go:number").types(number).touches("find")
    one.sees("away", say("en", "away_case"), say("en", "away_guides"))
    one.touches("retry").sees("away")
    one.touches("go:guides").sees("away", say("en", "away_hall"))
    one.away = False
    one.touches("retry").sees("categories")
    one.touches("home", "go:number").types(number).touches("find").sees("case")


def test_the_guides_come_while_cases_cannot_be_looked_up() -> None:
    one = visit()
    one.away = True
    one.inserts().sees("away")
    one.away = False  # what the client still knows
    one.touches("go:guides").sees("categories")


def test_what_is_gone_is_said_with_a_way_back() -> None:
    one = visit().inserts()
    one.holds = True
    one.touches(f"open:{sample_hall().own[0]}").give(talk.Gone(NOW)).sees("gone")
    one.holds = False
    one.touches("back").sees("cases")


def test_a_result_that_comes_late_changes_nothing() -> None:
    number = sample_hall().own[0]
    one = visit().inserts()
    one.holds = True
    one.touches(f"open:{number}", "home")
    before = one.screen
    late = sample_hall().resolve(talk.FindCase(number, own=True))
    assert late is not None
    one.give(late)
    assert one.screen == before
    one.pulls().give(late).sees("goodbye").waits().give(late).sees("home")


def test_what_the_screen_does_not_offer_cannot_be_touched() -> None:
    for name, screen in every_screen("zh-CN").items():
        one = visit()
        one.session = Session(place="home", shown=screen)
        for act in ("open:nothing", "lang:fr", "go:", "", "page:next", "key", "stay?"):
            assert one.give(talk.Touched(NOW, act)).screen == screen, (name, act)
