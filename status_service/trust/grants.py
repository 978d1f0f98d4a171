"""What evidence buys: a short-lived grant, bound to channel, visit, and case or person.

Its name is 256 random bits that only the channel has been told. Nothing raises a grant; new
evidence buys a new one.
"""

from __future__ import annotations

import secrets

import msgspec

from status_service.trust.shelf import Shelf
from status_service.words import Channel

LIVES = 600  # seconds; a call or a look at the kiosk is over by then


class NoGrant(Exception):
    """There is no such grant (any more), or it is not for this."""


class Grant(msgspec.Struct, frozen=True, array_like=True):
    """owner: the name of the token that got it. visit: the channel's own name for the call,
    the conversation or the visit. case: its number key; "" where all of `applicant` is open."""

    owner: str
    channel: Channel
    visit: str
    level: int
    case: str = ""
    applicant: int = 0
    code: bytes = b""
    phone: bytes = b""

    def __repr__(self) -> str:
        return f"Grant(level={self.level}, redacted)"


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Grant).decode


class Grants:
    """Every method may raise ShelfAway."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def give(self, grant: Grant) -> str:
        """Its secret name."""
        name = secrets.token_urlsafe(32)
        self._shelf.put(self._shelf.key("grant", name), _encode(grant).decode(), LIVES)
        return name

    def get(self, name: str, owner: str, channel: str, visit: str) -> Grant:
        """The grant, for the token, channel and visit that it was given to. Raises NoGrant."""
        kept = self._shelf.get(self._shelf.key("grant", name)) if 0 < len(name) <= 80 else None
        if kept is None:
            raise NoGrant
        grant = _decode(kept)
        if (grant.owner, grant.channel, grant.visit) != (owner, channel, visit):
            raise NoGrant
        return grant

    def end(self, name: str) -> None:
        """The visit is over. Harmless twice."""
        self._shelf.ask("DEL", self._shelf.key("grant", name))
