"""Invented cases for the sample hall: three years of them, in every status.

The same `today` and calendar give the same cases. What happens in them is
drawn here as a course of steps (see `course`); who applied, and about what,
comes from story.yaml; the well-known cases from showcase.yaml.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Literal

import msgspec

from status_service.cases import number as case_number
from status_service.cases.write import CaseWrite, Person
from status_service.guides.types import Matter, Office
from status_service.sample.course import (
    ENDS,
    PAUSES,
    STATUS,
    SUPPLY_DAYS,
    Days,
    Does,
    Step,
    Tale,
    WorkingDays,
    length,
    play,
)
from status_service.words import LocalText, ResultClass, Status

YEARS = 3
EXPERTS = "experts"  # the code of a stage in which the clock stands still
SEED = "Yunquan"
CLOSED = 170
TELL_DAYS = 5  # working days within which an applicant is told what is missing (许可法 § 32)

Turn = Literal["smooth", "incomplete", "revised", "paused", "extended", "late", "rejected",
               "withdrawn", "given_up"]
TURNS: dict[Turn, int] = {"smooth": 48, "incomplete": 14, "revised": 8, "paused": 10,
                          "extended": 6, "late": 7, "rejected": 6, "withdrawn": 5, "given_up": 2}
# Cases that are still open: where they stand, what has happened to them, and how many.
OPEN: tuple[tuple[Status, Turn, int], ...] = (
    (Status.RECEIVED, "smooth", 10),
    (Status.ACCEPTED, "smooth", 10),
    (Status.SUPPLEMENT, "incomplete", 10),
    (Status.SUPPLEMENT, "revised", 8),
    (Status.IN_REVIEW, "smooth", 16),
    (Status.IN_REVIEW, "revised", 4),
    (Status.IN_REVIEW, "extended", 6),
    (Status.IN_REVIEW, "late", 9),
    (Status.SUSPENDED, "paused", 14),
    (Status.DECIDED, "smooth", 8),
    (Status.COLLECT, "smooth", 14),
    (Status.COLLECT, "late", 3),
)


class Demand(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How often a matter is applied for, by whom, and about what kind of project."""

    share: int
    applicants: tuple[str, ...]
    project: str | None = None


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    surnames: tuple[str, ...]
    given: tuple[str, ...]
    uyghur_given: tuple[str, ...]
    uyghur_family: tuple[str, ...]
    visitors: tuple[str, ...]


class Story(Tale, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """story.yaml: all that the invented cases are made of."""

    pauses: dict[str, tuple[Does, ...]]
    revised_in_review: frozenset[str]
    registered_on_receipt: frozenset[str]
    promises: dict[str, int]
    places: tuple[LocalText, ...]
    projects: dict[str, tuple[LocalText, ...]]
    demand: dict[str, Demand]
    organisations: dict[str, tuple[str, ...]]
    people: People
    mobile_prefixes: tuple[str, ...]


class Scene(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A well-known case of showcase.yaml; its number stays whatever the day.

    began: working days between its first step and the last working day before today.
    """

    number: str
    about: LocalText
    matter: str
    query_code: str
    began: int
    applicant: Person
    steps: tuple[Step, ...]
    project: LocalText | None = None


def generate(today: date, calendar: WorkingDays, matters: Mapping[str, Matter],
             offices: Mapping[str, Office], story: Story,
             scenes: tuple[Scene, ...]) -> tuple[tuple[str, CaseWrite], ...]:
    """All cases as (number, what the back office says), oldest first. Nothing in them
    happens on `today` or later."""
    days = Days(_years_before(today), today, calendar)
    chance = random.Random(SEED)  # noqa: S311 - the same cases at every start are wanted
    author = _Author(matters, story, chance)
    found: dict[str, CaseWrite] = {}
    for scene in scenes:
        found[scene.number] = _scene(scene, matters, offices, story, days)
    for wish in author.wishes(days):
        matter = matters[wish.matter]
        case = play(matter, offices[matter.office], wish.steps, wish.first, days, tale=story,
                    applicant=author.applicant(matter.code), chance=chance)
        number = case_number.make(case.received_on.year, chance)
        while number in found:
            number = case_number.make(case.received_on.year, chance)
        found[number] = msgspec.structs.replace(
            case, reference=f"YQ-{case.received_on:%Y}-{len(found):05d}",
            promised_days=wish.promised_days, project=author.project(matter.code),
            handler_phone=f"0991-48100{chance.randrange(70, 100)}",
            query_code=f"{chance.randrange(10**6):06d}")
    return tuple(sorted(found.items(), key=lambda item: (item[1].received_on, item[0])))


def _years_before(today: date) -> date:
    """The same day YEARS earlier; the day after for a 29 February without one."""
    try:
        return today.replace(year=today.year - YEARS)
    except ValueError:
        return date(today.year - YEARS, 3, 1)


def _scene(scene: Scene, matters: Mapping[str, Matter], offices: Mapping[str, Office],
           story: Story, days: Days) -> CaseWrite:
    matter = matters[scene.matter]
    chance = random.Random(scene.number)  # noqa: S311 - its moments are the same at every start
    case = play(matter, offices[matter.office], scene.steps, days.last - scene.began, days,
                tale=story, applicant=scene.applicant, chance=chance)
    return msgspec.structs.replace(
        case, reference=f"YQ-{case.received_on:%Y}-{matter.code.upper()}-{scene.number[-5:]}",
        project=scene.project, query_code=scene.query_code,
        handler_phone=f"0991-48100{chance.randrange(70, 100)}")


class Wish(msgspec.Struct, frozen=True):
    """One case to be played: its steps and the position of the first."""

    matter: str
    steps: tuple[Step, ...]
    first: int
    promised_days: int | None


class _Author:
    """Draws courses, applicants and projects."""

    def __init__(self, matters: Mapping[str, Matter], story: Story,
                 chance: random.Random) -> None:
        self._matters, self._story, self._chance = matters, story, chance

    def wishes(self, days: Days) -> Iterator[Wish]:
        """Every case in turn: the open ones placed so that they stand today where they
        are wanted, the closed ones anywhere in the years before."""
        for status, turn, count in OPEN:
            for _ in range(count):
                yield self._open(status, turn, days)
        for _ in range(CLOSED):
            turn = self._chance.choices(tuple(TURNS), tuple(TURNS.values()))[0]
            matter, promised = self._matter(turn)
            steps = self._course(matter, promised, turn)
            first = self._chance.randrange(max(1, days.last - length(steps)))
            yield Wish(matter.code, steps, first, promised)

    def _open(self, status: Status, turn: Turn, days: Days) -> Wish:
        """A case that stands at `status` on the last working day."""
        while True:
            matter, promised = self._matter(turn)
            if status is Status.COLLECT and matter.code not in self._story.documents:
                continue
            steps = self._course(matter, promised, turn)
            if turn == "late" and status is Status.IN_REVIEW:
                spans = list(_overdue(steps, _limit(matter, promised)))
            else:
                spans = list(_spans(steps, status, turn))
            if spans:
                reached, gap = self._chance.choice(spans)
                elapsed = reached + self._chance.randrange(gap)
                return Wish(matter.code, steps, days.last - elapsed, promised)

    def _matter(self, turn: Turn) -> tuple[Matter, int | None]:
        """A matter to which that can happen, and a promise of its own if the case has one."""
        story, chance = self._story, self._chance
        demand = story.demand
        possible = {
            "paused": set(story.pauses), "revised": story.revised_in_review,
            "extended": set(story.extensions), "given_up": story.registered_on_receipt,
            "rejected": {code for code, m in self._matters.items()
                         if _outcomes(m, ResultClass.NOT_ACCEPTED)},
        }.get(turn, set(demand))
        codes = [code for code in demand if code in possible]
        code = chance.choices(codes, [demand[code].share for code in codes])[0]
        promised = story.promises.get(code) if chance.random() < 0.5 else None
        return self._matters[code], promised

    def _course(self, matter: Matter, promised: int | None, turn: Turn) -> tuple[Step, ...]:
        chance = self._chance
        at_once = matter.code in self._story.registered_on_receipt
        quick = (matter.promised_days or 99) < 8 and matter.statutory_days is None
        steps = [Step("receive")]
        tell = chance.randint(0 if quick else 1, 1 if quick else TELL_DAYS - 1)
        if turn == "rejected":
            outcome = chance.choice(_outcomes(matter, ResultClass.NOT_ACCEPTED))
            return (*steps, Step("reject", tell, outcome))
        if turn == "given_up":
            return (*steps, Step("supplement", tell),
                    Step("withdraw", SUPPLY_DAYS + chance.randint(1, 4), "swfq"))
        if turn == "incomplete":
            steps += [Step("supplement", tell),
                      Step("supplied", chance.randint(1, SUPPLY_DAYS))]
        steps.append(Step("accept", 0 if at_once else chance.randint(0, 1 if quick else 3)))
        timeline = self._review(matter, promised, turn)
        before = 0
        for at, step in timeline:
            steps.append(msgspec.structs.replace(step, after=at - before))
            before = at
        if steps[-1].does not in ENDS:
            steps += self._delivery(matter, steps[-1])
        return tuple(steps)

    def _review(self, matter: Matter, promised: int | None,
                turn: Turn) -> list[tuple[int, Step]]:
        """What happens from acceptance to the decision, by working days since acceptance."""
        chance, story = self._chance, self._story
        limit = _limit(matter, promised)
        extension = story.extensions.get(matter.code, 0)
        used = max(limit // 3, chance.randint(1, limit)) if limit > 1 else chance.randint(0, 1)
        if turn == "late":
            used = limit + chance.randint(2, 9)
        elif turn == "extended":
            used = limit + chance.randint(1, extension)
        stages = len(matter.stages) - 3
        cuts = sorted(chance.randint(0, max(0, min(limit, used - 1))) for _ in range(stages))
        timeline = [(at, Step("review")) for at in cuts]
        if turn == "extended":
            asked = max(cuts[-1], limit - chance.randint(0, 2))
            timeline.append((asked, Step("extend", reason=chance.randrange(
                len(story.extension_reasons)))))
        if turn == "withdrawn":
            timeline.append((max(used, 1), Step("withdraw", outcome="ch")))
        else:
            timeline.append((used, Step("decide", outcome=self._outcome(matter))))
        if turn == "paused":
            timeline = self._stop(timeline, chance.choice(story.pauses[matter.code]), matter)
        elif turn == "revised":
            timeline = self._stop(timeline, "supplement", matter)
        if turn != "paused" and any(stage.code == EXPERTS for stage in matter.stages):
            timeline = self._stop(timeline, "expert_review", matter)  # always part of its way
        return timeline

    def _stop(self, timeline: list[tuple[int, Step]], why: Does,
              matter: Matter) -> list[tuple[int, Step]]:
        """The clock stands still after one of the review stages; all that follows is later."""
        codes = [stage.code for stage in matter.stages[1:-2]]
        place = len(codes) - 1  # a hearing comes last, when the intention is known
        if why == "expert_review":
            place = codes.index(EXPERTS) if EXPERTS in codes else 0
        long = self._chance.randint(5, SUPPLY_DAYS if why == "supplement" else 15)
        at = timeline[place][0]
        back: Does = "supplied" if why == "supplement" else "resume"
        return [*timeline[:place + 1], (at, Step(why)), (at + long, Step(back)),
                *((later + long, step) for later, step in timeline[place + 1:])]

    def _delivery(self, matter: Matter, decided: Step) -> list[Step]:
        """From the decision to the end; within ten working days it is handed over or sent
        (许可法 § 44), though an applicant may take longer to fetch it."""
        chance = self._chance
        result = next(o.result for o in matter.outcomes if o.code == decided.outcome)
        fetched = matter.code in self._story.documents and result in ("granted",
                                                                      "granted_in_part")
        if fetched:
            return [Step("collect", chance.randint(1, 3)), Step("close", chance.randint(1, 25))]
        return [Step("close", chance.randint(1, 4))]

    def _outcome(self, matter: Matter) -> str:
        """Mostly what was asked for, but every other lawful outcome now and then."""
        others = _outcomes(matter, ResultClass.REFUSED, ResultClass.OTHER)
        in_part = _outcomes(matter, ResultClass.GRANTED_IN_PART)
        weights = {**dict.fromkeys(others, 0.07), **dict.fromkeys(in_part, 0.15)}
        granted = _outcomes(matter, ResultClass.GRANTED)[0]
        return self._chance.choices([granted, *weights],
                                    [1 - sum(weights.values()), *weights.values()])[0]

    # -- who and what ----------------------------------------------------------

    def applicant(self, code: str) -> Person:
        chance, story = self._chance, self._story
        kind = chance.choice(story.demand[code].applicants)
        phone = f"+86{chance.choice(story.mobile_prefixes)}0000{chance.randrange(10**4):04d}"
        if kind in story.organisations:
            language = chance.choices(("zh-CN", "ug", "en"), (88, 8, 4))[0]
            return Person(chance.choice(story.organisations[kind]), phone, "organisation",
                          language)
        people = story.people
        if kind == "visitor":
            return Person(chance.choice(people.visitors), phone, "person", "en")
        if chance.random() < 0.4:
            name = f"{chance.choice(people.uyghur_given)}·{chance.choice(people.uyghur_family)}"
            return Person(name, phone, "person", "ug" if chance.random() < 0.8 else "zh-CN")
        return Person(chance.choice(people.surnames) + chance.choice(people.given), phone)

    def project(self, code: str) -> LocalText | None:
        kind = self._story.demand[code].project
        if kind is None:
            return None
        about = self._chance.choice(self._story.projects[kind])
        place = self._chance.choice(self._story.places)
        return LocalText(zh=about.zh.format(place=place.zh), en=about.en.format(place=place.en),
                         ug=about.ug.format(place=place.ug))


def _outcomes(matter: Matter, *classes: ResultClass) -> list[str]:
    return [o.code for o in matter.outcomes if ResultClass(o.result) in classes]


def _limit(matter: Matter, promised: int | None) -> int:
    """The working days that bind: those promised, else those of the law."""
    limit = promised or matter.promised_days or matter.statutory_days
    if limit is None:
        raise ValueError(f"matter {matter.code} has no time limit")
    return limit


def _spans(steps: tuple[Step, ...], status: Status, turn: Turn) -> Iterator[tuple[int, int]]:
    """When a course stands at `status`, after what makes the turn has happened: (working
    days since its first step, for how many)."""
    needed = {"revised": "supplement", "extended": "extend"}.get(turn, "receive")
    at, happened = 0, set[str]()
    for step, following in pairwise(steps):
        at += step.after
        happened.add(step.does)
        stopped_in = Status.IN_REVIEW if "accept" in happened else Status.RECEIVED
        stands = STATUS.get(step.does, stopped_in)
        if stands is status and needed in happened and following.after > 0:
            yield at, following.after


def _overdue(steps: tuple[Step, ...], limit: int) -> Iterator[tuple[int, int]]:
    """The span, as of `_spans`, in which a course is over its limit and not yet decided."""
    at, used = 0, 0
    for step, following in pairwise(steps):
        at += step.after
        if step.does == "accept":
            used = 0
        if step.does not in PAUSES:
            used += following.after
        if following.does == "decide" and used - limit > 1:
            over = used - limit - 1
            yield at + following.after - over, over
