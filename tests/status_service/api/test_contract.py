"""What holds for every route beside its scope (test_every_route): no unknown parameters,
problems, a true document."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from status_service.api.errors import PROBLEMS
from status_service.api.http import Api, Operation
from tests.status_service.api.conftest import Asker
from tests.status_service.small_hall import case


def operations(client: FlaskClient) -> list[Operation]:
    api: Api = client.application.extensions["hallway"]
    return api.operations


def test_unknown_and_repeated_parameters_are_refused(channel: Asker) -> None:
    for path in ("/v1/cases/1?x=1", "/v1/matters?page=2", "/v1/offices?cursor=a&cursor=b"):
        got = channel("GET", path)
        assert got.status_code == 400 and got.json is not None
        assert got.json["type"] in ("/problems/unknown-parameter", "/problems/invalid-parameter")


def test_errors_of_the_framework_are_problems_too(channel: Asker) -> None:
    assert channel("GET", "/v1/nothing").json["type"] == "/problems/not-found"  # type: ignore[index]
    wrong = channel("DELETE", "/v1/cases/1")
    assert wrong.status_code == 405 and "GET" in wrong.headers["Allow"]
    assert wrong.content_type == "application/problem+json"


def test_the_document_is_openapi_3_1_and_complete(client: FlaskClient) -> None:
    document: Any = client.get("/openapi.json").json
    validate(document)
    assert document["openapi"].startswith("3.1")
    for operation in operations(client):
        told = document["paths"][operation.path][operation.method.lower()]
        assert told["summary"] and told.get("x-scope") == operation.scope
    read = document["paths"]["/v1/cases/{number}"]["get"]["responses"]
    assert set(read) == {"200", "400", "401", "403", "404", "409", "422", "429"}


@pytest.mark.parametrize("name", sorted(PROBLEMS))
def test_each_problem_can_be_looked_up(client: FlaskClient, name: str) -> None:
    got = client.get(f"/problems/{name}")
    assert got.json == {"type": f"/problems/{name}", "title": PROBLEMS[name][1],
                        "status": PROBLEMS[name][0]}


def test_health_and_figures_name_nobody(client: FlaskClient, channel: Asker) -> None:
    channel("GET", "/v1/cases/261442725098")
    assert client.get("/healthz").json == client.get("/readyz").json == {"status": "ok"}
    figures = Asker(client, "metrics")("GET", "/metrics").text
    assert 'route="GET /v1/cases/{number}",status="404"' in figures
    assert "261442725098" not in figures


@pytest.mark.parametrize("number", ["24-019651", "24 019 651", "二四零一九六五一", "99-1", "---",
                                    "20250117", "a" * 300, "%FF", "x?y=1", ""])
@pytest.mark.parametrize("token", ["channel", "metrics", ""])
def test_the_fast_way_answers_as_flask_does(client: FlaskClient, bureau: Asker, number: str,
                                            token: str) -> None:
    for known in ("24-019651", "建2025-0117", "规2025-0117"):
        bureau("PUT", f"/v1/cases/{known}", msgspec.to_builtins(case()))
    plain = client.application
    fast = Asker(client, token)("GET", f"/v1/cases/{number}")
    express = plain.wsgi_app
    plain.wsgi_app = express._flask  # type: ignore[attr-defined, method-assign]
    other = Asker(client, token)("GET", f"/v1/cases/{number}")
    assert (fast.status_code, fast.data) == (other.status_code, other.data)
    assert dict(fast.headers) == dict(other.headers)
    if fast.status_code == 200:
        plain.wsgi_app = express  # type: ignore[method-assign]
        same = Asker(client, token)("GET", f"/v1/cases/{number}",
                                    headers={"If-None-Match": fast.headers["ETag"]})
        assert (same.status_code, same.data) == (304, b"")
