"""What the kiosk itself does about a PIN: fills in, reads what is left, makes people wait."""

from __future__ import annotations

import pytest

from kiosk.card.pin import FREE, Pause, Pin, PinSaid, check
from status_service.client import PinWanted


class Chip:
    """Answers one command after another, and remembers them."""

    t0 = False

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.heard: list[str] = []

    def transmit(self, command: bytes) -> bytes:
        self.heard.append(command.hex().upper())
        return bytes.fromhex(self.answers.pop(0))


WANTED = PinWanted("0020008106" + "3#" * 6, "00200081", ("0088",), ())


@pytest.mark.parametrize(("template", "command"), [
    ("0020008106" + "3#" * 6, "0020008106313233343536"),
    ("0020008103######", "0020008103123456"),
    ("002000810826######FFFFFFFF", "002000810826123456FFFFFFFF"),
])
def test_digits_go_where_the_template_says(template: str, command: str) -> None:
    filled = Pin("123456").filled(template)
    assert filled is not None and filled.hex().upper() == command
    assert Pin("12345").filled(template) is None and Pin("1234567").filled(template) is None
    assert "123456" not in repr(Pin("123456"))


@pytest.mark.parametrize(("answers", "said"), [
    (["6983"], PinSaid("blocked", 0)), (["63C0"], PinSaid("blocked", 0)),
    (["63C3", "63C2"], PinSaid("wrong", 2)), (["63C3", "6300"], PinSaid("wrong", None)),
    (["63C1", "63C0"], PinSaid("blocked", 0)), (["63C1", "6983"], PinSaid("blocked", 0)),
    (["6700", "63C1"], PinSaid("wrong", 1)), (["63C3", "6D00"], PinSaid("failed")),
    (["63C3", "9000", "6982"], PinSaid("failed")),
])
def test_what_a_card_may_say(answers: list[str], said: PinSaid) -> None:
    assert check(Chip(*answers), WANTED, Pin("123456")) == said


def test_a_blocked_card_is_not_given_the_pin() -> None:
    chip = Chip("6983")
    check(chip, WANTED, Pin("123456"))
    assert chip.heard == ["00200081"]


def test_who_tries_many_cards_waits_longer_and_longer() -> None:
    now = [0.0]
    pause = Pause(lambda: now[0])
    for _ in range(FREE - 1):
        pause.heard(PinSaid("wrong", 2))
    assert pause.left() == 0
    waits = []
    for _ in range(6):
        pause.heard(PinSaid("blocked", 0))
        waits.append(pause.left())
        now[0] += waits[-1]
        assert pause.left() == 0
    assert waits == [15, 30, 60, 120, 240, 240]
    pause.heard(PinSaid("good"))
    pause.heard(PinSaid("wrong", 2))
    assert pause.left() == 0
