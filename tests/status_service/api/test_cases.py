"""A case over HTTP: asked by anyone with the number, written by its back office."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from status_service.cases.write import CaseWrite, Event
from tests.status_service.api.conftest import Asker
from tests.status_service.small_hall import case, said


def body(write: CaseWrite) -> Any:
    return msgspec.to_builtins(write)


def test_put_then_ask_then_move(channel: Asker, bureau: Asker) -> None:
    put = bureau("PUT", "/v1/cases/24-019651", body(case()))
    assert (put.status_code, put.json) == (
        201, {"number": "24-019651", "outcome": "created", "version": 1})
    got = channel("GET", "/v1/cases/24019651")
    assert got.status_code == 200 and got.json is not None
    assert got.json["number"] == "24-019651" and got.json["status"] == "in_review"
    assert got.json["deadline"] == {"kind": "promised", "days": 10, "used": 10, "left": 0,
                                    "clock": "running", "due": "2026-03-16"}
    same = channel("GET", "/v1/cases/24-019651", headers={"If-None-Match": got.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    again = bureau("PUT", "/v1/cases/24-019651", body(case()))
    assert again.status_code == 200 and again.json["outcome"] == "unchanged"  # type: ignore[index]
    moved = bureau("PUT", "/v1/cases/24-019651", body(case(version=4, status="decided")))
    assert moved.json["outcome"] == "updated"  # type: ignore[index]
    older = bureau("PUT", "/v1/cases/24-019651", body(case(version=2)))
    assert older.json == {"number": "24-019651", "outcome": "older", "version": 4}
    changed = channel("GET", "/v1/cases/24-019651",
                      headers={"If-None-Match": got.headers["ETag"]})
    assert changed.status_code == 200 and changed.json["status"] == "decided"  # type: ignore[index]


@pytest.mark.parametrize("typed", ["24%2D019651", "%EF%BC%92%EF%BC%94-019651", "24 019651",
                                   "二四零一九六五一"])
def test_however_it_is_typed(channel: Asker, bureau: Asker, typed: str) -> None:
    bureau("PUT", "/v1/cases/24-019651", body(case()))
    assert channel("GET", f"/v1/cases/{typed}").status_code == 200


def test_an_unknown_number_and_a_slip(channel: Asker) -> None:
    unknown = channel("GET", "/v1/cases/99-1")
    assert unknown.status_code == 404 and unknown.content_type == "application/problem+json"
    assert unknown.json == {"type": "/problems/case-not-found", "status": 404,
                            "title": "No case has this number.", "check_digit_wrong": False}
    slip = channel("GET", "/v1/cases/261442725099")
    assert slip.json is not None and slip.json["check_digit_wrong"] is True
    for nonsense in ("---", "%20", "a" * 200):
        assert channel("GET", f"/v1/cases/{nonsense}").status_code in (404, 422)


def test_digits_of_several_cases_name_them(channel: Asker, bureau: Asker) -> None:
    for number in ("建2025-0117", "规2025-0117"):
        bureau("PUT", f"/v1/cases/{number}", body(case()))
    several = channel("GET", "/v1/cases/20250117")
    assert several.status_code == 409 and several.json is not None
    assert [c["number"] for c in several.json["candidates"]] == ["建2025-0117", "规2025-0117"]
    assert several.json["candidates"][0]["received_on"] == "2026-02-27"
    assert channel("GET", "/v1/cases/规2025-0117").json["number"] == "规2025-0117"  # type: ignore[index]


def test_level_0_hears_no_secret_of_the_case(channel: Asker, bureau: Asker) -> None:
    bureau("PUT", "/v1/cases/1-1", body(case(
        status="supplement", project=said("秘", "SECRET"), missing=(said("图", "SECRET"),),
        handler_phone="SECRET", query_code="4711",
        history=(Event("1", "received", note=said("秘", "SECRET")),))))
    for path in ("/v1/cases/1-1", "/v1/cases/1-1/history"):
        got = channel("GET", path)
        assert got.status_code == 200 and "SECRET" not in got.text and "4711" not in got.text
    assert set(channel("GET", "/v1/cases/1-1").json["withheld"]) == {  # type: ignore[index]
        "project", "missing", "handler_phone"}


def test_history_pages(channel: Asker, bureau: Asker) -> None:
    events = tuple(Event(f"{i}", "in_review", datetime(2026, 1, 1, 1, i % 60, tzinfo=UTC))
                   for i in range(230))
    bureau("PUT", "/v1/cases/1-1", body(case(history=events)))
    sizes, cursor = [], ""
    while True:
        got = channel("GET", f"/v1/cases/1-1/history{cursor}").json
        assert got is not None
        sizes.append(len(got["items"]))
        if not got["next"]:
            break
        cursor = f"?cursor={got['next']}"
    assert sizes == [100, 100, 30]


@pytest.mark.parametrize(("changes", "where"), [
    ({"status": ""}, "$.status"), ({"version": 0}, "$.version"), ({"nonsense": 1}, "nonsense"),
    ({"received_on": "yesterday"}, "$.received_on"),
    ({"decision": {"result": "perhaps"}}, "$.decision.result")])
def test_a_body_that_does_not_fit_says_where(bureau: Asker, changes: dict[str, Any],
                                             where: str) -> None:
    got = bureau("PUT", "/v1/cases/1-1", body(case()) | changes)
    assert got.status_code == 422 and got.json is not None
    assert got.json["type"] == "/problems/invalid-body" and where in got.json["detail"]


def line(number: str, **changes: Any) -> bytes:
    return msgspec.json.encode({"number": number, "case": case(**changes)}) + b"\n"


def told(data: bytes) -> list[Any]:
    return [json.loads(row) for row in data.splitlines()]


def test_a_stream_is_answered_line_by_line(bureau: Asker, channel: Asker) -> None:
    stream = (line("A-1") + b"\n" + b"{not json}\n" + line("A-2", matter="nothing")
              + line("A-1") + b"x" * 70_000 + b"\n" + line("A-3", status="odd") + line("A-4"))
    answers = told(bureau("POST", "/v1/cases/batch", data=stream).data)
    assert [(a["line"], a["outcome"]) for a in answers] == [
        (1, "created"), (3, "refused"), (4, "refused"), (5, "unchanged"), (6, "refused"),
        (7, "created"), (8, "created")]
    kinds = [a["problem"]["type"].rsplit("/")[-1] for a in answers if "problem" in a]
    assert kinds == ["invalid-body", "unknown-matter", "body-too-large"]
    assert channel("GET", "/v1/cases/A-2").status_code == 404
    uncertain = channel("GET", "/v1/cases/A-3").json
    assert uncertain is not None and uncertain["certain"] is False


def test_a_stream_cut_in_a_line_leaves_whole_cases_only(bureau: Asker, channel: Asker) -> None:
    whole = b"".join(line(f"C-{i}") for i in range(450))
    cut = whole[:-40]
    answers = told(bureau("POST", "/v1/cases/batch", data=cut).data)
    assert [a["outcome"] for a in answers] == ["created"] * 449 + ["refused"]
    assert channel("GET", "/v1/cases/C-449").status_code == 404
    again = told(bureau("POST", "/v1/cases/batch", data=whole).data)
    assert [a["outcome"] for a in again] == ["unchanged"] * 449 + ["created"]


@hypothesis_settings(max_examples=60, deadline=None,
                     suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8"), max_size=90))
def test_any_number_is_answered(client: FlaskClient, typed: str) -> None:
    got = client.get("/v1/cases/" + typed.replace("/", "%2F").replace("?", "%3F"),
                     headers={"Authorization": "Bearer channel"})
    assert got.status_code in (200, 301, 308, 404, 405, 422)


def test_dates_follow_the_offices_zone(bureau: Asker, channel: Asker) -> None:
    bureau("PUT", "/v1/cases/1-1", body(case(since=date(2026, 3, 16))))
    assert channel("GET", "/v1/cases/1-1").json["since"] == "2026-03-16"  # type: ignore[index]
