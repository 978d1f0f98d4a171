"""Which act a touch means: the target where it began, when it ends inside the same one.

No Kivy here. One touch at a time: a second finger, or the second report of one finger
by a driver that reports it twice, does nothing.
"""

from __future__ import annotations

from collections.abc import Hashable

from kiosk.look.sheet import Target


class Hand:
    """Follows one finger over the targets of the sheet that is shown. Places are in the
    sheet's pixels, from its upper left corner."""

    def __init__(self) -> None:
        self._targets: tuple[Target, ...] = ()
        self._finger: Hashable = None
        self._began: Target | None = None
        self.pressed: Target | None = None  # what looks pressed now

    @property
    def down(self) -> bool:
        """Whether a finger is on the glass."""
        return self._finger is not None

    def lay(self, targets: tuple[Target, ...], same: bool) -> None:
        """Another sheet is shown. `same`: the same screen drawn anew, so that a target that is
        still where it was stays pressed; otherwise the finger now touches nothing."""
        self._targets = targets
        if not same or self._began not in targets:
            self._began = self.pressed = None

    def begin(self, finger: Hashable, x: float, y: float) -> bool:
        """A finger came down. False: another one is down already, this one does not count."""
        if self.down:
            return False
        self._finger = finger
        self._began = self.pressed = next(
            (target for target in reversed(self._targets)
             if target.enabled and target.holds(x, y)), None)
        return True

    def move(self, finger: Hashable, x: float, y: float) -> None:
        if finger == self._finger and self._began is not None:
            self.pressed = self._began if self._began.holds(x, y) else None

    def end(self, finger: Hashable, x: float, y: float) -> str | None:
        """A finger left the glass. Gives the act, or None where it means nothing."""
        if finger != self._finger:
            return None
        self.move(finger, x, y)
        target, self._finger, self._began, self.pressed = self.pressed, None, None, None
        return target.act if target else None
