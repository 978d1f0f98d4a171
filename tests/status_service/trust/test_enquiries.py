"""Level 0 is open to anyone, but nobody reads the whole register out."""

from __future__ import annotations

from datetime import timedelta

import redis
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from status_service.trust.enquiries import MANY, ONE, SOURCES, Enquiries
from tests.status_service.api.conftest import Asker
from tests.status_service.cards.conftest import Clock
from tests.status_service.small_hall import NOW
from tests.status_service.trust.conftest import OURS, PLAIN

MOST = ONE[0][1]  # in an hour
CALLER = {"Hallway-Channel": "phone", "Hallway-Source": "+8613911112222"}


def test_a_source_that_asks_for_number_after_number_waits(channel: Asker, clock: Clock) -> None:
    for at in range(MOST):
        assert channel("GET", f"/v1/cases/{900000 + at}", headers=CALLER).status_code == 404
    got = channel("GET", f"/v1/cases/{OURS}", headers=CALLER)
    assert got.status_code == 429 and got.json is not None
    assert got.json["type"] == "/problems/too-many" and got.json["seconds"] == 3600
    assert got.headers["Retry-After"] == "3600"
    for other in ({}, CALLER | {"Hallway-Source": "+8613911112223"},
                  {"Hallway-Channel": "kiosk", "Hallway-Source": "kiosk-1"}):
        assert channel("GET", f"/v1/cases/{OURS}", headers=other).status_code == 200
    assert channel("GET", "/v1/cases/900000", headers=CALLER).status_code == 404, "asked before"
    clock.pass_by(60)
    assert channel("GET", f"/v1/cases/{OURS}", headers=CALLER).status_code == 200


def test_a_number_costs_once_however_it_is_typed(channel: Asker) -> None:
    for typed in ("24-019651", "24019651", "24 019651", "２４０１９６５１") * MOST:
        assert channel("GET", f"/v1/cases/{typed}", headers=CALLER).status_code == 200
    assert channel("GET", f"/v1/cases/{PLAIN}", headers=CALLER).status_code == 200


def test_without_redis_it_counts_as_well(client: FlaskClient, channel: Asker,
                                         clean_redis: str) -> None:
    """Nothing of it is in Redis, which level 0 does without."""

    with redis.Redis.from_url(clean_redis) as store:
        channel("GET", f"/v1/cases/{OURS}", headers=CALLER)
        assert store.keys("*") == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("xy"), st.integers(0, 60), st.integers(0, 900)),
                max_size=300))
def test_the_count_is_what_the_rule_says(steps: list[tuple[str, int, int]]) -> None:
    """Against the rule in its plainest form: all that was let through, looked over anew."""
    at = NOW
    enquiries = Enquiries(lambda: at)
    counted: list[tuple[str, int, timedelta]] = []
    since = timedelta()
    for source, number, pause in steps:
        since += timedelta(seconds=pause)
        at = NOW + since
        mine = [(n, t) for s, n, t in counted if s == source]
        free = any(n == number and t > since - ONE[0][0] for n, t in mine)
        last = dict(mine)  # of each number its latest
        open_ = all(sum(t > since - span for t in last.values()) < most for span, most in ONE)
        wait = enquiries.wait("phone", source, str(number))
        assert (wait is None) == (free or open_)
        if wait is not None:
            assert timedelta() < wait <= ONE[-1][0]
        elif not free:
            counted.append((source, number, since))


def test_what_is_remembered_is_bounded() -> None:
    enquiries = Enquiries(lambda: NOW)
    for at in range(SOURCES + 500):
        assert enquiries.wait("phone", f"+86{at}", "1") is None
    assert len(enquiries._asked) == SOURCES
    for at in range(MANY[0][1]):
        assert enquiries.wait("kiosk", "kiosk-1", str(at)) is None
    assert enquiries.wait("kiosk", "kiosk-1", "x") == MANY[0][0]
    assert len(enquiries._asked[enquiries._hashed("kiosk-1")]) == MANY[0][1]
