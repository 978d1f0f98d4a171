"""What a screen of the kiosk shows, as plain data in the visitor's language.

The dialogue makes it, `look` lays it out in millimetres, the window draws it. A block
says what something is, never how large or in which colour it is. Everything that can
be touched carries an `act`; touching it comes back as `talk.Touched(act)`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from status_service.client import Language

# As wording.Row: the applicant must do something; good news; refused or late; a remark.
Tone = Literal["plain", "act", "good", "bad", "note"]

# Drawn by `look` as plain strokes; a picture always stands beside words.
Icon = Literal["", "card", "number", "guide", "notice", "office", "back", "home", "finish",
               "print", "qr", "search", "retry", "stay", "delete", "more", "clock", "phone"]


class Button(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something to touch."""

    act: str
    text: str
    icon: Icon = ""
    primary: bool = False  # the one most visitors want next
    enabled: bool = True
    detail: str = ""  # a second, smaller line


class Heading(msgspec.Struct, frozen=True, tag=True):
    text: str


class Text(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """A paragraph."""

    text: str
    lead: bool = False  # the sentence that matters most on this screen: larger


class Note(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """A sentence set apart, with its tone."""

    text: str
    tone: Tone = "note"


class Tiles(msgspec.Struct, frozen=True, tag=True):
    """Few large buttons side by side, as on the home screen."""

    buttons: tuple[Button, ...]


class Choice(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a list to choose from."""

    act: str
    text: str
    detail: str = ""  # a case number, a day
    badge: str = ""  # one or two words, such as the status
    tone: Tone = "plain"  # of the badge


class Choices(msgspec.Struct, frozen=True, tag=True):
    items: tuple[Choice, ...]


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """A label and what is true; key is stable and never shown (see wording.Row)."""

    key: str
    label: str
    value: str
    tone: Tone = "plain"


class Facts(msgspec.Struct, frozen=True, tag=True):
    facts: tuple[Fact, ...]


class Stop(msgspec.Struct, frozen=True, omit_defaults=True):
    """One station of a case's way."""

    text: str
    when: str = ""
    state: Literal["done", "now", "ahead"] = "done"


class Timeline(msgspec.Struct, frozen=True, tag=True):
    stops: tuple[Stop, ...]


class Items(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """A list to read: materials, conditions, steps."""

    items: tuple[str, ...]
    numbered: bool = False


class Keys(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Keys to type with and what was typed so far.

    Acts: `key:<character>`, `key:delete`, `key:clear`; the screen's own buttons go on.
    `typed` is shown as given, always from left to right but for `uyghur`.
    """

    kind: Literal["digits", "latin", "uyghur"]
    typed: str
    hint: str  # shown while nothing is typed


class Qr(msgspec.Struct, frozen=True, tag=True):
    """A code for the visitor's phone. `content` is what it holds, at most 720 octets."""

    content: str
    caption: str


class Countdown(msgspec.Struct, frozen=True, tag=True):
    """The seconds that are left, counted down by the window; `text` has a place {seconds}."""

    text: str


class Picture(msgspec.Struct, frozen=True, tag=True):
    """A drawing of what to do with one's hands."""

    name: Literal["insert_card", "remove_card", "wait", "no_reader"]


Block = (Heading | Text | Note | Tiles | Choices | Facts | Timeline | Items | Keys | Qr
         | Countdown | Picture)


class LanguageKey(msgspec.Struct, frozen=True):
    """A language by its own name: 中文, English, ئۇيغۇرچە."""

    language: Language
    text: str
    act: str
    chosen: bool


class Screen(msgspec.Struct, frozen=True, omit_defaults=True):
    """One screen. `name` is the place in the dialogue, stable, never shown."""

    name: str
    language: Language
    title: str
    blocks: tuple[Block, ...]
    foot: tuple[Button, ...] = ()  # always at the bottom: back, home, finish, the next step
    languages: tuple[LanguageKey, ...] = ()  # always at the top
    badge: str = ""  # beside the title: whose card is in, masked
    waiting: bool = False  # only bridges a look-up; the window shows it when that takes long
