"""Codes for a case, shown to the service for a visitor who has no card."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from kiosk import talk
from status_service.client import Client, HistoryEntry, Refused, ServiceAway, Visit


def by_code(client: Client, effect: talk.ShowCode | talk.SendCode | talk.TellLost, at: datetime,
            visit: Visit) -> talk.CodeOpened | talk.CodeRefused | talk.CodeOnItsWay | talk.LostTold:
    """What a code opens, or what is done for who has none. Raises ServiceAway, Refused."""
    match effect:
        case talk.SendCode(number=number, language=language):
            client.send_code(number, language, visit)
            return talk.CodeOnItsWay(at=at)
        case talk.TellLost(number=number):
            client.lost(number, "query-code", visit)
            return talk.LostTold(at=at)
    granted = client.show_code(effect.number, effect.digits, effect.kind, visit)
    if granted is None:
        return talk.CodeRefused(at=at)
    with suppress(ServiceAway, Refused):  # it ends by itself
        client.end_grant(granted.grant, visit)
    history: tuple[HistoryEntry, ...] = ()
    with suppress(ServiceAway, Refused):  # the code is used up: its answer is worth more
        history = tuple(client.history(granted.answer.number))
    return talk.CodeOpened(at=at, answer=granted.answer, history=history)
