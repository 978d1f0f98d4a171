"""A visitor at the kiosk: drives the dialogue with the sample hall, no window, no network.

`visit().inserts("aynur").sees("cases").touches("open:...")`. Only what a screen offers can be
touched; look-ups are answered at once unless the story says otherwise.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from kiosk import talk
from kiosk.dialogue import step
from kiosk.places import offers
from kiosk.screen import Choices, Facts, Keys, Qr, Screen
from kiosk.talk import Effect, Input, Session, Step
from status_service import sample
from status_service.cases.answer import Answer, HistoryEntry, at_level
from status_service.cases.calendar import Calendar, published
from status_service.cases.compose import compose
from status_service.cases.write import CaseWrite
from status_service.client import Candidate
from status_service.guides.hall import make_hall
from status_service.guides.types import MatterDetail, MatterSummary
from status_service.words import LANGUAGES, Status

TODAY = date(2026, 12, 15)
NOW = datetime(2026, 12, 15, 4, tzinfo=UTC).astimezone(ZoneInfo("Asia/Shanghai"))
CARD = "260000000017"  # a printed card number, for those who key it
PIN, CODE = "246810", "135790"  # of that card; what is sent to a new phone
HOLDER = "王*"
QUERY_CODE, SMS_CODE = "640281", "753190"  # of every case here


class SampleHall:
    """The service's side: the sample hall, composed once. Answers any effect."""

    def __init__(self) -> None:
        calendar = Calendar(published(2018, TODAY.year + 3))
        self.data = sample.load(TODAY, calendar)
        hall = make_hall(list(self.data.offices), list(self.data.categories),
                         list(self.data.matters), list(self.data.notices))
        self.hall = hall
        now = NOW.astimezone(UTC)
        self.answers: dict[str, Answer] = {}
        self.histories: dict[str, tuple[HistoryEntry, ...]] = {}
        for number, body in self.data.cases:
            status = Status(body.status)
            self.answers[number] = compose(number, status, body, now, hall, calendar, TODAY)
            self.histories[number] = self._history(body)
        self.own = self._some_of_each()

    def _history(self, body: CaseWrite) -> tuple[HistoryEntry, ...]:
        stages = {stage.code: stage.name for stage in self.hall.matters[body.matter].stages}
        return tuple(HistoryEntry(status=event.status, at=event.at,
                                  stage=stages.get(event.stage or ""))
                     for event in body.history)

    def _some_of_each(self) -> list[str]:
        """A case of every status, newest first: what the card of these stories opens."""
        found: dict[Status, str] = {}
        for number, answer in reversed(self.answers.items()):
            if answer.status is not Status.SUPPLEMENT or (answer.missing and answer.supply_by):
                found.setdefault(answer.status, number)
        return sorted(found.values(), key=lambda n: self.answers[n].received_on, reverse=True)

    def with_status(self, status: Status) -> str:
        return next(n for n in self.own if self.answers[n].status is status)

    def resolve(self, effect: Effect) -> Input | None:
        """What the service says; None for effects that have no result."""
        match effect:
            case talk.FindNumber(typed=typed):
                return self._number("".join(c for c in typed if c.isalnum()))
            case talk.FindCase(number=number, own=own):
                return self._case(number, 2 if own else 0)
            case talk.ListOwnCases():
                return talk.CasesFound(NOW, tuple(self.level(n, 2) for n in self.own), False)
            case talk.ListCardCases():
                return talk.CasesFound(NOW, tuple(self.level(n, 0) for n in self.own), True)
            case talk.Print():
                return talk.Printed(NOW, True)
            case talk.Wipe():
                return None
            case talk.AskPin():
                return talk.PinTold(NOW, "asked", 3)
            case talk.EnterPin(pin=pin):
                return (talk.PinTold(NOW, "good") if pin == PIN
                        else talk.PinTold(NOW, "wrong", 2))
            case talk.SendPhoneCode():
                return talk.PhoneTold(NOW, "sent", True)
            case talk.ShowCode():
                return self._shown(effect)
            case talk.SendCode():
                return talk.CodeOnItsWay(NOW)
            case talk.TellLost():
                return talk.LostTold(NOW)
            case talk.ChangePhone(code=code):
                return talk.PhoneTold(NOW, "changed", code == CODE)
            case _:
                return self._public(effect)

    def _public(self, effect: Effect) -> Input:
        match effect:
            case talk.ListCategories():
                return talk.CategoriesFound(NOW, self.data.categories)
            case talk.ListMatters(category=category):
                return talk.MattersFound(NOW, self._summaries(category=category))
            case talk.SearchMatters(query=query):
                return talk.MattersFound(NOW, self._summaries(query=query))
            case talk.FindMatter(code=code):
                matter = self.hall.matters.get(code)
                if matter is None:
                    return talk.Gone(NOW)
                return talk.GuideFound(NOW, MatterDetail(matter, self.hall.offices[matter.office]))
            case talk.ListNotices():
                return talk.NoticesFound(NOW, self.data.notices)
            case talk.ListOffices():
                return talk.OfficesFound(NOW, self.data.offices)
        raise AssertionError(f"nobody answers {effect}")

    def _summaries(self, category: str = "", query: str = "") -> tuple[MatterSummary, ...]:
        return tuple(
            MatterSummary(m.code, m.name, m.category, m.guide.short) for m in self.data.matters
            if (category and m.category == category)
            or (query and (query in m.code or query in m.name.en.lower() or query in m.name.ug)))

    def level(self, number: str, level: int) -> Answer:
        return at_level(self.answers[number], level)

    def _case(self, number: str, level: int) -> Input:
        if number not in self.answers:
            return talk.Gone(NOW)
        return talk.CaseFound(NOW, self.level(number, level), self.histories[number])

    def _shown(self, effect: talk.ShowCode) -> Input:
        right, level = ((QUERY_CODE, 1) if effect.kind == "query-code" else (SMS_CODE, 2))
        if effect.digits != right:
            return talk.CodeRefused(NOW)
        return talk.CodeOpened(NOW, self.level(effect.number, level),
                               self.histories[effect.number])

    def _number(self, digits: str) -> Input:
        if digits in self.answers:
            return self._case(digits, 0)
        if digits == CARD:
            return talk.CasesFound(NOW, tuple(self.level(n, 0) for n in self.own), True)
        if len(digits) >= 4:
            alike = [n for n in self.answers if n.startswith(digits)][:3]
            if len(alike) > 1:
                return talk.SeveralFound(NOW, tuple(
                    Candidate(n, self.answers[n].matter, self.answers[n].received_on.isoformat())
                    for n in alike))
        return talk.NotFound(NOW, slip=len(digits) == 12)


@lru_cache(maxsize=1)
def sample_hall() -> SampleHall:
    return SampleHall()


def texts(screen: Screen) -> str:
    """Everything a screen says, joined."""
    found: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, str):
            found.append(node)
        elif isinstance(node, dict):
            for key, value in node.items():
                if key not in ("act", "key", "icon", "name", "type", "language", "languages"):
                    walk(value)
        elif isinstance(node, list | tuple):
            for value in node:
                walk(value)

    walk(msgspec.to_builtins(screen))
    return "\n".join(found)


def fact_keys(screen: Screen) -> list[str]:
    return [fact.key for block in screen.blocks if isinstance(block, Facts)
            for fact in block.facts]


def qr_of(screen: Screen) -> str:
    return next(block.content for block in screen.blocks if isinstance(block, Qr))


class Visit:
    """One visitor. Methods return the visit, so that a story reads in one line."""

    def __init__(self, language: str = "zh-CN", printer: bool = True) -> None:
        assert language in LANGUAGES
        self.hall = sample_hall()
        self.away = False  # whether the service cannot be asked
        self.holds = False  # whether results are held back
        self.held: list[Effect] = []
        self.done: list[Effect] = []
        self.printing = True  # whether the printer prints
        self.session = Session()
        self.seconds: float | None = None
        self.screen: Screen
        self.give(talk.Begin(NOW, printer=printer))
        if language != "zh-CN":
            self.touches(f"lang:{language}")

    # -- what a visitor does -------------------------------------------------------

    def touches(self, *acts: str) -> Visit:
        for act in acts:
            keys = any(isinstance(b, Keys) for b in self.screen.blocks)
            assert act in offers(self.screen) or (keys and act.startswith("key:")), (
                act, self.screen.name, sorted(offers(self.screen)))
            self.give(talk.Touched(NOW, act))
        return self

    def types(self, text: str) -> Visit:
        return self.touches(*(f"key:{character}" for character in text))

    def inserts(self, holder: str = HOLDER, pin: bool = False) -> Visit:
        """A card that proves itself; with a PIN, perhaps."""
        self.give(talk.CardIn(NOW))
        return self.give(talk.CardProven(NOW, holder, 2, pin))

    def inserts_bare(self, random: bool = False) -> Visit:
        """A card that has nothing but a number."""
        self.give(talk.CardIn(NOW))
        answers = () if random else tuple(self.hall.level(n, 0) for n in self.hall.own[:3])
        return self.give(talk.CardBare(NOW, random, answers))

    def pulls(self) -> Visit:
        return self.give(talk.CardOut(NOW))

    def waits(self) -> Visit:
        """Until the time that the last step gave runs out."""
        assert self.seconds is not None, f"{self.screen.name} waits for ever"
        return self.give(talk.Silence(NOW))

    def give(self, given: Input) -> Visit:
        taken: Step = step(self.session, given)
        self.session, self.screen, self.seconds = taken.session, taken.show, taken.seconds
        for effect in taken.effects:
            self.done.append(effect)
            if self.holds:
                self.held.append(effect)
            else:
                self._answer(effect)
        return self

    def _answer(self, effect: Effect) -> None:
        if isinstance(effect, talk.Print):
            self.give(talk.Printed(NOW, self.printing))
        elif self.away and not isinstance(effect, talk.Wipe):
            self.give(talk.Away(NOW))
        else:
            result = self.hall.resolve(effect)
            if result is not None:
                self.give(result)

    # -- what a visitor sees --------------------------------------------------------

    def sees(self, name: str, *said: str) -> Visit:
        assert self.screen.name == name, (self.screen.name, texts(self.screen))
        for text in said:
            assert text in texts(self.screen), (text, texts(self.screen))
        return self

    def sees_not(self, *said: str) -> Visit:
        for text in said:
            assert text not in texts(self.screen), text
        return self


def acts_of_list(one: Visit) -> list[str]:
    """What the list on the screen offers, from the top."""
    return [item.act for block in one.screen.blocks if isinstance(block, Choices)
            for item in block.items]


def visit(language: str = "zh-CN", printer: bool = True) -> Visit:
    return Visit(language, printer)
