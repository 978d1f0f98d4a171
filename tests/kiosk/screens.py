"""Every screen of the kiosk, made by driving the dialogue with the sample hall.

For whoever draws, measures or photographs them: `every_screen("ug")["case_collect"]`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from kiosk import talk
from kiosk.screen import Screen
from kiosk.talk import CardFailed, ReaderIs
from status_service.client import Language
from status_service.words import Status
from tests.kiosk.visit import CARD, CODE, NOW, PIN, QUERY_CODE, Visit, sample_hall

_Keep = Callable[[str, Visit], Visit]

WORD = {"zh-CN": "gh", "en": "permit", "ug": "ئىجازەت"}  # something to search for


def every_screen(language: Language) -> dict[str, Screen]:
    """By name: the screen's own, with what is special about it after an underscore."""
    found: dict[str, Screen] = {}

    def keep(name: str, one: Visit) -> Visit:
        found[name] = one.screen
        return one

    _card(language, keep)
    _numbers(language, keep)
    _own(language, keep)
    _codes(language, keep)
    _pin(language, keep)
    _hall(language, keep)
    _ends(language, keep)
    return found


def _card(language: Language, keep: _Keep) -> None:
    keep("home", Visit(language))
    keep("insert_card", Visit(language).touches("go:card"))
    keep("reading", Visit(language).give(talk.CardIn(NOW)))
    for why in ("unreadable", "refused", "away"):
        one = Visit(language).give(talk.CardIn(NOW)).give(CardFailed(NOW, why))
        keep(f"card_{why}", one)
        keep(f"home_card_{why}", one.touches("home"))
    for state in ("no_reader", "no_service"):
        one = keep(f"home_{state}", Visit(language).give(ReaderIs(NOW, state)))
        keep(state, one.touches("go:card"))


def _numbers(language: Language, keep: _Keep) -> None:
    hall = sample_hall()
    number = hall.with_status(Status.COLLECT)
    one = keep("number", Visit(language).touches("go:number"))
    keep("number_typed", one.types(number))
    keep("case_claimed", one.touches("find"))
    keep("not_found", Visit(language).touches("go:number").types("999").touches("find"))
    keep("not_found_slip",
         Visit(language).touches("go:number").types("260000000000").touches("find"))
    several = next(n[:length] for length in (4, 5, 6) for n in hall.answers
                   if n.isdigit() and sum(o.startswith(n[:length]) for o in hall.answers) > 1)
    busy = Visit(language)
    busy.holds = True
    keep("too_many", busy.touches("go:number").types(number).touches("find").give(
        talk.TooManyNumbers(NOW, 1500)))
    keep("which", Visit(language).touches("go:number").types(several).touches("find"))
    keep("claimed", Visit(language).touches("go:number").types(CARD).touches("find"))
    away = Visit(language)
    away.away = True
    keep("away", away.touches("go:number").types(number).touches("find"))
    waiting = Visit(language)
    waiting.holds = True
    keep("waiting", waiting.touches("go:number").types(number).touches("find"))


def _codes(language: Language, keep: _Keep) -> None:
    def at_code() -> Visit:
        number = sample_hall().with_status(Status.SUPPLEMENT)
        return Visit(language).touches("go:number").types(number).touches("find", "go:more")

    keep("code", at_code())
    one = keep("code_typed", at_code().types(QUERY_CODE))
    keep("case_by_code", one.touches("confirm"))
    one = keep("code_wrong", at_code().types("999999").touches("confirm"))
    one = one.types("999999").touches("confirm").types("999999").touches("confirm")
    keep("code_over", one)
    keep("no_code", at_code().touches("go:no_code"))
    keep("sms_code", at_code().touches("go:no_code", "go:send_code"))
    keep("lost_told", at_code().touches("go:no_code", "go:lost_code"))
    away = at_code().types(QUERY_CODE)
    away.away = True
    keep("code_away", away.touches("confirm"))


def _pin(language: Language, keep: _Keep) -> None:
    keep("cases_pin", Visit(language).inserts(pin=True))
    keep("pin", Visit(language).inserts(pin=True).touches("go:phone"))
    one = Visit(language).inserts(pin=True).touches("go:phone").types("999999")
    keep("pin_typed", one)
    keep("pin_wrong", one.touches("confirm"))
    for outcome in ("blocked", "failed", "later"):
        one = Visit(language).inserts(pin=True)
        one.holds = True
        keep(f"pin_{outcome}", one.touches("go:phone").give(
            talk.PinTold(NOW, outcome, seconds=15)))
    one = keep("new_phone", Visit(language).inserts(pin=True).touches("go:phone").types(PIN)
               .touches("confirm"))
    one = keep("phone_code", one.types("13800000299").touches("confirm"))
    keep("phone_wrong", one.types("000000").touches("confirm"))
    keep("phone_changed", one.touches("retry").types(CODE).touches("confirm"))
    one = Visit(language).inserts(pin=True).touches("go:phone").types(PIN).touches("confirm")
    one.holds = True
    keep("phone_not_sent", one.types("13800000299").touches("confirm").give(
        talk.PhoneTold(NOW, "sent", False)))
    keep("card_bare", Visit(language).inserts_bare())
    keep("card_random", Visit(language).inserts_bare(random=True))


def _own(language: Language, keep: _Keep) -> None:
    hall = sample_hall()
    keep("cases", Visit(language).inserts())
    keep("home_card", Visit(language).inserts().touches("home"))
    empty = Visit(language)
    empty.holds = True
    keep("cases_none", empty.inserts().give(talk.CasesFound(NOW, (), False)))
    for number in hall.own:
        status = hall.answers[number].status
        keep(f"case_{status}", Visit(language).inserts().touches(f"open:{number}"))
    collect = hall.with_status(Status.COLLECT)
    keep("case", Visit(language).inserts().touches(f"open:{collect}"))
    keep("case_no_printer", Visit(language, printer=False).inserts().touches(f"open:{collect}"))
    keep("take_away", Visit(language).inserts().touches(f"open:{collect}", "qr"))
    keep("printed", Visit(language).inserts().touches(f"open:{collect}", "print"))
    printing = Visit(language).inserts().touches(f"open:{collect}")
    printing.holds = True
    result = hall.resolve(talk.FindCase(collect, own=True))
    assert result is not None
    keep("printing", printing.touches("print").give(result))
    failing = Visit(language).inserts().touches(f"open:{collect}")
    failing.printing = False
    keep("print_failed", failing.touches("print"))


def _hall(language: Language, keep: _Keep) -> None:
    data = sample_hall().data
    one = keep("categories", Visit(language).touches("go:guides"))
    matter = data.matters[0]
    keep("matters", one.touches(f"open:{matter.category}"))
    keep("guide", one.touches(f"open:{matter.code}"))
    longest = max(data.matters, key=lambda m: len(m.guide.materials) + len(m.guide.steps))
    keep("guide_long", Visit(language).touches("go:guides", f"open:{longest.category}",
                                               f"open:{longest.code}"))
    one = keep("search", Visit(language).touches("go:guides", "go:search"))
    keep("search_typed", one.types(WORD[language]))
    keep("results", one.touches("find"))
    nothing = Visit(language).touches("go:guides", "go:search")
    keep("results_none", nothing.types("غغغ" if language == "ug" else "xxx").touches("find"))
    one = keep("notices", Visit(language).touches("go:notices"))
    keep("notice", one.touches(f"open:{data.notices[0].code}"))
    one = keep("offices", Visit(language).touches("go:offices"))
    keep("office", one.touches(f"open:{data.offices[0].code}"))
    gone = Visit(language)
    gone.holds = True
    keep("gone", gone.touches("go:notices").give(talk.Gone(NOW + timedelta(seconds=1))))
    away = Visit(language)
    away.away = True
    keep("away_hall", away.touches("go:offices"))


def _ends(language: Language, keep: _Keep) -> None:
    keep("idle", Visit(language).inserts().waits())
    keep("goodbye", Visit(language).inserts().pulls())
    keep("take_card", Visit(language).inserts().touches("finish"))
