"""/v1/notifications and /v1/consent as a channel uses them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.status_service.api.conftest import Asker

MOBILE = "+8613800000001"
WHEN = "2026-03-16T01:00:00Z"  # an hour before the small hall's now


@pytest.fixture
def number(bureau: Asker) -> str:
    made = bureau("PUT", "/v1/cases/24-019651", {
        "version": 1, "matter": "permit", "status": "in_review", "received_on": "2026-02-27",
        "accepted_on": "2026-03-02", "missing": [{"en": "a secret plan"}]})
    assert made.status_code == 201, made.text
    return "24-019651"


def asked(**changes: Any) -> dict[str, Any]:
    return {"key": "k1", "medium": "sms", "recipient": MOBILE, "language": "en",
            "kind": "answer", "subject": "24-019651"} | changes


def claim(channel: Asker, worker: str = "w1") -> list[dict[str, Any]]:
    answer = channel("POST", "/v1/notifications/claim", {"medium": "sms", "worker": worker})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["items"]
    return found


def tell(channel: Asker, notification: str, state: str, **more: str) -> tuple[int, dict[str, Any]]:
    answer = channel("POST", f"/v1/notifications/{notification}/outcome", {"state": state} | more)
    return answer.status_code, answer.get_json()


def say(channel: Asker, stopped: bool, **more: Any) -> int:
    return channel("POST", "/v1/consent", {"address": MOBILE, "stopped": stopped, "channel": "sms",
                                           "proof": "SM1"} | more).status_code


def test_ask_claim_send_report(channel: Asker, number: str) -> None:
    assert channel("POST", "/v1/notifications", asked()).status_code == 201
    assert channel("POST", "/v1/notifications", asked()).status_code == 200
    [message] = claim(channel)
    assert (message["recipient"], message["language"], message["attempt"]) == (MOBILE, "en", 1)
    assert message["answer"]["number"] == number
    assert "secret plan" not in str(message)  # level 0
    assert claim(channel, "w2") == []
    assert tell(channel, message["id"], "sending", worker="w2")[0] == 409
    assert tell(channel, message["id"], "sending", worker="w1") == (200, {"state": "sending"})
    assert tell(channel, message["id"], "sent", provider_id="SM9") == (200, {"state": "sent"})
    assert tell(channel, message["id"], "delivered") == (200, {"state": "delivered"})
    assert tell(channel, message["id"], "sent") == (200, {"state": "delivered"})


def test_the_subject_is_the_number_as_the_office_writes_it(channel: Asker, number: str) -> None:
    channel("POST", "/v1/notifications", asked(subject="２４０１９６５１"))
    assert [m["subject"] for m in claim(channel)] == [number]


def test_a_guide(channel: Asker) -> None:
    assert channel("POST", "/v1/notifications",
                   asked(kind="guide", subject="foi")).status_code == 201
    [message] = claim(channel)
    assert message["matter"]["matter"]["code"] == "foi"


@pytest.mark.parametrize(("changes", "status", "problem"), [
    ({"recipient": "12"}, 422, "invalid-address"),
    ({"recipient": "nobody"}, 422, "invalid-address"),
    ({"subject": "99-000000"}, 404, "case-not-found"),
    ({"subject": "!!"}, 422, "not-a-number"),
    ({"kind": "guide", "subject": "none"}, 404, "matter-not-found"),
    ({"medium": "pigeon"}, 422, "invalid-body"),
    ({"surprise": 1}, 422, "invalid-body"),
    ({"key": ""}, 422, "invalid-body"),
])
def test_what_cannot_be_sent_is_refused_with_a_reason(
        channel: Asker, number: str, changes: dict[str, Any], status: int, problem: str) -> None:
    answer = channel("POST", "/v1/notifications", asked(**changes))
    assert (answer.status_code, answer.get_json()["type"]) == (status, "/problems/" + problem)
    assert claim(channel) == []


def test_stop_closes_every_door(channel: Asker, number: str) -> None:
    channel("POST", "/v1/notifications", asked())
    [message] = claim(channel)
    channel("POST", "/v1/notifications", asked(key="k2"))
    assert (say(channel, True), say(channel, True)) == (201, 200)
    answer = channel("POST", "/v1/notifications", asked(key="k3"))
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/no-consent")
    status, problem = tell(channel, message["id"], "sending", worker="w1")
    assert (status, problem["type"]) == (409, "/problems/no-consent")
    assert claim(channel) == []


def test_a_word_told_late_counts_by_when_it_was_said(channel: Asker, number: str) -> None:
    assert say(channel, False, proof="SM2") == 201
    assert say(channel, True, proof="SM1", at=WHEN) == 201
    assert channel("POST", "/v1/notifications", asked()).status_code == 201


def test_a_word_from_the_future_counts_from_now(channel: Asker, number: str) -> None:
    assert say(channel, True, proof="SM1", at="2030-01-01T00:00:00Z") == 201
    assert say(channel, False, proof="SM2") == 201
    assert channel("POST", "/v1/notifications", asked()).status_code == 201


def test_numbers_are_one_however_written(channel: Asker, number: str) -> None:
    assert say(channel, True, address="0086 138 0000 0001") == 201
    assert channel("POST", "/v1/notifications",
                   asked(recipient="13800000001")).status_code == 409


@pytest.mark.parametrize(("more", "problem"), [
    ({"address": "x"}, "invalid-address"), ({"at": "2026-03-16T01:00:00"}, "time-without-zone"),
    ({"channel": "pigeon"}, "invalid-body")])
def test_a_word_that_cannot_be_recorded(channel: Asker, more: dict[str, Any],
                                        problem: str) -> None:
    answer = channel("POST", "/v1/consent", {
        "address": MOBILE, "stopped": True, "channel": "sms", "proof": "SM1"} | more)
    assert (answer.status_code, answer.get_json()["type"]) == (422, "/problems/" + problem)


def test_nobody_else_may(bureau: Asker, channel: Asker, number: str) -> None:
    for path in ("", "/claim", "/x/outcome"):
        assert bureau("POST", "/v1/notifications" + path, {}).status_code == 403
    assert bureau("POST", "/v1/consent", {}).status_code == 403
    assert tell(channel, "nobody", "sent")[0] == 404
