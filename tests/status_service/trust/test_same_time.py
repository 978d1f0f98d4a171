"""From level 1 on there is no oracle: whatever is not accepted gets the same words after the
same time. The yardstick is shown to see 5 milliseconds."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from statistics import median

import pytest
import redis

from status_service.trust import evidence
from tests.status_service.api.conftest import Asker
from tests.status_service.trust.conftest import CODE, OTHERS, OURS, PLAIN, Visitor

ROUNDS = 60
MEASURED = 4  # times at most
APART = 0.0025  # seconds between medians; half of what is planted below
PLANTED = 0.005

Try = Callable[[], bytes]


def tries(channel: Asker, store: redis.Redis) -> dict[str, Try]:
    """One attempt of each kind, each from a source and at a case whose counts are at the same
    point: the words and the work must not differ."""
    visitor = Visitor(channel, "sms", "one source")

    def at(number: str, code: str, locked: bool = False) -> Try:
        def attempt() -> bytes:
            store.flushdb()
            if locked:
                for _ in range(3):
                    Visitor(channel, "phone", "another").shows(number, "000000")
            began = time.perf_counter()
            said = visitor.shows(number, code).get_data()
            took.append(time.perf_counter() - began)
            return said

        return attempt

    return {"wrong code": at(OURS, "402817"), "another person's case": at(OTHERS, CODE),
            "no such case": at("no-such-case", CODE), "a case without a code": at(PLAIN, CODE),
            "a locked case": at(OURS, CODE, locked=True)}


took: list[float] = []


def measured(channel: Asker, store: redis.Redis) -> dict[str, float]:
    """Median seconds by kind, in rounds of mixed order."""
    kinds = tries(channel, store)
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    words: set[bytes] = set()
    for _ in range(ROUNDS):
        for kind in random.sample(sorted(kinds), len(kinds)):
            took.clear()
            words.add(kinds[kind]())
            times[kind].append(took[-1])
    assert len(words) == 1
    return {kind: median(found) for kind, found in times.items()}


def spread(found: dict[str, float]) -> float:
    return max(found.values()) - min(found.values())


def least_spread(channel: Asker, store: redis.Redis) -> float:
    """Of a few measurements, up to the first that shows none: what the code does apart shows
    in each of them, what a busy machine does, does not."""
    found: list[float] = []
    while len(found) < MEASURED and not (found and found[-1] < APART):
        found.append(spread(measured(channel, store)))
    return min(found)


def test_every_refusal_takes_the_same_time(channel: Asker, store: redis.Redis) -> None:
    measured(channel, store)  # warm
    assert least_spread(channel, store) < APART


def test_an_early_return_of_five_milliseconds_would_be_seen(
        channel: Asker, store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a case that does not exist is answered without the work of the others."""
    real = evidence.Evidence.case

    def early(self: evidence.Evidence, key: str) -> object:
        found = real(self, key)
        if found is not None:
            ends = time.perf_counter() + PLANTED
            while time.perf_counter() < ends:
                pass
        return found

    monkeypatch.setattr(evidence.Evidence, "case", early)
    assert least_spread(channel, store) > APART
