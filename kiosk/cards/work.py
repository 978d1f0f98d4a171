"""One work on the card in the clerk's reader: the service says what it is sent, the desk relays.

The desk PC sees what goes by: what the data file says, and keys only ciphered. The PIN that the
applicant keys in goes to the card and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kiosk.card import relay
from kiosk.card.pin import VERIFIED, Pin, wipe
from kiosk.card.reader import Card, CardBusy, CardLost, Reader
from status_service.client import CardDesk, DeskDone, DeskStep

CARD_WITHIN = 60.0  # seconds for the clerk to put it in
LOOK = 1.0  # seconds between two looks, when nothing changes
BUSY_WITHIN = 2.0  # other programs look at a new card and let it go again
GOOD = b"\x90\x00"
PIN_TURNS = 3  # until the applicant keyed the same PIN twice

AskPin = Callable[[int, bool], str]  # how many digits; whether it is the second time


class NothingIn(Exception):
    """No card was put into the reader."""


def work(step: DeskStep | DeskDone, desk: CardDesk, card_within: float, insert: Callable[[], None],
         set_pin: Callable[[Card, DeskDone], None]) -> DeskDone:
    """From the service's first step to the end. insert: called when the card is awaited.
    set_pin: called where the holder is to set a PIN, the card still in.

    Raises NothingIn, CardBusy, CardLost, ServiceLost, and what the client raises.
    """
    if isinstance(step, DeskDone):
        return step
    with card_in_reader(card_within, insert) as card:
        while isinstance(step, DeskStep):
            step = desk.desk_answer(step.session, _relayed(card, step.commands))
        if step.pin:
            set_pin(card, step)
        return step


def _relayed(card: Card, commands: tuple[str, ...]) -> tuple[str, ...]:
    answers: list[str] = []
    for command in commands:
        answer = relay.ask(card, bytes.fromhex(command))
        answers.append(answer.hex().upper())
        if not answer.endswith(GOOD):
            break
    return tuple(answers)


@contextmanager
def card_in_reader(within: float, insert: Callable[[], None]) -> Iterator[Card]:
    """The card, as soon as there is one. Raises NothingIn, CardBusy, CardLost, ServiceLost."""
    reader = Reader()
    try:
        card = _connected(reader, _slot(reader, within, insert))
        try:
            yield card
        finally:
            card.disconnect()
    finally:
        reader.release()


def _slot(reader: Reader, within: float, insert: Callable[[], None]) -> str:
    ends, told = time.monotonic() + within, False
    while (left := ends - time.monotonic()) > 0:
        slots = reader.wait(min(LOOK, left))
        if found := [slot.reader for slot in slots if slot.present]:
            return found[0]
        if not told:
            insert()
            told = True
    raise NothingIn


def _connected(reader: Reader, name: str) -> Card:
    ends = time.monotonic() + BUSY_WITHIN
    while True:
        try:
            return reader.connect(name)
        except CardBusy:
            if time.monotonic() > ends:
                raise
            reader.wait(0.1)


def pin_set(card: Card, template: str, ask: AskPin, differs: Callable[[], None]) -> bool:
    """Have the applicant key in the new PIN twice, and the card take it. Raises CardLost."""
    digits = template.count("#")
    for _ in range(PIN_TURNS):
        first, second = ask(digits, False), ask(digits, True)
        if first != second or not (first.isascii() and first.isdigit() and len(first) == digits):
            differs()
            continue
        pin = Pin(first)
        command = pin.filled(template)
        pin.wipe()
        if command is None:
            return False
        try:
            return relay.ask(card, bytes(command)) == VERIFIED
        finally:
            wipe(command)
    return False


__all__ = ["CardBusy", "CardLost", "NothingIn", "pin_set", "work"]
