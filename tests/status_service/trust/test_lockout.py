"""Wrong codes: counted by case and by source over all channels, told to nobody."""

from __future__ import annotations

import threading

import redis
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from status_service.storage import tables
from status_service.trust.lockout import (
    CASE_DELAYS,
    EVERYBODY,
    HOUR,
    SOURCE_DELAYS,
    Lockout,
)
from status_service.trust.personal import Vault
from status_service.trust.shelf import Shelf
from tests.status_service.api.conftest import Asker
from tests.status_service.trust.conftest import (
    CODE,
    CODE_OF_OTHERS,
    MORE,
    OTHERS,
    OURS,
    WANG,
    Outbox,
    Visitor,
)


def expire(store: redis.Redis) -> None:
    """As if the delays that run now were over."""
    for key in store.scan_iter("*:shut"):
        store.delete(key)


def wrong(visitor: Visitor, number: str, times: int) -> None:
    for _ in range(times):
        assert visitor.shows(number, "000000").status_code == 403


def test_a_case_is_locked_over_all_channels(channel: Asker, store: redis.Redis) -> None:
    for at, name in enumerate(("phone", "sms", "kiosk")):
        wrong(Visitor(channel, name, f"source-{at}"), OURS, 1)
    late = Visitor(channel, "sms", "the holder")
    assert late.shows(OURS, CODE).status_code == 403  # right, and not looked at
    assert late.texts_from(OURS, WANG.phone).status_code == 200  # nothing is guessed there
    assert channel("GET", f"/v1/cases/{OURS}").status_code == 200  # nor at level 0
    assert late.shows(OTHERS, CODE_OF_OTHERS).status_code == 200
    expire(store)
    assert late.shows(OURS, CODE).status_code == 200
    wrong(Visitor(channel, "phone", "source-9"), OURS, 2)  # it counts anew
    assert late.shows(OURS, CODE).status_code == 200


def test_a_source_is_locked_over_all_cases(channel: Asker, store: redis.Redis) -> None:
    attacker = Visitor(channel, "phone", "+8613900000009")
    for at in range(len([delay for delay in SOURCE_DELAYS if not delay]) + 1):
        wrong(attacker, f"no-such-case-{at}", 1)
    assert attacker.shows(OURS, CODE).status_code == 403
    assert Visitor(channel, "sms", "+8613900000009").shows(OURS, CODE).status_code == 403
    assert Visitor(channel, "phone", "+8613900000010").shows(OURS, CODE).status_code == 200


def test_ones_own_case_does_not_wash_away_guesses_at_others(
        channel: Asker, store: redis.Redis) -> None:
    attacker = Visitor(channel, "phone", "+8613900000009")
    for at in range(4):
        wrong(attacker, f"no-such-case-{at}", 1)
        assert attacker.shows(MORE, "111111").status_code == 200
    wrong(attacker, "no-such-case-9", 1)
    assert attacker.shows(MORE, "111111").status_code == 403


def test_a_kiosk_is_not_locked_by_one_who_stood_before_it(channel: Asker) -> None:
    for at in range(12):
        wrong(Visitor(channel, "kiosk", "kiosk-1"), f"no-such-case-{at}", 1)
    assert Visitor(channel, "kiosk", "kiosk-1").shows(OURS, CODE).status_code == 200


def test_one_time_codes_count_as_well(
        channel: Asker, visitor: Visitor, outbox: Outbox) -> None:
    visitor.wants_code(OURS)
    code = outbox.next()["code"]
    for _ in range(3):
        assert visitor.shows(OURS, "x", "one-time-code").status_code == 403
    assert visitor.shows(OURS, code, "one-time-code").status_code == 403


def test_many_at_one_time_do_not_outrun_the_count(client: FlaskClient) -> None:
    app = client.application
    found: list[int] = []

    def guess(at: int) -> None:
        one = Visitor(Asker(app.test_client(), "channel"), "sms", f"source-{at}")
        found.append(one.shows(OURS, CODE if at >= 10 else f"{at:06d}").status_code)

    threads = [threading.Thread(target=guess, args=(at,)) for at in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [403] * 10
    guess(10)
    assert found[-1] == 403  # the eleventh is right and comes too late


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.booleans(),
                          st.booleans()), max_size=40))
def test_the_count_is_what_a_clerk_would_count(
        clean_redis: str, steps: list[tuple[str, str, bool, bool]]) -> None:
    """Against a model: a right attempt ends the case's count, a wrong one goes on with it;
    while a delay runs nothing counts. `waits` lets all delays pass before the attempt."""
    shelf = Shelf(clean_redis, Vault("a secret of this test"))
    store = redis.Redis.from_url(clean_redis)
    store.flushall()
    lockout = Lockout(shelf)
    cases: dict[str, int] = {}
    sources: dict[str, int] = {}
    shut: set[tuple[str, str]] = set()
    for case, source, right, waits in steps:
        if waits:
            expire(store)
            shut.clear()
        free = ("case", case) not in shut and ("source", source) not in shut
        attempt = lockout.attempt("query-code", case, "phone", source)
        assert attempt.free == free
        if free:
            for kind, name, counts, delays in (("case", case, cases, CASE_DELAYS),
                                               ("source", source, sources, SOURCE_DELAYS)):
                counts[name] = counts.get(name, 0) + 1
                if delays[min(counts[name], len(delays)) - 1]:
                    shut.add((kind, name))
        good = right and free
        lockout.settle(attempt, good)
        if good:
            cases[case] = 0
            sources[source] -= 1
            shut -= {("case", case), ("source", source)}
    store.close()


def test_locks_last_as_long_as_they_say(clean_redis: str) -> None:
    shelf = Shelf(clean_redis, Vault("a secret of this test"))
    lockout = Lockout(shelf)
    with redis.Redis.from_url(clean_redis) as store:
        for wrong_so_far, delay in enumerate(CASE_DELAYS, 1):
            attempt = lockout.attempt("query-code", "one case", "kiosk", "")
            assert attempt.free
            lockout.settle(attempt, False)
            left = [store.ttl(key) for key in store.scan_iter("wrong-case:*:shut")]
            assert (left == []) if not delay else (delay - 5 <= left[0] <= delay), wrong_so_far
            expire(store)


def test_somebody_with_many_numbers_and_many_cases_is_stopped_for_an_hour(
        channel: Asker, store: redis.Redis, engine: Engine, visitor: Visitor,
        outbox: Outbox) -> None:
    """A forged telephone number for each guess: what everybody may try in an hour is bounded.
    One-time codes are counted apart, and nothing else is touched."""
    visitor.wants_code(MORE)
    sent = outbox.next()["code"]
    for at in range(EVERYBODY):
        wrong(Visitor(channel, "phone", f"+8613{at:09d}"), f"no-such-case-{at}", 1)
    holder = Visitor(channel, "sms", WANG.phone)
    assert holder.shows(OURS, CODE).status_code == 403
    assert holder.texts_from(OURS, WANG.phone).status_code == 200
    assert visitor.shows(MORE, sent, "one-time-code").status_code == 200
    with engine.connect() as connection:
        [task] = connection.execute(sa.select(tables.tasks.c.kind, tables.tasks.c.seen))
    assert task == ("many-wrong-codes", 1)
    [everybody] = [key for key in store.scan_iter("wrong-all:*")
                   if int(store.get(key) or 0) == EVERYBODY]
    assert HOUR - 60 < store.ttl(everybody) <= HOUR
    store.delete(everybody)  # as if the hour were over
    assert holder.shows(OURS, CODE).status_code == 200


def test_right_codes_use_up_nothing(channel: Asker, store: redis.Redis) -> None:
    for _ in range(3):
        assert Visitor(channel).shows(OURS, CODE).status_code == 200
    assert [store.get(key) for key in store.scan_iter("wrong-all:*")] == [b"0"]


def test_a_kiosk_sends_codes_for_all_who_stand_before_it(
        channel: Asker, outbox: Outbox) -> None:
    for number in (OURS, MORE, OTHERS):
        Visitor(channel, "kiosk", "kiosk-1").wants_code(number)
    assert {outbox.next()["subject"] for _ in range(3)} == {OURS, MORE, OTHERS}
