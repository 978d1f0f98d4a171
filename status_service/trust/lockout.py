"""Wrong codes: counted across all channels by case and by source, with growing delays.

An attempt is counted as wrong before it is looked at and forgiven when it was right, so that
many attempts at one time cannot outrun the count. Somebody who is locked out is not told:
to them every code is wrong. Level 0 knows nothing of this.
"""

from __future__ import annotations

from typing import NamedTuple

from status_service.trust.shelf import Shelf

Delays = tuple[int, ...]

# Seconds that nothing more is looked at after so many wrong attempts in a row; the last one
# holds for all further ones. Six digits and five attempts a day on a case: one guess in
# 200,000 a day. Open Inwoner locks for one hour after five.
CASE_DELAYS: Delays = (0, 0, 60, 600, 3_600, 14_400, 86_400)
# Somebody with many cases mistypes more often than the holder of one.
SOURCE_DELAYS: Delays = (0, 0, 0, 0, 60, 300, 1_800, 7_200, 28_800, 86_400)
FORGOTTEN = 2 * 86_400  # seconds after the last wrong attempt until a count begins anew
# A kiosk is one source for all who stand before it: its cases count, it itself does not.
SHARED = frozenset({"kiosk"})

# KEYS: one count or two. ARGV: how many delays, the delays, ... for each; FORGOTTEN at the end.
# Gives 1 when the attempt may be looked at.
ATTEMPT = """
local at, free = 1, 1
for i, key in ipairs(KEYS) do
  if redis.call('EXISTS', key .. ':shut') == 1 then free = 0 end
end
for i, key in ipairs(KEYS) do
  local many = tonumber(ARGV[at])
  if free == 1 then
    local wrong = redis.call('INCR', key)
    redis.call('EXPIRE', key, ARGV[#ARGV])
    local delay = tonumber(ARGV[at + math.min(wrong, many)])
    if delay > 0 then redis.call('SET', key .. ':shut', '1', 'EX', delay) end
  end
  at = at + many + 1
end
return free
"""
# KEYS as above. ARGV: whether the attempt was right. The case's count ends, the source's goes
# back by one: an attacker with a case of their own cannot wash away their guesses at others.
SETTLE = """
if ARGV[1] == '1' then
  redis.call('DEL', KEYS[1], KEYS[1] .. ':shut')
  if KEYS[2] and tonumber(redis.call('GET', KEYS[2]) or '0') > 0 then
    redis.call('DECR', KEYS[2])
    redis.call('DEL', KEYS[2] .. ':shut')
  end
end
return 1
"""


class Attempt(NamedTuple):
    """One attempt under way; `free`: it may count."""

    keys: tuple[str, ...]
    free: bool


class Lockout:
    """Every method may raise ShelfAway: then nothing above level 0 is opened."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def attempt(self, case: str, channel: str, source: str) -> Attempt:
        """Count an attempt on the case with this number key, whether or not there is one."""
        counts = [(self._shelf.key("wrong-case", case), CASE_DELAYS)]
        if channel not in SHARED:
            counts.append((self._shelf.key("wrong-source", source), SOURCE_DELAYS))
        keys = tuple(key for key, _ in counts)
        given = [word for _, delays in counts for word in (len(delays), *delays)]
        free = self._shelf.ask("EVAL", ATTEMPT, len(keys), *keys, *given, FORGOTTEN)
        return Attempt(keys, free == 1)

    def settle(self, attempt: Attempt, right: bool) -> None:
        """Say what the attempt was. Called for each one, so that each takes the same time."""
        self._shelf.ask("EVAL", SETTLE, len(attempt.keys), *attempt.keys, int(right))

    def forgive(self, case: str) -> None:
        """Forget the wrong attempts on a case: the desk saw its applicant and gave a new code."""
        key = self._shelf.key("wrong-case", case)
        self._shelf.ask("DEL", key, f"{key}:shut")
