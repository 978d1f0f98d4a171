"""The simulation of an attacker in short: the counts bound what an hour can bring."""

from __future__ import annotations

from bench.attacker import FORGED, HONEST, simulate
from status_service.trust.enquiries import MANY, ONE
from status_service.trust.lockout import EVERYBODY
from status_service.trust.onetime import EVERYBODY as CODES_SENT

CASES = 5_000


def test_an_hour_of_an_attacker_with_their_own_numbers(clean_redis: str) -> None:
    found = simulate(clean_redis, HONEST, CASES, 600)
    for way in HONEST:
        most = (MANY if way.channel == "kiosk" else ONE)[0][1] * way.sources
        assert 0 < found.looked_up[way.channel] <= most
    assert 0 < sum(found.tried.values()) <= EVERYBODY
    assert 0 < sum(found.tried_one_time.values()) <= EVERYBODY


def test_an_hour_of_an_attacker_with_forged_numbers(clean_redis: str) -> None:
    """Nothing but the count of everybody stands between them and the codes; it stands."""
    found = simulate(clean_redis, FORGED, CASES, 600)
    assert sum(found.tried.values()) == EVERYBODY
    assert sum(found.tried_one_time.values()) == EVERYBODY
    assert 0 < sum(found.sent.values()) <= CODES_SENT[0][1]
    assert found.codes() == 2 * EVERYBODY / 1_000_000
