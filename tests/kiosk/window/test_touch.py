"""A touch acts when it ends inside the target in which it began, and only one counts."""

from __future__ import annotations

from kiosk.look.sheet import Target
from kiosk.window.touch import Hand

YES = Target("yes", 0, 0, 100, 100)
NO = Target("no", 200, 0, 100, 100)
GREY = Target("grey", 400, 0, 100, 100, enabled=False)


def hand() -> Hand:
    made = Hand()
    made.lay((YES, NO, GREY), same=False)
    return made


def test_acts_when_let_go_inside() -> None:
    one = hand()
    assert one.begin(1, 50, 50)
    assert one.pressed == YES
    assert one.end(1, 99, 1) == "yes"
    assert one.pressed is None and not one.down


def test_sliding_off_takes_it_back() -> None:
    one = hand()
    one.begin(1, 50, 50)
    one.move(1, 250, 50)
    assert one.pressed is None
    assert one.end(1, 250, 50) is None


def test_sliding_back_in_counts() -> None:
    one = hand()
    one.begin(1, 50, 50)
    one.move(1, 150, 50)
    one.move(1, 60, 60)
    assert one.pressed == YES
    assert one.end(1, 60, 60) == "yes"


def test_sliding_in_from_beside_means_nothing() -> None:
    one = hand()
    one.begin(1, 150, 50)
    one.move(1, 50, 50)
    assert one.end(1, 50, 50) is None


def test_a_disabled_target_is_not_pressed() -> None:
    one = hand()
    one.begin(1, 450, 50)
    assert one.pressed is None
    assert one.end(1, 450, 50) is None


def test_one_finger_at_a_time() -> None:
    one = hand()
    one.begin(1, 50, 50)
    assert not one.begin(2, 250, 50)
    assert one.end(2, 250, 50) is None
    assert one.end(1, 50, 50) == "yes"


def test_another_screen_lets_go() -> None:
    one = hand()
    one.begin(1, 50, 50)
    one.lay((YES,), same=False)
    assert one.end(1, 50, 50) is None
    assert one.begin(2, 50, 50)


def test_the_same_screen_drawn_anew_stays_pressed() -> None:
    one = hand()
    one.begin(1, 50, 50)
    one.lay((YES,), same=True)
    assert one.end(1, 50, 50) == "yes"
