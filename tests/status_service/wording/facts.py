"""Reads the facts back out of rendered sentences, and holds them against the record.

The reader knows the wording only from `vocabulary`, written by hand. It must
account for every sentence: what it cannot read is a failure, so no voice can
claim something that the record does not say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache

from status_service.cases.answer import Answer
from status_service.wording import Row, Said, answer_screen, answer_speech, answer_text
from status_service.words import LANGUAGES, Language, LocalText
from tests.status_service.wording.vocabulary import (
    CHANNEL,
    PAUSE,
    RESULT,
    SPEECH,
    STATUS,
    TEXT,
    WITHHELD,
)
from tests.status_service.wording.vocabulary_screen import ROWS, SCREEN, STATUS_LABEL

Facts = dict[str, object]

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August",
          "September", "October", "November", "December")
DAY = {  # one form a line; groups: year, month, day in the order that ORDER says
    "zh-CN": [(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日", "ymd")],
    "en": [(rf"({'|'.join(MONTHS)}) (\d{{1,2}})(?:, (\d{{4}}))?", "mdy"),
           (rf"({'|'.join(m[:3] for m in MONTHS)}) (\d{{1,2}})(?: (\d{{4}}))?", "mdy")],
    "ug": [(r"(?:(\d{4})-يىلى )?(\d{1,2})-ئاينىڭ (\d{1,2})-كۈنى", "ymd"),
           (r"(?:(\d{4})-يىل )?(\d{1,2})-ئاي (\d{1,2})-كۈن", "ymd")],
}
SPOKEN_DIGITS = {
    "zh-CN": dict(zip("零幺二三四五六七八九", "0123456789", strict=True)),
    "en": {d: d for d in "0123456789"},
    "ug": {"نۆل": "0", "بىر": "1", "ئىككى": "2", "ئۈچ": "3", "تۆت": "4", "بەش": "5",
           "ئالتە": "6", "يەتتە": "7", "سەككىز": "8", "توققۇز": "9"},
}
BETWEEN_THINGS = {"zh-CN": "、", "en": "; ", "ug": "، "}
ISOLATES = re.compile("[\u2066-\u2069]")
DAYS = ("since", "due", "supply_by", "decided", "ready", "received", "looked_on")
VOICES = {"speech": SPEECH, "text": TEXT, "screen": SCREEN}


class Unread(AssertionError):
    """A sentence that says something the reader does not know."""


# -- the reader --------------------------------------------------------------------


def _kinds(language: str, voice: str) -> dict[str, str]:
    def words(table: dict[str, str]) -> str:
        return "|".join(re.escape(w) for w in sorted(table, key=len, reverse=True))

    things = words(WITHHELD[language])
    phone = r"\+?[\d-]+"
    if voice == "speech":
        digit = words(SPOKEN_DIGITS[language])
        phone = rf"(?:{digit})(?:[ ，,،]*(?:{digit}))*"
    return {
        "text": r".+?",
        "day": "|".join(re.sub(r"\((?!\?)", "(?:", form) for form, _ in DAY[language]),
        "number": r"\d+", "one": "1", "many": r"(?!1 )\d+",
        "status": words(STATUS[language]), "result": words(RESULT[language]),
        "pause": words(PAUSE[language]), "channel": words(CHANNEL[language]), "phone": phone,
        "withheld": rf"(?:{things})(?:{re.escape(BETWEEN_THINGS[language])}(?:{things}))*",
    }


@cache
def patterns(language: str, voice: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    kinds = _kinds(language, voice)

    def place(match: re.Match[str]) -> str:
        return rf"\s*(?P<{match[1]}>{kinds[match[2]]})\s*"

    found = []
    for line in VOICES[voice][language].replace("\\\n", "").strip().splitlines():
        claim, _, sentence = line.partition(" ")
        pieces = re.split(r"(<\w+:\w+>)", sentence)
        source = "".join(re.sub(r"<(\w+):(\w+)>", place, piece) if piece.startswith("<")
                         else re.escape(piece) for piece in pieces)
        found.append((claim, re.compile(source)))
    return tuple(found)


def parse(text: str, language: str, voice: str, claims: Iterable[str] = ()) -> Facts:
    """All that `text` claims. Raises Unread unless every part of it was understood."""
    chosen = [(claim, pattern) for claim, pattern in patterns(language, voice)
              if not claims or claim.partition("=")[0] in claims]
    ends = [m.end() for m in re.finditer(r"[。.，,،]|$", text)]
    dead: set[int] = set()

    def readings(start: int) -> Iterator[list[tuple[str, dict[str, str]]]]:
        while start < len(text) and text[start] in " ，,،":
            start += 1
        if start == len(text):
            yield []
            return
        if start in dead:
            return
        alive = False
        possible = [(claim, pattern) for claim, pattern in chosen if pattern.match(text, start)]
        for end in ends:
            if end <= start:
                continue
            for stop in {end, end - 1 if voice == "screen" else end}:
                for claim, pattern in possible:
                    if match := pattern.fullmatch(text, start, stop):
                        for rest in readings(stop):
                            alive = True
                            yield [(claim, match.groupdict()), *rest]
        if not alive:
            dead.add(start)

    for reading in readings(0):
        places = [name for _, found in reading for name in found]
        kinds = [claim.partition("=")[0] for claim, found in reading if not found]
        if len(places) == len(set(places)) and len(kinds) == len(set(kinds)):
            return _decoded(reading, language)
    raise Unread(f"{voice} {language}: cannot read {text!r}")


def _decoded(reading: list[tuple[str, dict[str, str]]], language: str) -> Facts:
    facts: Facts = {}
    for claim, found in reading:
        facts["said:" + claim.partition("=")[0].partition(",")[0]] = True
        for part in claim.split(","):
            name, _, value = part.partition("=")
            if value:
                facts[name] = int(value) if value.isdecimal() else value
        facts.update(found)
    return {key: _value(key, value, language) if isinstance(value, str) else value
            for key, value in facts.items()}


def _value(key: str, value: str, language: str) -> object:
    if key in DAYS:
        return value  # a day is completed by `_days`, which knows today
    if key in ("left", "late", "used", "days", "extended", "span", "looks"):
        return int(value)
    if key in ("phone", "phone2", "handler"):
        return read_digits(value, language)
    if key == "withheld":
        return frozenset(WITHHELD[language][thing]
                         for thing in value.split(BETWEEN_THINGS[language]))
    table = {"status": STATUS, "result": RESULT, "pause": PAUSE, "looked_by": CHANNEL}.get(key)
    return table[language].get(value, value) if table else value.strip()


def read_digits(value: str, language: str) -> str:
    """The digits of a phone, spoken or written."""
    bare = "".join(re.findall(r"\d", value))
    if bare:
        return bare
    said = SPOKEN_DIGITS[language]
    words = value.replace("،", " ").split() if language == "ug" else value.replace("，", "")
    return "".join(said[word] for word in words)


def read_day(value: str, language: str, today: date) -> date:
    for form, order in DAY[language]:
        if match := re.fullmatch(form, value):
            part = dict(zip(order, match.groups(), strict=True))
            month = part["m"]
            number = (int(month) if month.isdecimal()
                      else next(i for i, m in enumerate(MONTHS, 1) if m[:3] == month[:3]))
            return date(int(part["y"]) if part["y"] else today.year, number, int(part["d"]))
    raise Unread(f"not a day: {value!r}")


def _days(facts: Facts, language: str, today: date) -> Facts:
    for key in DAYS:
        if isinstance(facts.get(key), str):
            facts[key] = read_day(str(facts[key]), language, today)
    certain = "said:uncertain" not in facts
    late = facts.pop("late", None)
    if late is not None and "said:late" in facts:
        facts["left"] = -int(str(late))
    elif late is not None:
        facts["overrun"] = late
    if ("due" in facts or "left" in facts) and "clock" not in facts:
        facts["clock"] = "running"
    return {"certain": certain,
            **{key: value for key, value in facts.items() if not key.startswith("said:")}}


def read_speech(said: tuple[Said, ...], language: Language, today: date) -> Facts:
    text = " ".join(piece.text for piece in said)
    return _days(parse(text, language, "speech"), language, today)


def read_text(text: str, language: Language, today: date) -> Facts:
    number = re.match({"zh-CN": r"#(\S+) ", "en": r"#(\S+) ", "ug": r"نومۇرى (\S+)\. "}[language],
                      text)
    facts = _days(parse(text[number.end():] if number else text, language, "text"),
                  language, today)
    if number:
        facts["number"] = number[1]
    return facts


def read_screen(rows: tuple[Row, ...], language: Language, today: date) -> Facts:
    facts: Facts = {}
    for row in rows:
        assert row.label
        read = parse(ISOLATES.sub("", row.value), language, "screen", ROWS[row.key])
        assert not facts.keys() & read.keys(), f"{row.key} says it again"
        facts.update(read)
        if row.key == "status":
            certain = STATUS_LABEL[language][row.label]
    assert len({row.key for row in rows}) == len(rows)
    found = _days(facts, language, today)
    assert found["certain"] is certain
    return found


# -- the record --------------------------------------------------------------------


def named(local: LocalText, language: Language) -> str:
    """The text an office gave: in the language asked for, else the first there is."""
    mine = {"zh-CN": local.zh, "en": local.en, "ug": local.ug}
    for choice in (language, "zh-CN", "en", "ug"):
        if mine[choice]:
            return mine[choice].strip().rstrip("。.；;")
    raise AssertionError("a text in no language")


def core(answer: Answer, language: Language, today: date) -> Facts:
    """What every voice must say."""
    facts: Facts = {
        "certain": answer.certain, "matter": named(answer.matter, language),
        "status": answer.status.value, "since": answer.since,
        "phone": "".join(c for c in answer.office.phone if c.isdigit()),
        "supply_by": answer.supply_by,
    }
    if answer.supply_by is not None:
        facts["supply"] = "passed" if answer.supply_by < today else "open"
    if not answer.certain:
        return _present(facts)
    facts["actor"] = answer.actor.value
    if answer.actor.value == "applicant" and answer.status.value in ("supplement", "collect"):
        facts["actor"] = answer.status.value
    if answer.deadline is not None and answer.deadline.clock != "ended":
        facts |= {"clock": answer.deadline.clock, "left": answer.deadline.left}
        if answer.deadline.clock == "running":
            facts |= {"due": answer.deadline.due, "kind": answer.deadline.kind}
        else:
            facts["pause"] = answer.deadline.pause.value if answer.deadline.pause else "other"
    if answer.deadline is not None and answer.deadline.provisional:
        facts["provisional"] = "yes"
    if answer.result is not None:
        facts["result"] = answer.result.result.value
        if answer.result.outcome is not None:
            facts["outcome"] = named(answer.result.outcome, language)
    elif (answer.status.value in ("decided", "collect", "closed")
          and "result" not in answer.withheld):
        facts["result"] = "unstated"
    if answer.missing:
        facts["missing"] = BETWEEN_THINGS[language].join(
            named(thing, language) for thing in answer.missing)
    if answer.collection is not None:
        facts |= {
            "what": named(answer.collection.what, language), "ready": answer.collection.ready_on,
            "where": named(answer.collection.office.name, language),
            "bring": named(answer.collection.bring, language),
        }
    return _present(facts)


NOT_MISSED = frozenset({"project", "handler_phone", "looked"})  # nobody calls to hear these


def details(answer: Answer, language: Language) -> Facts:
    """What speech and screen say besides, and a text where there is room."""
    facts: Facts = {"office": named(answer.office.name, language)}
    if not answer.certain:
        return facts
    facts["withheld"] = frozenset(answer.withheld) - NOT_MISSED or None
    deadline = answer.deadline
    if deadline is not None:
        if deadline.clock == "ended":
            facts |= {"clock": "ended", "used": deadline.used, "days": deadline.days}
            facts["overrun"] = -deadline.left if deadline.left < 0 else None
        facts["extended"] = deadline.extended_by or None
        if deadline.extension_reason is not None:
            facts["extension_reason"] = named(deadline.extension_reason, language)
    if answer.result is not None:
        facts["decided"] = answer.result.decided_on
        if answer.result.reason is not None:
            facts["reason"] = named(answer.result.reason, language)
    for key, local in (("stage", answer.stage), ("next", answer.next),
                       ("project", answer.project)):
        if local is not None:
            facts[key] = named(local, language)
    if answer.handler_phone is not None:
        facts["handler"] = "".join(c for c in answer.handler_phone if c.isdigit())
    if answer.looked is not None:
        facts |= {"span": answer.looked.days, "looks": answer.looked.times,
                  "looked_on": answer.looked.last_on, "looked_by": answer.looked.channel}
    if answer.collection is not None:
        facts["address"] = named(answer.collection.office.address, language)
    return _present(facts)


def _present(facts: Facts) -> Facts:
    return {key: value for key, value in facts.items() if value is not None}


# -- the proof ---------------------------------------------------------------------

# A text names these when they are withheld.
NEEDED_TO_ACT = frozenset({"missing", "collection", "supply_by", "result"})


def assert_same_facts(answer: Answer, today: date,
                      languages: Iterable[Language] = LANGUAGES) -> None:
    """Speech, text and screen of `answer`, in every language, say what the record says,
    all of it and nothing else; hence the same as each other."""
    for language in languages:
        must = core(answer, language, today)
        more = details(answer, language)
        said = answer_speech(answer, language, today)
        spoken = read_speech(said, language, today)
        written = read_text(answer_text(answer, language, today), language, today)
        shown = read_screen(answer_screen(answer, language, today), language, today)

        assert spoken == must | more, "speech"
        _assert_languages(said, answer, language)

        assert {key: shown[key] for key in must} == must, "screen: core"
        _assert_screen_details(shown, must, more, answer, language)

        assert {key: written.get(key) for key in must} == must, "text: core"
        _assert_text_details(written, must, more, answer)

        cores = [{key: facts.get(key) for key in must} for facts in (spoken, written, shown)]
        assert cores[0] == cores[1] == cores[2]


def _assert_languages(said: tuple[Said, ...], answer: Answer, language: Language) -> None:
    """Each piece is declared in the language it is in, so that the right voice reads it."""
    matter = named(answer.matter, language)
    mine = {"zh-CN": answer.matter.zh, "en": answer.matter.en, "ug": answer.matter.ug}
    first = next(piece for piece in said if matter in piece.text)
    assert matter in mine[first.language], f"voice of {matter!r}"


def _assert_screen_details(shown: Facts, must: Facts, more: Facts, answer: Answer,
                           language: Language) -> None:
    expected = must | more | {
        "number": answer.number, "received": answer.received_on,
        "hours": named(answer.office.hours, language),
        "address2": named(answer.office.address, language),
    }
    if answer.certain and answer.deadline is not None:
        expected["days"] = answer.deadline.days
    if "withheld" in more:
        expected |= {"office2": expected["office"], "phone2": expected["phone"]}
    assert shown == expected, "screen"


def _assert_text_details(written: Facts, must: Facts, more: Facts, answer: Answer) -> None:
    extra = {key: value for key, value in written.items() if key not in must}
    if (number := extra.pop("number", None)) is not None:
        assert str(number).replace("-", "") == answer.number.replace("-", "")
    needed = NEEDED_TO_ACT & frozenset(answer.withheld) if answer.certain else frozenset()
    assert extra.pop("withheld", frozenset()) == needed, "text: a way to what is withheld"
    for key, value in extra.items():
        assert more.get(key) == value, f"text: {key}"
