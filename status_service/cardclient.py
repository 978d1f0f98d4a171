"""How a kiosk asks about a card: it relays what the service and the card say to each
other, and then reads its holder's cases. Each of these questions carries the card's answer to
a challenge that came with the answer before: a card that was changed meanwhile opens nothing.

The card session is secret: it goes in a header, never into a path. Nothing that these
methods return is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from status_service.asking import Asking, Items, Refused, as_part, read_problem
from status_service.cases.answer import Answer, HistoryEntry
from status_service.line import Got
from status_service.words import Language

SESSION = "Hallway-Session"  # the header that carries the card session


class CardSessionOver(Exception):
    """The card session ended, ran out, or never was: the card is to be read anew."""


class Unknown(msgspec.Struct, frozen=True):
    """Nothing has this number. `slip` is True when its check digit shows a mistyped digit."""

    slip: bool


class Relay(msgspec.Struct, frozen=True, tag="relay"):
    """What a card is to be asked next; the kiosk only passes it on.

    session: the card session, secret. scripts: alternatives; each is commands (APDUs) in hex,
    sent one after another. When the first command of a script is not answered good (9000; 9100,
    91AF and 91AE of a DESFire), the next script is tried; a later one that is not ends the script
    there.
    """

    session: str
    scripts: tuple[tuple[str, ...], ...]

    def __repr__(self) -> str:
        return "Relay(redacted)"


class Proof(msgspec.Struct, frozen=True, tag="proof"):
    """The card proved itself: from now on the session opens its holder's cases.

    holder: masked, for the person before the screen to know their own card. challenge: commands
    for the card, as those of a script; its answers go with the next question. pin: whether a
    PIN would raise the level (`card_pin`).
    """

    level: int
    holder: str
    challenge: tuple[str, ...]
    pin: bool = False

    def __repr__(self) -> str:
        return f"Proof(level={self.level}, redacted)"


class Unproven(msgspec.Struct, frozen=True, tag="unproven"):
    """The service does not accept this card. Unknown, reported lost, revoked or false: one
    word for all of them, after the same time."""


class Bare(msgspec.Struct, frozen=True, tag="bare"):
    """The card has nothing but a number, which anyone can copy: it proves nothing, and the
    session is over.

    random: the number is another one each time, so it says nothing at all. items: the newest 100
    cases of the card, where the office issued it by its number; at level 0.
    """

    random: bool
    items: tuple[Answer, ...]

    def __repr__(self) -> str:
        return "Bare(redacted)"


class PinWanted(msgspec.Struct, frozen=True, tag="pin"):
    """What the kiosk needs to let the card check its holder's PIN, which stays in the kiosk.

    template: the command in hex with # where each digit goes. counter: a command that
    only asks how many tries are left, "" where the card knows none; both are answered 63Cx (x
    tries are left), 6983 (blocked) or 9000. prove: commands to be sent right after a good PIN;
    their answers go to `card_pin_proven`. challenge: instead of them, as in Proof.
    """

    template: str
    counter: str
    prove: tuple[str, ...]
    challenge: tuple[str, ...]

    def __repr__(self) -> str:
        return "PinWanted(redacted)"


class PhoneAsked(msgspec.Struct, frozen=True, tag="phone-asked"):
    """sent: a one-time code is on its way to the new phone; False: it is no number that texts can
    go to, or too many were sent. challenge: as in Proof."""

    sent: bool
    challenge: tuple[str, ...]


class PhoneChanged(msgspec.Struct, frozen=True, tag="phone-changed"):
    """changed: the new phone is registered; False: the code was wrong, or too old. challenge:
    as in Proof."""

    changed: bool
    challenge: tuple[str, ...]


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    """Some of the holder's cases, with all that the card's level shows.

    next: the cursor of those that follow, if there are any. challenge: as in Proof.
    """

    items: tuple[Answer, ...]
    next: str | None
    challenge: tuple[str, ...]

    def __repr__(self) -> str:
        return "Opened(redacted)"


_relay = msgspec.json.Decoder(Relay)
_said: msgspec.json.Decoder[Relay | Proof | Unproven | Bare] = msgspec.json.Decoder(
    Relay | Proof | Unproven | Bare)
_proof: msgspec.json.Decoder[Proof | Unproven] = msgspec.json.Decoder(Proof | Unproven)
_pin: msgspec.json.Decoder[Relay | PinWanted | Unproven] = msgspec.json.Decoder(
    Relay | PinWanted | Unproven)
_opened: msgspec.json.Decoder[Relay | Opened | Unproven] = msgspec.json.Decoder(
    Relay | Opened | Unproven)

_phone_asked: msgspec.json.Decoder[Relay | PhoneAsked | Unproven] = msgspec.json.Decoder(
    Relay | PhoneAsked | Unproven)
_phone_changed: msgspec.json.Decoder[Relay | PhoneChanged | Unproven] = msgspec.json.Decoder(
    Relay | PhoneChanged | Unproven)


class CardQuestions(Asking):
    """The part of a `Client` that is about cards."""

    def card_open(self, kiosk: str) -> Relay:
        """Begin a card session for the kiosk of this name. Raises ServiceAway.

        Safe to repeat: a session that nobody goes on with ends by itself."""
        return _relay.decode(self._good(self._ask(
            "POST", "/v1/card-sessions", {"kiosk": kiosk}, idempotent=True)))

    def card_answer(self, session: str, script: int,
                    answers: list[str]) -> Relay | Proof | Unproven | Bare:
        """Hand on what the card answered to the commands of script number `script`: hex, each
        with its status word. Never repeated, for the service's challenge serves once.

        Raises ServiceAway, CardSessionOver."""
        said: Relay | Proof | Unproven | Bare = _said.decode(self._card(self._ask(
            "POST", "/v1/card-session/answers", {"script": script, "answers": answers},
            more={SESSION: session})))
        return said

    def card_close(self, session: str) -> None:
        """End a card session; one that is over already is no error. Raises ServiceAway."""
        self._good(self._ask("DELETE", "/v1/card-session", idempotent=True,
                             more={SESSION: session}))

    def card_cases(self, session: str, answers: Sequence[str], number: str | None = None,
                   cursor: str | None = None) -> Relay | Opened | Unproven:
        """The proven card's holder's cases, newest first, from `cursor` on; or the one with this
        number: none when it is not (any more) theirs, whether or not anyone has it.

        answers: of the card to the challenge that came last, with their status words. A Relay
        is a new challenge: the former one ran out, or there was none. Its answers go with the
        same question. Unproven: they were not this card's, and the session is over.

        Never repeated, for a challenge serves once: after ServiceAway ask without answers.
        Raises ServiceAway, CardSessionOver."""
        body = {"answers": answers, "number": number and number.strip()[:80], "cursor": cursor}
        said: Relay | Opened | Unproven = _opened.decode(self._card(self._ask(
            "POST", "/v1/card-session/cases", body, more={SESSION: session})))
        return said

    def card_pin(self, session: str, answers: Sequence[str]) -> Relay | PinWanted | Unproven:
        """Before the holder keys in their PIN: what the card is to be asked. answers, Relay,
        Unproven, and what it raises: as `card_cases`."""
        said: Relay | PinWanted | Unproven = _pin.decode(self._card(self._ask(
            "POST", "/v1/card-session/pin", {"answers": answers}, more={SESSION: session})))
        return said

    def card_pin_proven(self, session: str, answers: Sequence[str]) -> Proof | Unproven:
        """The card accepted the PIN, and these are its answers to PinWanted.prove: from now on
        the session is at level 3. Never repeated. Raises ServiceAway, CardSessionOver."""
        said: Proof | Unproven = _proof.decode(self._card(self._ask(
            "POST", "/v1/card-session/pin/answers", {"answers": answers},
            more={SESSION: session})))
        return said

    def card_phone(self, session: str, answers: Sequence[str], phone: str,
                   language: Language) -> Relay | PhoneAsked | Unproven:
        """At level 3: send a code to the phone that is to be registered. As `card_cases`."""
        body = {"answers": answers, "phone": phone.strip()[:40], "language": language}
        said: Relay | PhoneAsked | Unproven = _phone_asked.decode(self._card(self._ask(
            "POST", "/v1/card-session/phone", body, more={SESSION: session})))
        return said

    def card_phone_code(self, session: str, answers: Sequence[str],
                        code: str) -> Relay | PhoneChanged | Unproven:
        """The code that came to the new phone. As `card_cases`."""
        body = {"answers": answers, "code": code.strip()[:40]}
        said: Relay | PhoneChanged | Unproven = _phone_changed.decode(self._card(self._ask(
            "POST", "/v1/card-session/phone/code", body, more={SESSION: session})))
        return said

    def card_claim(self, number: str) -> list[Answer] | Unknown:
        """The cases of the card with this printed number, newest first, at level 0: keyed
        digits prove nothing. Raises ServiceAway."""
        number = number.strip()[:80]
        if not number:
            return Unknown(slip=False)
        got = self._ask("POST", "/v1/cards/claim", {"number": number}, idempotent=True)
        if got.status == 404:
            return Unknown(slip=bool(read_problem(got.body).get("check_digit_wrong")))
        return [msgspec.json.decode(item, type=Answer)
                for item in msgspec.json.decode(self._good(got), type=Items).items]

    def history(self, number: str) -> list[HistoryEntry]:
        """The events of the case with exactly this number, oldest first; none when no case
        has it. Raises ServiceAway."""
        part = as_part(number)
        if not part:
            return []
        try:
            return self._pages(f"/v1/cases/{part}/history", HistoryEntry)
        except Refused as refusal:
            if refusal.status in (404, 409, 422):  # no case, several, or no number at all
                return []
            raise

    def _card(self, got: Got) -> bytes:
        try:
            return self._good(got)
        except Refused as refusal:
            raise told(refusal) from None


def told(refusal: Refused) -> Exception:
    """What a refusal means here: a session that is over is no fault of the asker."""
    over = str(refusal.problem.get("type", "")).endswith("/card-session-over")
    return CardSessionOver() if over else refusal
