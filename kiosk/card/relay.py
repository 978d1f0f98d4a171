"""Run the service's scripts on a card. The kiosk understands nothing of them: it passes
commands on, and does what T=0 asks of a terminal (ISO/IEC 7816-3, 12.2; 7816-4, 5.3.4)."""

from __future__ import annotations

from typing import Protocol

import msgspec

from kiosk.card.reader import CardLost

# Of these the service hears. 9100, 91AF: a DESFire; 91AE: it does not believe the service.
GOOD = (b"\x90\x00", b"\x91\x00", b"\x91\xaf", b"\x91\xae")
MORE = 0x61  # so many octets wait for GET RESPONSE
AGAIN = 0x6C  # the same command, with this Le
MOST_TURNS = 16  # of a terminal's own for one command; a card that asks for more is ill
MOST_OCTETS = 4096  # in one answer


class Speaks(Protocol):
    """A connected card."""

    t0: bool

    def transmit(self, command: bytes) -> bytes: ...


class Ran(msgspec.Struct, frozen=True):
    """The script that the card understood, and its answers in hex, status words included."""

    script: int
    answers: tuple[str, ...]


def run(card: Speaks, scripts: tuple[tuple[str, ...], ...]) -> Ran | None:
    """Try each script until the first command of one is answered good; a later command that is
    not ends it there. None when the card understands none. Raises CardLost."""
    for index, script in enumerate(scripts):
        answers: list[bytes] = []
        for command in script:
            answers.append(ask(card, bytes.fromhex(command)))
            if not answers[-1].endswith(GOOD):
                break
        if answers and answers[0].endswith(GOOD):
            return Ran(index, tuple(answer.hex().upper() for answer in answers))
    return None


def ask(card: Speaks, command: bytes) -> bytes:
    """One command to its whole answer, with its status word. Raises CardLost."""
    if card.t0:
        command = _without_le(command)
    data, answer = b"", card.transmit(command)
    for _ in range(MOST_TURNS):
        kind, length = answer[-2], answer[-1]
        if kind == MORE:
            data += answer[:-2]
            command = bytes((command[0] & 0x03, 0xC0, 0, 0, length))  # on the same channel
        elif kind == AGAIN and len(command) <= 5:
            command = command[:4] + bytes((length,))
        elif kind == AGAIN and not card.t0:
            command = command[:-1] + bytes((length,))
        else:
            return data + answer
        if len(data) > MOST_OCTETS:
            break
        answer = card.transmit(command)
    raise CardLost("it never comes to an end")


def _without_le(command: bytes) -> bytes:
    """T=0 has no Le in a command that carries data: the card offers its answer by 61xx."""
    if len(command) > 5 and len(command) == 5 + command[4] + 1:
        return command[:-1]
    return command
