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
# Wrong attempts of everybody within an hour, of each kind of code, after which no more of that
# kind is looked at until the hour is over: telephone numbers can be forged, so neither case nor
# source bounds somebody who has many of both. Ours: many times what a large hall mistypes; at
# this rate six digits are guessed once in some four months (docs/threats.md).
EVERYBODY, HOUR = 300, 3_600
# A kiosk is one source for all who stand before it: its cases count, it itself does not.
SHARED = frozenset({"kiosk"})

# KEYS: everybody's count, then one or two. ARGV: EVERYBODY, HOUR, FORGOTTEN; then how many
# delays, the delays, ... for each. Gives 1 when the attempt may be looked at, 2 when it is the
# last one of this hour.
ATTEMPT = """
local at, free = 4, 1
local all = tonumber(redis.call('GET', KEYS[1]) or '0')
if all >= tonumber(ARGV[1]) then free = 0 end
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i] .. ':shut') == 1 then free = 0 end
end
if free == 1 and redis.call('INCR', KEYS[1]) == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
for i = 2, #KEYS do
  local key, many = KEYS[i], tonumber(ARGV[at])
  if free == 1 then
    local wrong = redis.call('INCR', key)
    redis.call('EXPIRE', key, ARGV[3])
    local delay = tonumber(ARGV[at + math.min(wrong, many)])
    if delay > 0 then redis.call('SET', key .. ':shut', '1', 'EX', delay) end
  end
  at = at + many + 1
end
if free == 1 and all + 1 == tonumber(ARGV[1]) then return 2 end
return free
"""
# KEYS as above. ARGV: whether the attempt was right. The case's count ends, the others go
# back by one: an attacker with a case of their own cannot wash away their guesses at others.
SETTLE = """
if ARGV[1] == '1' then
  redis.call('DEL', KEYS[2], KEYS[2] .. ':shut')
  for _, key in ipairs({KEYS[1], KEYS[3]}) do
    if tonumber(redis.call('GET', key) or '0') > 0 then
      redis.call('DECR', key)
      redis.call('DEL', key .. ':shut')
    end
  end
end
return 1
"""


class Attempt(NamedTuple):
    """One attempt under way; `free`: it may count. last: nobody's counts any more this hour."""

    keys: tuple[str, ...]
    free: bool
    last: bool


class Lockout:
    """Every method may raise ShelfAway: then nothing above level 0 is opened."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def attempt(self, kind: str, case: str, channel: str, source: str) -> Attempt:
        """Count an attempt on the case with this number key, whether or not there is one.
        `kind`: of the code."""
        counts = [(self._shelf.key("wrong-case", case), CASE_DELAYS)]
        if channel not in SHARED:
            counts.append((self._shelf.key("wrong-source", source), SOURCE_DELAYS))
        keys = (self._shelf.key("wrong-all", kind), *(key for key, _ in counts))
        given = [word for _, delays in counts for word in (len(delays), *delays)]
        free = self._shelf.ask("EVAL", ATTEMPT, len(keys), *keys, EVERYBODY, HOUR, FORGOTTEN,
                               *given)
        return Attempt(keys, free in (1, 2), free == 2)

    def settle(self, attempt: Attempt, right: bool) -> None:
        """Say what the attempt was. Called for each one, so that each takes the same time."""
        self._shelf.ask("EVAL", SETTLE, len(attempt.keys), *attempt.keys, int(right))

    def forgive(self, case: str) -> None:
        """Forget the wrong attempts on a case: the desk saw its applicant and gave a new code."""
        key = self._shelf.key("wrong-case", case)
        self._shelf.ask("DEL", key, f"{key}:shut")
