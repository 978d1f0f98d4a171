"""Scripts of the service on cards that answer as T=0 and T=1 cards do."""

from __future__ import annotations

import pytest

from kiosk.card import relay
from kiosk.card.reader import CardLost


class Card:
    """Answers by a table, and notes what it was asked."""

    def __init__(self, answers: dict[str, str], t0: bool = True) -> None:
        self.t0 = t0
        self.asked: list[str] = []
        self._answers = answers

    def transmit(self, command: bytes) -> bytes:
        self.asked.append(command.hex().upper())
        return bytes.fromhex(self._answers.get(self.asked[-1], "6D00"))


SELECT = "00A4040002AABB"
READ = "00B0950004"


def test_the_first_script_that_is_understood_runs() -> None:
    card = Card({"00A4040002CCDD": "6A82", SELECT: "9000", READ: "010203049000"})
    ran = relay.run(card, (("00A4040002CCDD", READ), (SELECT, READ), (SELECT,)))
    assert ran == relay.Ran(1, ("9000", "010203049000"))
    assert card.asked == ["00A4040002CCDD", SELECT, READ]


def test_a_later_refusal_ends_the_script_and_is_told() -> None:
    card = Card({SELECT: "9000", READ: "6982"})
    assert relay.run(card, ((SELECT, READ, READ),)) == relay.Ran(0, ("9000", "6982"))


def test_a_card_that_understands_nothing() -> None:
    assert relay.run(Card({}), ((SELECT,), (READ,))) is None
    assert relay.run(Card({}), ()) is None


def test_more_waits() -> None:
    """ISO/IEC 7816-4, 5.3.4: 61xx is followed by GET RESPONSE until nothing waits."""
    card = Card({SELECT: "6102", "00C0000002": "AABB6101", "00C0000001": "CC9000"})
    assert relay.run(card, ((SELECT,),)) == relay.Ran(0, ("AABBCC9000",))


def test_the_wrong_length() -> None:
    card = Card({"00B0950000": "6C04", READ: "010203049000"})
    assert relay.run(card, (("00B0950000",),)) == relay.Ran(0, ("010203049000",))
    card = Card({SELECT: "6110", "00C0000010": "6C02", "00C0000002": "AABB9000"})
    assert relay.run(card, ((SELECT,),)) == relay.Ran(0, ("AABB9000",))


def test_le_goes_only_where_the_protocol_has_it() -> None:
    assert relay.run(Card({SELECT: "9000"}), ((SELECT + "00",),)) is not None
    t1 = Card({SELECT + "00": "6C02", SELECT + "02": "AABB9000"}, t0=False)
    assert relay.run(t1, ((SELECT + "00",),)) == relay.Ran(0, ("AABB9000",))
    assert t1.asked == [SELECT + "00", SELECT + "02"]


@pytest.mark.parametrize("answers", [
    {"00B0950001": "6C01", READ: "6C01"},
    {READ: "6104", "00C0000004": "010203046104"},
])
def test_a_card_that_never_comes_to_an_end(answers: dict[str, str]) -> None:
    card = Card(answers)
    with pytest.raises(CardLost):
        relay.run(card, ((READ,),))
    assert len(card.asked) < 20
