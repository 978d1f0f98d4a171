"""The smallest pieces of wording: names, days, digits, and how they are put together."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import msgspec

from status_service.wording.catalogue import CATALOGUES, Sentence
from status_service.words import Language, LocalText


class Said(msgspec.Struct, frozen=True):
    """One sentence, or a piece of one, and the language it is really in."""

    text: str
    language: Language

    def __str__(self) -> str:
        return self.text


class Row(msgspec.Struct, frozen=True):
    """A line of a screen.

    key: stable, never shown. tone: `plain`, `act` (the applicant must do
    something), `good`, `bad` (refused, late) or `note`; a screen may colour by
    it, the words say the same without.
    """

    key: str
    label: str
    value: str
    tone: str


def name(local: LocalText, language: Language) -> Said:
    """A matter's or an office's name, with the language it is really in."""
    text, real = local.said(language)
    return Said(text, real)


def trimmed(local: LocalText, language: Language) -> Said:
    """As `name`, without a full stop at its end, to stand inside a sentence of ours."""
    text, real = local.said(language)
    return Said(text.strip().rstrip("。.；;"), real)


# -- days ----------------------------------------------------------------------


def spoken_day(day: date, language: Language, today: date) -> str:
    """As people say it: 11月22日, November 22; the year only when it is not this year."""
    if day.year != today.year:
        return full_day(day, language)
    dates = CATALOGUES[language].dates
    return dates.spoken.fill(month=dates.months[day.month - 1], day=day.day)


def full_day(day: date, language: Language) -> str:
    """With its year."""
    dates = CATALOGUES[language].dates
    return dates.spoken_year.fill(
        year=day.year, month=dates.months[day.month - 1], day=day.day)


def short_day(day: date, language: Language, today: date) -> str:
    """For texts."""
    dates = CATALOGUES[language].dates
    month = dates.months_short[day.month - 1]
    if day.year == today.year:
        return dates.short.fill(month=month, day=day.day)
    return dates.short_year.fill(year=day.year, month=month, day=day.day)


# -- digits --------------------------------------------------------------------

LARGEST_GROUP = 4  # digits a listener keeps in mind at once


def digits_speech(number: str, language: Language) -> str:
    """A number read out character by character, in groups of at most four.

    The writer's own groups ("24-019651") are kept. In Mandarin 1 is 幺, as on
    every phone line; letters are read one by one.
    """
    digits = CATALOGUES[language].digits
    spoken: list[str] = []
    between = "" if language == "zh-CN" else " "
    for run in "".join(c if c.isalnum() else " " for c in number.upper()).split():
        count = -(-len(run) // LARGEST_GROUP)
        size, larger = divmod(len(run), count)
        start = 0
        for group in range(count):
            end = start + size + (group >= count - larger)
            spoken.append(between.join(
                digits[int(c)] if c.isdecimal() else c for c in run[start:end]))
            start = end
    return CATALOGUES[language].marks.groups.join(spoken)


@lru_cache(maxsize=256)
def office_phone_speech(phone: str, language: Language) -> str:
    """An office's phone read out. Offices are few and public, so these are kept; case
    numbers and a handler's phone are not."""
    return digits_speech(phone, language)


# -- writing directions ----------------------------------------------------------

LRI, RLI, PDI = "\u2066", "\u2067", "\u2069"  # Unicode Bidirectional Algorithm, UAX #9


def identifier(text: str, language: Language) -> str:
    """A number or phone for a screen. Among Uyghur words "0991-4810012" would be drawn
    as "4810012-0991" (UAX #9, rules W2 and W4): an isolate keeps its order."""
    return f"{LRI}{text}{PDI}" if language == "ug" else text


def plain_identifier(text: str, language: Language) -> str:
    """A number or phone for a text. Old phones draw isolates as boxes, so that in Uyghur
    the separators go instead: a bare run of digits has only one order, and a case is
    found however its number is typed."""
    if language != "ug":
        return text
    bare = "".join(c for c in text if c.isalnum())
    return bare if bare.isdecimal() else text


def isolated(said: Said, language: Language) -> str:
    """A name for a screen; one that runs the other way stands in an isolate."""
    if (said.language == "ug") == (language == "ug"):
        return said.text
    return f"{RLI if said.language == 'ug' else LRI}{said.text}{PDI}"


# -- sentences of several languages ------------------------------------------------


def say(out: list[Said], language: Language, sentence: Sentence, **values: object) -> None:
    """Append a sentence; a name in another language becomes a piece of its own, so that
    the phone can change its voice."""
    for value in values.values():
        if type(value) is Said and value.language != language:
            out.extend(_pieces(language, sentence, values))
            return
    out.append(Said(sentence.fill(**values), language))


def _pieces(language: Language, sentence: Sentence, values: dict[str, object]) -> list[Said]:
    runs: list[tuple[str, Language]] = []

    def add(text: str, real: Language) -> None:
        if runs and runs[-1][1] == real:
            runs[-1] = (runs[-1][0] + text, real)
        elif any(c.isalnum() for c in text):
            runs.append((text, real))
        elif runs:  # a lone full stop belongs to what came before
            runs[-1] = (runs[-1][0] + text, runs[-1][1])

    for literal, place in sentence.parts:
        add(literal, language)
        if place is not None:
            value = values[place]
            if isinstance(value, Said):
                add(value.text, value.language)
            else:
                add(str(value), language)
    return [Said(text.strip(), real) for text, real in runs]


def listed(things: list[Said], language: Language) -> Said:
    """Things of a list in one breath; in the list's language if all are in it.

    A list of mixed languages is said to be in the language of its first foreign
    thing: its names matter more than the commas between them.
    """
    text = CATALOGUES[language].marks.things.join(t.text for t in things)
    foreign = [t.language for t in things if t.language != language]
    return Said(text, foreign[0] if foreign else language)
