"""How many different numbers one source may look up at level 0.

That a number exists is public, but nobody reads the whole register out by asking. Counted in
this process and not in Redis: level 0 is answered without Redis, and a count that starts anew
with the process harms nobody. With several processes of the service each counts for itself.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from status_service.trust.lockout import SHARED

Limits = tuple[tuple[timedelta, int], ...]

# (span, different numbers within it). Ours: an agency with a few dozen cases is served.
ONE: Limits = ((timedelta(hours=1), 30), (timedelta(days=1), 100))
# Who stands before a kiosk one after another, 15 seconds each at the fastest.
MANY: Limits = ((timedelta(hours=1), 240), (timedelta(days=1), 2_000))
SOURCES = 20_000  # remembered at once; the one that asked least recently goes first


class Enquiries:
    """One per process; safe to use from many threads."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._key = secrets.token_bytes(16)  # neither sources nor numbers lie in memory as such
        self._lock = threading.Lock()
        self._asked: OrderedDict[bytes, OrderedDict[bytes, datetime]] = OrderedDict()

    def wait(self, channel: str, source: str, number: str) -> timedelta | None:
        """None when this source may look this number up, and counts it; else how long until
        it may. A number that was asked within the hour costs nothing, whether it exists or not.
        """
        limits = MANY if channel in SHARED else ONE
        now, who, what = self._now(), self._hashed(source), self._hashed(number)
        with self._lock:
            asked = self._asked.setdefault(who, OrderedDict())
            self._asked.move_to_end(who)
            while asked and next(iter(asked.values())) <= now - limits[-1][0]:
                asked.popitem(last=False)
            known = asked.get(what)
            if known is None or known <= now - limits[0][0]:
                times = list(asked.values())  # oldest first
                for span, most in limits:
                    if len(times) >= most and times[-most] > now - span:
                        return times[-most] + span - now
                asked[what] = now
                asked.move_to_end(what)
            if len(self._asked) > SOURCES:
                self._asked.popitem(last=False)
        return None

    def _hashed(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode(), digest_size=8, key=self._key).digest()
