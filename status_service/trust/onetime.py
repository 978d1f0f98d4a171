"""One-time codes: six digits sent to a registered phone, good for one visit and five minutes.

Kept as a keyed hash. How many are sent is limited by case and by source; how many are tried
is the lockout's (see `lockout`).
"""

from __future__ import annotations

import hmac
import secrets
from typing import NamedTuple

from status_service.trust.lockout import SHARED
from status_service.trust.personal import Personal, Phone, Vault
from status_service.trust.shelf import Shelf
from status_service.words import Channel

LIVES = 300  # seconds: a text takes some, an old phone and its owner the rest
DIGITS = 6
# (seconds, codes within them): a phone is not flooded, and a gateway's bill stays small.
LIMITS = ((60, 1), (3_600, 3), (86_400, 6))
EVERYBODY = ((3_600, 600),)  # ours: whoever has all numbers does not run up the bill either
NOTHING = "0" * 64

# KEYS: one count for each limit. ARGV: seconds and most of each. Gives 1 when one more may be
# sent, and counts it.
MAY_SEND = """
for i, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[2 * i]) then return 0 end
end
for i, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[2 * i - 1]) end
end
return 1
"""


class OneTimeCode(Personal):
    """The digits that go to a phone."""


class Checked(NamedTuple):
    """case_only: the phone it was sent to speaks for this case only (its id), 0 for all of
    the person's. phone: keyed hash of that phone, which may count no more."""

    right: bool
    case_only: int
    phone: bytes


class OneTimeCodes:
    """Every method may raise ShelfAway."""

    def __init__(self, shelf: Shelf, vault: Vault) -> None:
        self._shelf, self._vault = shelf, vault

    def may_send(self, case: str, channel: Channel, source: str) -> bool:
        """Whether a code may be sent about this case for this source now; counts it."""
        counts = [("code-case", case, LIMITS), ("code-all", "", EVERYBODY)]
        if channel not in SHARED:
            counts.insert(1, ("code-source", source, LIMITS))
        for kind, name, most in counts:
            keys = [self._shelf.key(kind, f"{seconds}:{name}") for seconds, _ in most]
            limits = [value for pair in most for value in pair]
            if self._shelf.ask("EVAL", MAY_SEND, len(keys), *keys, *limits) != 1:
                return False
        return True

    def make(self, case: str, channel: Channel, visit: str, case_only: int,
             phone: Phone) -> OneTimeCode:
        """A new code for this phone; a former one of this visit is void."""
        code = f"{secrets.randbelow(10 ** DIGITS):0{DIGITS}d}"
        where = self._where(case, channel, visit)
        to = self._vault.keyed_hash("phone", phone.reveal()).hex()
        self._shelf.put(where, f"{self._hash(where, code)}:{case_only}:{to}", LIVES)
        return OneTimeCode(code)

    def check(self, case: str, channel: Channel, visit: str, code: str) -> Checked:
        where = self._where(case, channel, visit)
        kept = self._shelf.get(where)
        held, case_only, to = (kept or f"{NOTHING}:0:{NOTHING}").split(":")
        same = hmac.compare_digest(self._hash(where, code), held)
        return Checked(same & (kept is not None), int(case_only), bytes.fromhex(to))

    def end(self, case: str, channel: Channel, visit: str) -> None:
        self._shelf.ask("DEL", self._where(case, channel, visit))

    def _where(self, case: str, channel: Channel, visit: str) -> str:
        return self._shelf.key("one-time", f"{case}\0{channel}\0{visit}")

    def _hash(self, where: str, code: str) -> str:
        return self._vault.keyed_hash("one-time", f"{where}:{code}").hex()
