"""`python -m bench.attacker`: somebody who knows every number asks all day through all channels
at once. How many cases do they hear of, how many codes do they guess?

The real counts in a real Redis, over a clock of its own: what Redis would forget by then is
taken out when this clock says so. The attacker is the best one these counts allow: never the
same case while others are free, and with forged telephone numbers never the same source.
Figures: docs/threats.md.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Protocol

import redis
from tqdm import tqdm

from processes import PrivateRedis
from status_service.trust.enquiries import Enquiries
from status_service.trust.lockout import HOUR, Lockout
from status_service.trust.onetime import DIGITS, EVERYBODY, LIMITS, OneTimeCodes
from status_service.trust.personal import Vault
from status_service.trust.shelf import Shelf
from status_service.words import Channel

CODES = float(10 ** DIGITS)  # as many as there are, of either kind


class Way(NamedTuple):
    """A channel as an attacker can use it. sources: numbers or kiosks they have; 0: a new one
    for each attempt. pause: seconds between two attempts of all of them together."""

    channel: Channel
    sources: int
    pause: float


# 30 lines (an E1) of 20 seconds an attempt; 20 SIM cards, a text in 10 seconds each; two
# kiosks, 12 seconds for number and code.
HONEST = (Way("phone", 30, 20 / 30), Way("sms", 20, 10 / 20), Way("kiosk", 2, 12 / 2))
FORGED = (Way("phone", 0, 20 / 30), *HONEST[1:])


class Found(NamedTuple):
    """What came of it: numbers looked up, query codes and one-time codes that were looked at,
    one-time codes that were sent, all by channel."""

    looked_up: dict[str, int]
    tried: dict[str, int]
    tried_one_time: dict[str, int]
    sent: dict[str, int]

    def codes(self) -> float:
        """How many codes are guessed, of both kinds, as one expects."""
        return (sum(self.tried.values()) + sum(self.tried_one_time.values())) / CODES


class Progress(Protocol):
    def update(self, n: float) -> object: ...


class Clock:
    """Time of its own, over the keys of a real Redis."""

    def __init__(self, store: redis.Redis) -> None:
        self.at = 0.0
        self._store = store
        self._ends: list[tuple[float, bytes]] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 26, tzinfo=UTC) + timedelta(seconds=self.at)

    def move(self, at: float) -> None:
        self.at = at
        while self._ends and self._ends[0][0] <= at:
            self._store.delete(heapq.heappop(self._ends)[1])

    def watch(self, *keys: str) -> None:
        """Let what Redis is to forget end by this clock instead."""
        pipe = self._store.pipeline(transaction=False)
        for key in keys:
            pipe.ttl(key)
            pipe.persist(key)
        for key, ttl in zip(keys, pipe.execute()[::2], strict=True):
            if ttl > 0:
                heapq.heappush(self._ends, (self.at + ttl, key.encode()))


def simulate(redis_url: str, ways: tuple[Way, ...], cases: int, seconds: float,
             progress: Progress | None = None) -> Found:
    """An attacker's day, or `seconds` of it, on an empty Redis. `cases`: the numbers they know,
    each with a phone registered."""
    vault = Vault("the secret of a simulated hall")
    shelf = Shelf(redis_url, vault)
    lockout, one_time = Lockout(shelf), OneTimeCodes(shelf, vault)
    found = Found({}, {}, {}, {})
    fresh = itertools.count()
    chosen = [itertools.cycle(range(cases)) for _ in ("query-code", "one-time-code")]
    with redis.Redis.from_url(redis_url) as store:
        clock = Clock(store)
        enquiries = Enquiries(clock.now)
        turns = [(way.pause, at) for at, way in enumerate(ways)]
        while turns[0][0] < seconds:
            time, which = heapq.heappop(turns)
            way = ways[which]
            heapq.heappush(turns, (time + way.pause, which))
            if progress:
                progress.update(time - clock.at)
            clock.move(time)
            turn = next(fresh)
            source = f"{way.channel}-{turn % way.sources if way.sources else turn}"
            # One attempt is a look-up, and then a code of either kind.
            if enquiries.wait(way.channel, source, str(turn % cases)) is None:
                _count(found.looked_up, way)
            kind = turn // len(ways) % 2
            case = f"case-{next(chosen[kind])}"
            if kind:
                if one_time.may_send(case, way.channel, source):
                    _count(found.sent, way)
                    clock.watch(*(shelf.key(counted, f"{span}:{name}")
                                  for counted, name, limits in (
                                      ("code-case", case, LIMITS), ("code-all", "", EVERYBODY),
                                      ("code-source", source, LIMITS))
                                  for span, _ in limits))
                attempt = lockout.attempt("one-time-code", case, way.channel, source)
            else:
                attempt = lockout.attempt("query-code", case, way.channel, source)
            if attempt.free:
                _count(found.tried_one_time if kind else found.tried, way)
                clock.watch(attempt.keys[0], *(f"{key}:shut" for key in attempt.keys[1:]))
            lockout.settle(attempt, False)
    return found


def _count(counts: dict[str, int], way: Way) -> None:
    counts[way.channel] = counts.get(way.channel, 0) + 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.attacker", description=__doc__)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--cases", type=int, default=100_000)
    args = parser.parse_args()
    print("| Caller's number | Cases heard of | Query codes tried | One-time codes tried "
          "| Codes sent | Codes guessed |\n|---|---|---|---|---|---|")
    for name, ways in (("their own", HONEST), ("forged", FORGED)):
        with tempfile.TemporaryDirectory() as state, ExitStack() as ends:
            own = PrivateRedis(Path(state))
            ends.callback(own.stop)
            own.start()
            progress = ends.enter_context(tqdm(total=args.hours * HOUR, unit="s", leave=False))
            found = simulate(own.url, ways, args.cases, args.hours * HOUR, progress)
        told = (" + ".join(f"{many:,} {channel}" for channel, many in counts.items()) or "0"
                for counts in found[:4])
        print(f"| {name} | {' | '.join(told)} | {found.codes():.4f} |", flush=True)


if __name__ == "__main__":
    main()
