"""How the card desk asks: a clerk, who is named in every question, at a reader of their own.

The desk relays commands and understands none of them but the one into which the applicant keys
a PIN. Nothing that these methods return is kept.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from status_service.asking import Asking, Refused
from status_service.cardclient import SESSION, CardSessionOver, told
from status_service.line import Got

Action = Literal["issue", "replace", "show", "found", "rekey", "unblock"]
Outcome = Literal[
    "issued", "shown", "found", "rekeyed", "current", "unblocked", "lost", "revoked",
    "no-holder", "no-card", "several", "not-blank", "unreadable", "unproven", "wrong-state",
    "no-key", "card-failed"]


class DeskStep(msgspec.Struct, frozen=True, tag="step"):
    """Commands in hex for the card, one after another until one is not answered 9000; all
    answers, that one's too, go to `desk_answer`. session: secret."""

    session: str
    commands: tuple[str, ...]

    def __repr__(self) -> str:
        return "DeskStep(redacted)"


class DeskDone(msgspec.Struct, frozen=True, tag="done"):
    """It is over. What the clerk is to know of the card, as far as there is one.

    proven: it answered a challenge. holder: masked. pin: the command in hex, with # where its
    digits go, that gives the card its holder's own PIN; "" where none is to be set.
    """

    outcome: Outcome
    proven: bool = False
    kind: str = ""
    printed: str = ""
    state: str = ""
    key_version: int | None = None
    valid_until: str = ""
    holder: str = ""
    pin: str = ""

    def __repr__(self) -> str:
        return f"DeskDone(outcome={self.outcome!r}, redacted)"


class KeyCount(msgspec.Struct, frozen=True):
    """A version of the card keys: whether the service has it, how many cards still need it."""

    version: int
    held: bool
    newest: bool
    cards: int


class KeyCounts(msgspec.Struct, frozen=True):
    versions: tuple[KeyCount, ...]


_said: msgspec.json.Decoder[DeskStep | DeskDone] = msgspec.json.Decoder(DeskStep | DeskDone)
_done = msgspec.json.Decoder(DeskDone)


class CardDesk(Asking):
    """One per process. Every method raises ServiceAway, and Refused without the scope."""

    def desk_begin(self, clerk: str, action: Action, number: str = "",
                   kind: str = "") -> DeskStep | DeskDone:
        """number: a case number of the applicant's or, to replace a card, what is printed on
        it. kind: of card, for a new one."""
        body = {"clerk": clerk, "action": action, "number": number.strip()[:80], "kind": kind}
        said: DeskStep | DeskDone = _said.decode(self._good(
            self._ask("POST", "/v1/cards/desk", body)))
        return said

    def desk_answer(self, session: str, answers: tuple[str, ...]) -> DeskStep | DeskDone:
        """Never repeated. Raises CardSessionOver."""
        said: DeskStep | DeskDone = _said.decode(self._step(self._ask(
            "POST", "/v1/cards/desk/answers", {"answers": answers}, more={SESSION: session})))
        return said

    def desk_lost(self, clerk: str, number: str) -> DeskDone:
        """From now on the card counts nowhere. Harmless twice."""
        return self._without_card("lost", clerk, number)

    def desk_revoke(self, clerk: str, number: str) -> DeskDone:
        """The card never counts again. Harmless twice."""
        return self._without_card("revoke", clerk, number)

    def desk_keys(self) -> tuple[KeyCount, ...]:
        return msgspec.json.decode(self._good(self._ask("GET", "/v1/cards/keys")),
                                   type=KeyCounts).versions

    def _without_card(self, what: str, clerk: str, number: str) -> DeskDone:
        return _done.decode(self._good(self._ask(
            "POST", f"/v1/cards/{what}", {"clerk": clerk, "number": number.strip()[:80]},
            idempotent=True)))

    def _step(self, got: Got) -> bytes:
        try:
            return self._good(got)
        except Refused as refusal:
            raise told(refusal) from None


__all__ = ["CardDesk", "CardSessionOver", "DeskDone", "DeskStep", "KeyCount"]
