"""Reading a text: what does the sender want?

The words are in `grammar.yaml`. `read` never raises, whatever is typed; what it
cannot place is `unknown`, for the dialogue to try as the name of a matter.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import msgspec

from sms import numbers
from sms.typed import even_out, fold
from status_service.client import LANGUAGES, Language

Kind = Literal[
    "number", "numbers", "personal", "choice", "stop", "start", "stop_hint", "help", "language",
    "guide", "notices", "offices", "code", "lost", "automatic", "empty", "unknown",
]
Place = Literal["alone", "first", "anywhere"]

FORGIVEN_FROM = 4  # letters; a shorter word must be right
MOST = 1600  # characters of a text that are read; Twilio sends no more
_WORD = re.compile(r"[^\W_]+")

# Words in the order they are tried; a number is tried after those that stand alone.
_ALONE = ("stop", "start", "help")
_ABOUT_NUMBERS: tuple[Kind, ...] = ("lost", "code")
_AFTER_NUMBERS = ("language", "guide", "notices", "offices", "stop_hint")


class Reading(msgspec.Struct, frozen=True):
    """What a text was taken to mean.

    language: the one it is written in, None when digits and signs are all there is.
    numbers: for each case number in it, the spellings to look up, best first.
    words: what stands around the keyword; for `unknown` the whole text, evened out.
    choice: 1 to 9, for an open question.
    chosen: for `language` the one asked for, None when none was named.
    twilio: for `stop`: Twilio answers this word by itself.
    code: six digits beside a number, which may be its query code; coded: the spellings of that
    number, which differ from `numbers` where both together may be one number.
    digits: the text is nothing but these six.
    """

    kind: Kind
    language: Language | None = None
    numbers: tuple[tuple[str, ...], ...] = ()
    words: str = ""
    choice: int = 0
    chosen: Language | None = None
    twilio: bool = False
    code: str = ""
    coded: tuple[str, ...] = ()
    digits: str = ""

    def __repr__(self) -> str:  # a code reaches no log by way of a repr
        return f"Reading(kind={self.kind!r}, redacted)"


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zh: tuple[str, ...] = msgspec.field(name="zh-CN")
    en: tuple[str, ...]
    ug: tuple[str, ...]

    def pairs(self) -> list[tuple[str, Language]]:
        by: dict[Language, tuple[str, ...]] = {"zh-CN": self.zh, "en": self.en, "ug": self.ug}
        return [(fold(even_out(word)), language) for language in LANGUAGES for word in by[language]]


class _Row(_Words, frozen=True, forbid_unknown_fields=True):
    place: Place
    forgiving: bool


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keywords: dict[str, _Row]
    answered_by_twilio: tuple[str, ...]
    help_marks: str
    languages: _Words
    digits: dict[str, str]
    joiners: str
    noise: _Words
    automatic: _Words


class _Found(msgspec.Struct, frozen=True):
    """A keyword in a text: the language of the word and what stands around it."""

    language: Language
    rest: str


class Grammar:
    """The table, prepared for reading. One for the whole process: `GRAMMAR`."""

    def __init__(self, path: Path) -> None:
        table = msgspec.yaml.decode(path.read_bytes(), type=_Table)
        self._rows = table.keywords
        self._words = {name: row.pairs() for name, row in table.keywords.items()}
        self._twilio = frozenset(table.answered_by_twilio)
        self._marks = frozenset(table.help_marks)
        self._languages = table.languages.pairs()
        self._noise = sorted(table.noise.pairs(), key=lambda pair: -len(pair[0]))
        self._automatic = table.automatic.pairs()
        self._numbers = numbers.Finder(table.digits, table.joiners)

    def read(self, typed: str) -> Reading:
        """The meaning of one text, of any length and any content."""
        typed = typed[:MOST]
        if numbers.PLAIN.fullmatch(typed):
            return self._number_reading((numbers.spellings(typed),), None)  # the usual text
        text = even_out(typed)
        squeezed = fold(text)
        if not squeezed:
            asks = bool(self._marks & set(typed))
            return Reading("help" if asks else "empty")
        for name in _ALONE:
            found = self._find(name, text, squeezed)
            if found:
                return Reading(name, found.language,  # type: ignore[arg-type]
                               twilio=typed.strip().upper() in self._twilio)
        chosen = self._named_language(squeezed)
        if chosen:
            return Reading("language", chosen, chosen=chosen)
        script = script_of(text)
        automatic = next((said for word, said in self._automatic if word in squeezed), None)
        if automatic:
            return Reading("automatic", automatic)
        choice = self._numbers.choice(squeezed)
        if choice:
            return Reading("choice", choice=choice)
        given = self._numbers.find(text)
        beside = self._numbers.with_code(text)
        if given:
            language = self._language_around(text)
            for name in () if beside else _ABOUT_NUMBERS:
                found = self._find(name, text, squeezed)
                if found and len(given) == 1:
                    return self._number_reading(given, found.language, name)
            return self._number_reading(given, language, "number", beside)
        for name in (*_ABOUT_NUMBERS, *_AFTER_NUMBERS):
            found = self._find(name, text, squeezed)
            if found:
                return self._worded(name, found)
        return Reading("unknown", script, words=text)

    def _number_reading(self, given: tuple[tuple[str, ...], ...], language: Language | None,
                        kind: Kind = "number",
                        beside: tuple[tuple[str, ...], str] | None = None) -> Reading:
        cases = tuple(spelt for spelt in given if not numbers.names_a_person(spelt[0]))
        if not cases:
            return Reading("personal", language)
        if len(cases) > 1:
            return Reading("numbers", language, cases)
        digits = cases[0][0] if re.fullmatch(r"[0-9]{6}", cases[0][0]) else ""
        coded, code = beside or ((), "")
        return Reading(kind, language, cases, code=code, coded=coded, digits=digits)

    def _worded(self, name: str, found: _Found) -> Reading:
        rest = self._quiet(found.rest)
        if name == "language":
            return Reading("language", found.language, chosen=self._named_language(fold(rest)))
        return Reading(name, found.language, words=rest)  # type: ignore[arg-type]

    def _find(self, name: str, text: str, squeezed: str) -> _Found | None:
        row, words = self._rows[name], self._words[name]
        for word, language in words:
            if squeezed == word:
                return _Found(language, "")
        if row.place != "alone":
            for word, language in words:
                found = self._among(word, language, text, row.place)
                if found:
                    return found
        if not row.forgiving:
            return None
        parts = _parts(text)
        first = fold(parts[0])
        for word, language in words:
            if one_wrong(squeezed, word):
                return _Found(language, "")
            if row.place != "alone" and one_wrong(first, word):
                return _Found(language, " ".join(parts[1:]))
        return None

    def _among(self, word: str, language: Language, text: str, place: Place) -> _Found | None:
        """The word within a longer text: Chinese is written without spaces."""
        if is_han(word):
            at = text.find(word)
            if at < 0 or (at > 0 and place == "first"):
                return None
            return _Found(language, f"{text[:at]} {text[at + len(word):]}".strip())
        parts = _parts(text)
        folded = [fold(part) for part in parts]
        if word not in folded or (folded[0] != word and place == "first"):
            return None
        at = folded.index(word)
        return _Found(language, " ".join(parts[:at] + parts[at + 1:]))

    def _quiet(self, words: str) -> str:
        """Without the words that carry no meaning."""
        plain = {word for word, _ in self._noise if not is_han(word)}
        kept = [part for part in _parts(words) if fold(part) not in plain]
        text = " ".join(kept)
        changed = True
        while changed:
            changed = False
            for word, _ in self._noise:
                if is_han(word) and text.startswith(word):
                    text, changed = text[len(word):].strip(), True
                if is_han(word) and text.endswith(word):
                    text, changed = text[:-len(word)].strip(), True
        return text

    def _named_language(self, squeezed: str) -> Language | None:
        for word, language in self._languages:
            if squeezed == word or one_wrong(squeezed, word):
                return language
        return None

    def _language_around(self, text: str) -> Language | None:
        """The language of what stands around a number; signs that are digits do not count,
        nor does a Latin letter or two that may belong to the number."""
        around = self._numbers.without_digits(text)
        latin = [part for part in re.findall(r"[a-z]+", around) if len(part) > 2]
        script = script_of(around)
        return None if script == "en" and not latin else script


def _parts(text: str) -> list[str]:
    """The words of an evened-out text, signs left out."""
    return _WORD.findall(text)


def script_of(text: str) -> Language | None:
    """The language whose script a text is written in: Uyghur before Chinese before English,
    for English words stand in texts of the others rather than the other way round."""
    han = latin = False
    for letter in text:
        if "\u0600" <= letter <= "\u06ff" and letter.isalpha():
            return "ug"
        if is_han(letter):
            han = True
        elif "a" <= letter.lower() <= "z":
            latin = True
    return "zh-CN" if han else "en" if latin else None


def is_han(text: str) -> bool:
    return any("\u3400" <= letter <= "\u9fff" for letter in text)


def one_wrong(typed: str, word: str) -> bool:
    """True when one letter is wrong, missing, too many, or two neighbours are swapped.
    Short words and Chinese ones are not forgiven: there one sign is a word."""
    if len(word) < FORGIVEN_FROM or abs(len(typed) - len(word)) > 1 or is_han(word):
        return False
    start = 0
    while start < min(len(typed), len(word)) and typed[start] == word[start]:
        start += 1
    a, b = typed[start:], word[start:]
    return (
        a[1:] == b[1:] or a[1:] == b or a == b[1:]
        or (len(a) > 1 and len(b) > 1 and a[1] == b[0] and a[0] == b[1] and a[2:] == b[2:])
    )


GRAMMAR = Grammar(Path(__file__).with_name("grammar.yaml"))
