"""Whatever comes in, in whatever order: the dialogue never raises, always shows a way out in
the language chosen, keeps no datum of a person past the end of a visit."""

from __future__ import annotations

import string
from typing import Literal, cast

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from kiosk import talk
from kiosk.dialogue import KEYS, step
from kiosk.places import offers
from kiosk.screen import Choices, Facts, Keys, Screen, Tiles
from kiosk.steps_code import CHECKS
from kiosk.talk import Effect, Input, Session, Step, Wipe
from status_service.words import LANGUAGES, Status
from tests.kiosk.visit import CARD, HOLDER, NOW, QUERY_CODE, sample_hall, texts

LEVEL_1 = {"project", "missing", "collection", "collection_where", "collection_ready",
           "collection_bring", "handler", "reason"}
WAYS_OUT = {"home", "back", "finish", "stay"}
KINDS: list[type[Input]] = [
    talk.CaseFound, talk.SeveralFound, talk.NotFound, talk.TooManyNumbers, talk.CasesFound,
    talk.CategoriesFound, talk.MattersFound, talk.GuideFound, talk.NoticesFound,
    talk.OfficesFound, talk.Gone, talk.Away, talk.Printed, talk.PinTold, talk.PhoneTold,
    talk.CodeOpened, talk.CodeRefused, talk.CodeOnItsWay, talk.LostTold]


def all_acts(screen: Screen) -> list[str]:
    """Every act on a screen, twice if it is there twice."""
    acts = [button.act for button in screen.foot] + [key.act for key in screen.languages]
    for block in screen.blocks:
        if isinstance(block, Tiles):
            acts += [button.act for button in block.buttons]
        elif isinstance(block, Choices):
            acts += [item.act for item in block.items]
        elif isinstance(block, Keys):
            acts += [f"key:{character}" for character in KEYS[block.kind]]
            acts += ["key:delete", "key:clear"]
    return acts


def stray_results() -> list[Input]:
    """One result of each kind, as if they came from anywhere."""
    hall = sample_hall()
    number, matter = hall.own[0], hall.data.matters[0]
    asked: list[Effect] = [
        talk.FindCase(number, own=True), talk.FindCase(number, own=False),
        talk.FindNumber(hall.own[0][:4]), talk.FindNumber("1"), talk.ListOwnCases(),
        talk.ListCardCases(CARD), talk.ListCategories(), talk.ListMatters(matter.category),
        talk.FindMatter(matter.code), talk.ListNotices(), talk.ListOffices(),
        talk.ShowCode(number, QUERY_CODE, "query-code"), talk.ShowCode(number, "1", "query-code"),
        talk.SendCode(number, "ug"), talk.TellLost(number)]
    found = [hall.resolve(effect) for effect in asked]
    strays = [one for one in found if one is not None]
    return [*strays, talk.SeveralFound(NOW, ()), talk.Gone(NOW), talk.Away(NOW),
            talk.Printed(NOW, True), talk.Printed(NOW, False), talk.CasesFound(NOW, (), False),
            talk.NoticesFound(NOW, ()), talk.OfficesFound(NOW, ()), talk.NotFound(NOW, True),
            talk.TooManyNumbers(NOW, 60),
            talk.CategoriesFound(NOW, ()), talk.MattersFound(NOW, ()),
            talk.PinTold(NOW, "good"), talk.PinTold(NOW, "wrong", 1), talk.PinTold(NOW, "later"),
            talk.PhoneTold(NOW, "sent", True), talk.PhoneTold(NOW, "changed", False)]


STRAYS = stray_results()


class Kiosk(RuleBasedStateMachine):
    """The driver, with look-ups that are answered now, later, or never."""

    @initialize(printer=st.booleans())
    def begin(self, printer: bool) -> None:
        self.session = Session()
        self.held: list[Effect] = []
        self.language = "zh-CN"
        self.inside = False  # a proven card
        self.proven = ""  # the case that a code opened
        self.give(talk.Begin(NOW, printer=printer))

    def give(self, given: Input) -> None:
        before = self.session
        if (isinstance(given, talk.CodeOpened) and before.place in CHECKS
                and given.answer.number == before.subject):
            self.proven = before.subject
        if isinstance(given, talk.CardIn):
            self.proven = ""
        taken: Step = step(before, given)
        self.session, self.screen, self.seconds = taken.session, taken.show, taken.seconds
        if Wipe() in taken.effects:
            self.inside = False
            self.proven = ""
            self.held.clear()
            assert taken.session.visit > before.visit
            bare = Session(language=self.session.language, place=self.session.place,
                           reader=self.session.reader, printer=self.session.printer,
                           visit=self.session.visit, shown=self.screen)
            if isinstance(given, talk.CardFailed):  # it is still in the slot
                bare = replace(bare, card=given.why, trail=(("home", ""),))
            if isinstance(given, talk.CardIn):
                bare = replace(bare, card="reading", trail=(("home", ""),))
            assert self.session == bare, "something of the visit is left"
            left = msgspec.json.encode(self.session).decode()
            assert HOLDER not in left
            assert not any(number in left for number in sample_hall().own)
        self.held += [effect for effect in taken.effects if not isinstance(effect, Wipe)]

    @rule(choice=st.integers(0, 10_000))
    def touch(self, choice: int) -> None:
        acts = sorted(offers(self.screen)) + [a for a in all_acts(self.screen)
                                              if a.startswith("key:")]
        if not acts:
            return
        act = acts[choice % len(acts)]
        self.give(talk.Touched(NOW, act))
        if act.startswith("lang:"):
            assert self.screen.language == act.removeprefix("lang:")

    @rule(act=st.one_of(st.text(max_size=12), st.sampled_from(
        ["open:x", "open:", "confirm", "go:phone", "key:\u0000", "print", "qr", "retry", "find",
         "stay", "back", "home", "lang:xx", "go:number", "go:nowhere", "go:card", "finish"])))
    def touch_anything(self, act: str) -> None:
        before, offered = self.screen, offers(self.screen)
        keys = any(isinstance(block, Keys) for block in before.blocks)
        self.give(talk.Touched(NOW, act))
        if act not in offered and not (keys and act.startswith("key:")):
            assert self.screen == before

    @rule(number=st.one_of(st.sampled_from([CARD, *sample_hall().own[:2], "2463"]),
                           st.text(string.digits, max_size=14)))
    def look_up(self, number: str) -> None:
        for act in ("home", "go:number", *(f"key:{c}" for c in number), "find"):
            self.give(talk.Touched(NOW, act))

    @rule(last=st.booleans())
    def answer(self, last: bool) -> None:
        if self.held:
            effect = self.held.pop(-1 if last else 0)
            result = sample_hall().resolve(effect)
            if result is not None:
                self.give(result)

    @rule()
    def fail(self) -> None:
        if self.held:
            self.held.pop()
            self.give(talk.Away(NOW))

    @rule(stray=st.sampled_from(STRAYS))
    def stray(self, stray: Input) -> None:
        self.give(stray)

    @rule()
    def silence(self) -> None:
        if self.seconds is not None:
            self.give(talk.Silence(NOW))

    @rule()
    def insert(self) -> None:
        self.give(talk.CardIn(NOW))
        self.inside = False

    @rule(pin=st.booleans())
    def prove(self, pin: bool) -> None:
        if self.session.card != "none":
            self.give(talk.CardProven(NOW, HOLDER, 2, pin))
            self.inside = True

    @rule(random=st.booleans())
    def show_a_number(self, random: bool) -> None:
        if self.session.card == "reading":
            hall = sample_hall()
            self.give(talk.CardBare(NOW, random, tuple(hall.level(n, 0) for n in hall.own[:2])))

    @rule(why=st.sampled_from(["unreadable", "refused", "away"]))
    def refuse(self, why: str) -> None:
        self.give(talk.CardFailed(NOW, cast(Literal["unreadable", "refused", "away"], why)))
        self.inside = False

    @rule()
    def pull(self) -> None:
        self.give(talk.CardOut(NOW))
        assert self.session.card == "none"
        self.inside = False

    @rule(state=st.sampled_from(["ready", "no_reader", "no_service"]))
    def reader(self, state: str) -> None:
        self.give(talk.ReaderIs(NOW, cast(talk.Reader, state)))

    @invariant()
    def there_is_a_way_out(self) -> None:
        if self.screen.name != "home":
            assert WAYS_OUT & offers(self.screen), self.screen.name
        else:
            assert {"go:card", "go:number", "go:guides", "go:notices",
                    "go:offices"} <= offers(self.screen)

    @invariant()
    def it_is_in_the_language_chosen(self) -> None:
        assert self.screen.language == self.session.language in LANGUAGES
        assert [key.language for key in self.screen.languages if key.chosen] == [
            self.session.language]

    @invariant()
    def acts_are_unique(self) -> None:
        acts = all_acts(self.screen)
        assert len(acts) == len(set(acts)), sorted(acts)

    @invariant()
    def nothing_of_a_person_without_a_proven_card(self) -> None:
        if self.session.card == "proven":
            assert self.inside
            return
        assert HOLDER not in texts(self.screen)
        keys = {fact.key for block in self.screen.blocks if isinstance(block, Facts)
                for fact in block.facts}
        if self.screen.name == "case" and self.session.place != "unlocked":
            assert LEVEL_1.isdisjoint(keys)

    @invariant()
    def a_code_opens_its_case_and_nothing_else(self) -> None:
        known = self.session.unlocked
        assert known is None or known.answer.number == self.proven
        if self.session.place == "unlocked" and self.screen.name == "case":
            assert self.session.subject == self.proven

    @rule(code=st.sampled_from([QUERY_CODE, "999999"]), number=st.sampled_from(
        [sample_hall().with_status(one) for one in (Status.SUPPLEMENT, Status.COLLECT)]))
    def climb(self, code: str, number: str) -> None:
        """What chance alone would hardly find: a number, then the code."""
        if self.screen.name != "number" or self.held or self.session.typed:
            return
        for key in number:
            self.give(talk.Touched(NOW, f"key:{key}"))
        self.give(talk.Touched(NOW, "find"))
        self.answer(True)
        self.give(talk.Touched(NOW, "go:more"))
        for key in code:
            self.give(talk.Touched(NOW, f"key:{key}"))
        self.give(talk.Touched(NOW, "confirm"))

    @invariant()
    def the_way_back_is_short(self) -> None:
        assert len(self.session.trail) <= 12
        places = [place for place, _ in self.session.trail]
        assert len(places) == len(set(places)), places

    @invariant()
    def the_session_can_be_written_down(self) -> None:
        again = msgspec.json.decode(msgspec.json.encode(self.session), type=Session)
        assert again == self.session


Kiosk.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestKiosk = Kiosk.TestCase


def test_every_kind_of_result_is_among_the_strays() -> None:
    assert {type(one) for one in STRAYS} == set(KINDS)
