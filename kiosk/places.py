"""What every screen has in common, and the screens that need nothing looked up."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kiosk.prompts import CATALOGUES, button, say, title
from kiosk.screen import (
    Block,
    Button,
    Choices,
    Countdown,
    Icon,
    Keys,
    LanguageKey,
    Note,
    Picture,
    Screen,
    Text,
    Tiles,
)
from kiosk.talk import Session
from status_service.client import LANGUAGES, Language

ICONS: dict[str, Icon] = {
    "back": "back", "home": "home", "finish": "finish", "print": "print", "qr": "qr",
    "stay": "stay", "retry": "retry", "find": "search", "go:card": "card",
    "go:number": "number", "go:guides": "guide", "go:notices": "notice",
    "go:offices": "office", "go:search": "search",
    "go:more": "more", "go:send_code": "phone"}
USUAL = ("back", "home", "finish")

# Of one's own, not to be read without a proven card.
OWN = ("cases", "own", "own_qr", "own_print")
# Places whose screen goes by another place's name: the same page, other rights.
NAMES = {"own": "case", "own_qr": "take_away", "qr": "take_away", "own_print": "printing",
         "print": "printing", "found": "number", "pin_ask": "pin", "pin_check": "pin",
         "phone_ask": "new_phone", "phone_check": "phone_code", "unlocked": "case",
         "unlocked_qr": "take_away", "code_check": "code", "sms_check": "sms_code",
         "code_send": "no_code", "lost_ask": "lost_told"}


def act_button(language: Language, act: str, primary: bool = False, enabled: bool = True,
               detail: str = "", words: str = "") -> Button:
    """The button of an act, with its usual words and icon."""
    return Button(act, button(language, words or act.removeprefix("go:")), ICONS.get(act, ""),
                  primary, enabled, detail)


def screen(session: Session, blocks: Sequence[Block], *, named: str = "", heading: str = "",
           acts: Sequence[str] = USUAL, more: Sequence[Button] = (),
           waiting: bool = False) -> Screen:
    """A screen of this place: languages above, the ways out and on below."""
    language = session.language
    name = named or NAMES.get(session.place, session.place)
    return Screen(
        name=name,
        language=language,
        title=heading or title(language, name),
        blocks=tuple(blocks),
        foot=(*(act_button(language, act) for act in acts), *more),
        languages=tuple(LanguageKey(one, CATALOGUES[one].own_name, f"lang:{one}", one == language)
                        for one in LANGUAGES),
        badge=session.holder if session.card == "proven" else "",
        waiting=waiting)


def waiting(session: Session) -> Screen:
    """Bridges a look-up; one can leave it."""
    return screen(session, (Picture("wait"), Text(say(session.language, "wait"), lead=True)),
                  waiting=True)


def offers(shown: Screen | None) -> frozenset[str]:
    """The acts of everything on a screen that can be touched, but for the keys."""
    if shown is None:
        return frozenset()
    buttons = list(shown.foot)
    acts = {key.act for key in shown.languages}
    for block in shown.blocks:
        if isinstance(block, Tiles):
            buttons += block.buttons
        elif isinstance(block, Choices):
            acts.update(item.act for item in block.items)
    return frozenset(acts | {one.act for one in buttons if one.enabled})


# -- home and the card -------------------------------------------------------------


def _home(session: Session) -> Screen:
    language = session.language
    tiles = [_card_tile(session)]
    tiles += [act_button(language, f"go:{place}", detail=say(language, f"home_{place}"))
              for place in ("number", "guides", "notices", "offices")]
    return screen(session, (Text(say(language, "home"), lead=True), Tiles(tuple(tiles))),
                  acts=() if session.card == "none" else ("finish",))


def _card_tile(session: Session) -> Button:
    """What the card can do here now; nothing is promised that the reader cannot keep."""
    language = session.language
    if session.card == "proven":
        return act_button(language, "go:card", primary=True, words="own_cases")
    said = "home_card"
    if session.reader != "ready":
        said = f"home_{session.reader}"
    elif session.card == "reading":
        said = "home_card_reading"
    elif session.card != "none":
        said = "home_card_failed"
    return act_button(language, "go:card", primary=said == "home_card",
                      detail=say(language, said))


def _insert_card(session: Session) -> Screen:
    language = session.language
    return screen(session, (
        Picture("insert_card"), Text(say(language, "insert_card"), lead=True),
        Text(say(language, "insert_again")), Text(say(language, "without_card")),
        _instead(session)))


def _reading(session: Session) -> Screen:
    return screen(session, (Picture("wait"), Text(say(session.language, "reading"), lead=True)))


def _card_failed(session: Session) -> Screen:
    language, place = session.language, session.place
    return screen(session, (
        Picture("remove_card"), Note(say(language, place), "bad"),
        Text(say(language, f"{place}_help")), _instead(session)))


def _reader_lost(session: Session) -> Screen:
    language = session.language
    return screen(session, (
        Picture("no_reader"), Text(say(language, session.place), lead=True),
        Text(say(language, "reader_help")), _instead(session)))


def _instead(session: Session) -> Tiles:
    """What works without a card."""
    return Tiles((act_button(session.language, "go:number"),
                  act_button(session.language, "go:guides")))


# -- keys ----------------------------------------------------------------------------


def _number(session: Session) -> Screen:
    language = session.language
    return screen(session, (
        Text(say(language, "number"), lead=True), Text(say(language, "number_where")),
        Keys("digits", session.typed, say(language, "number_hint"))),
        more=(act_button(language, "find", primary=True, enabled=bool(session.typed)),))


def _search(session: Session) -> Screen:
    language = session.language
    return screen(session, (
        Text(say(language, "search"), lead=True),
        Keys("uyghur" if language == "ug" else "latin", session.typed,
             say(language, "search_hint"))),
        more=(act_button(language, "find", primary=True, enabled=bool(session.typed.strip()),
                         words="search"),))


def _not_found(session: Session) -> Screen:
    language = session.language
    said = "not_found_slip" if session.subject == "slip" else "not_found"
    # Directional isolates: the number keeps its order among Uyghur words.
    number = f"\u2066{session.typed}\u2069" if language == "ug" else session.typed
    return screen(session, (
        Note(say(language, said, number=number), "bad"), Text(say(language, "not_found_help"))),
        more=(act_button(language, "retry", primary=True),))


def _too_many(session: Session) -> Screen:
    """Nobody reads the register out here; who meant no harm is told what to do."""
    language = session.language
    return screen(session, (
        Note(say(language, "too_many"), "bad"),
        Text(say(language, "too_many_help", minutes=session.subject))))


# -- ends ------------------------------------------------------------------------------


def _idle(session: Session) -> Screen:
    language = session.language
    return screen(session, (Countdown(say(language, "idle", seconds="{seconds}")),
                            Text(say(language, "idle_help"))),
                  acts=("finish",), more=(act_button(language, "stay", primary=True),))


def _goodbye(session: Session) -> Screen:
    return screen(session, (Text(say(session.language, "goodbye"), lead=True),), acts=("home",))


def _take_card(session: Session) -> Screen:
    language = session.language
    return screen(session, (
        Picture("remove_card"), Text(say(language, "take_card"), lead=True),
        Text(say(language, "take_card_done"))), acts=("home",))


def _away(session: Session) -> Screen:
    language = session.language
    place = session.trail[-1][0] if session.trail else ""
    about_case = place in CASE_PLACES
    blocks: list[Block] = [
        Note(say(language, "away_case" if about_case else "away_hall"), "bad")]
    if about_case:
        blocks.append(Text(say(language, "away_guides")))
    blocks.append(Tiles((act_button(language, "go:guides"), act_button(language, "go:offices"))))
    return screen(session, blocks, more=(act_button(language, "retry", primary=True),))


CASE_PLACES = (*OWN, "found", "which", "claimed", "case", "qr", "print")


def _gone(session: Session) -> Screen:
    return screen(session, (Text(say(session.language, "gone"), lead=True),))


# -- paper -------------------------------------------------------------------------------


def _printing(session: Session) -> Screen:
    return screen(session, (Picture("wait"), Text(say(session.language, "printing"), lead=True)))


def _printed(session: Session) -> Screen:
    return screen(session, (Note(say(session.language, "printed"), "good"),))


def _print_failed(session: Session) -> Screen:
    language = session.language
    return screen(session, (Note(say(language, "print_failed"), "bad"),),
                  more=(act_button(language, "retry"), act_button(language, "qr", primary=True)))


PLAIN: dict[str, Callable[[Session], Screen]] = {
    "home": _home,
    "insert_card": _insert_card,
    "reading": _reading,
    "card_unreadable": _card_failed,
    "card_refused": _card_failed,
    "card_away": _card_failed,
    "no_reader": _reader_lost,
    "no_service": _reader_lost,
    "number": _number,
    "search": _search,
    "not_found": _not_found,
    "too_many": _too_many,
    "idle": _idle,
    "goodbye": _goodbye,
    "take_card": _take_card,
    "away": _away,
    "gone": _gone,
    "printing": _printing,
    "printed": _printed,
    "print_failed": _print_failed,
}
