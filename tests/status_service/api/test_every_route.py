"""No route answers without its own scope: all are walked, whichever way they are answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from processes import Program
from settings import Settings
from status_service.api import create_app
from status_service.api.errors import PROBLEMS
from status_service.api.http import Api, Hot, Operation
from status_service.cases.store import Writer
from status_service.cases.write import Person
from status_service.guides import hall
from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.tasks import raise_task
from status_service.trust import tokens
from status_service.trust.personal import Vault
from status_service.trust.tokens import SCOPES
from status_service.words import LocalText
from tests.status_service.api.conftest import DAYS, Asker
from tests.status_service.small_hall import NOW, SmallHall, case

# Open on purpose: health, and what this interface is. Nothing of a case, nothing of the hall.
PUBLIC = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/problems/{name}"),
          ("GET", "/openapi.json")}
# What stands in an address: things that are there, so that a route left open would show them.
THERE = {"number": "24-019651", "code": "permit", "name": "forbidden", "task": "1",
         "speaker": "1", "notification": "1"}
PLANTED = LocalText(zh="planted-zh", en="planted-en", ug="planted-ug")
LONG_AGO = timedelta(days=500)
REFUSED = "application/problem+json"


def only(scope: str) -> str:
    return f"only-{scope}"


def without(scope: str) -> str:
    return f"all-but-{scope}"


@pytest.fixture
def former(engine: Engine) -> dict[str, str]:
    """Tokens that counted once, by what became of them."""
    past = datetime.now(UTC) - LONG_AGO
    with writing(engine).begin() as connection:
        rotated = tokens.add(connection, "rotated", tuple(s for s in SCOPES), source="bureau")
        tokens.rotate(connection, "rotated", now=datetime.now(UTC) - 2 * tokens.OVERLAP)
        expired = tokens.add(connection, "expired", tuple(SCOPES), source="bureau", now=past)
        removed = tokens.add(connection, "removed", tuple(SCOPES), source="bureau")
    return {"rotated": rotated, "expired": expired, "removed": removed}


@pytest.fixture
def app(engine: Engine, tmp_path: Path, clean_redis: str) -> Flask:
    """A hall with one of everything, and for each scope a token that has only it and one that
    has all but it."""
    settings = Settings.load({"HALLWAY_STATE": str(tmp_path), "REDIS_URL": clean_redis})
    with writing(engine).begin() as connection:
        connection.execute(tables.working_days.insert(), DAYS)
        hall.save(connection, SmallHall())
        for scope in SCOPES:
            tokens.add(connection, only(scope), (scope,), source="bureau", token=only(scope))
            tokens.add(connection, without(scope), tuple(set(SCOPES) - {scope}),
                       source="bureau", token=without(scope))
        [written] = Writer("bureau", hall.load(connection), Vault(settings.secret)).put_many(
            connection, [(THERE["number"], case(
                applicant=Person("planted-name", "+8613800000201"), query_code="402816",
                project=PLANTED))], NOW)
        assert not written.problem
        raise_task(connection, "lost-phone", "lost-phone:planted-task", "planted-task", NOW)
    return create_app(settings, engine, lambda: NOW)


def interface(app: Flask) -> Api:
    found: Api = app.extensions["hallway"]
    return found


def doors(app: Flask) -> list[tuple[str, str]]:
    """(method, path) of all that the application can be asked, HEAD as well."""
    return sorted((method, str(rule).replace("<", "{").replace(">", "}"))
                  for rule in app.url_map.iter_rules() for method in rule.methods or ())


def declared(app: Flask) -> dict[tuple[str, str], Operation]:
    return {(o.method, o.path): o for o in interface(app).operations}


def address(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda part: THERE.get(part[1], "1"), path)


def refused(client: FlaskClient, token: str, method: str, path: str, status: int) -> None:
    """Fails unless the answer is this refusal, the same that every other route gives."""
    got = Asker(client, token)(method, address(path), {} if method != "GET" else None)
    assert got.status_code == status, (method, path, token)
    assert got.content_type == REFUSED, (method, path)
    if method == "HEAD":
        return
    name = {401: "unauthorized", 403: "forbidden"}[status]
    assert got.json is not None
    said = dict(got.json)
    detail = said.pop("detail")
    assert said == {"type": f"/problems/{name}", "title": PROBLEMS[name][1], "status": status}
    assert detail == "Send a valid token: Authorization: Bearer …" or re.fullmatch(
        r"This needs the scope [a-z:-]+\.", detail), (method, path, detail)


def walk(app: Flask, never: dict[str, str]) -> int:
    """Asks every route with each token that must not do; gives how often. never: tokens that
    open nothing at all. Fails at a route that answers, or that nobody said is open."""
    client, operations, asked = app.test_client(), declared(app), 0
    assert {key for key, o in operations.items() if o.scope is None} == PUBLIC
    for hot in interface(app).hot:
        part = interface(app).hot[hot].part
        assert operations["GET", f"{hot}/{{{part}}}"].scope == interface(app).hot[hot].scope
    for method, path in doors(app):
        operation = operations.get(("GET" if method == "HEAD" else method, path))
        if operation is not None and operation.scope is None:
            continue
        for token in ("", "wrong", *never.values()):
            refused(client, token, method, path, 401)
            asked += 1
        assert operation is not None and operation.scope in SCOPES, (method, path)
        for scope in {without(operation.scope), *map(only, set(SCOPES) - {operation.scope})}:
            refused(client, scope, method, path, 403)
            asked += 1
    return asked


def rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {table.name: connection.execute(
            sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in tables.metadata.sorted_tables}


@contextmanager
def without_express(app: Flask) -> Iterator[None]:
    """As what Express does not answer is answered."""
    express: Any = app.wsgi_app
    app.wsgi_app = express._flask  # type: ignore[method-assign]
    try:
        yield
    finally:
        app.wsgi_app = express  # type: ignore[method-assign]


def test_no_route_answers_without_its_scope(app: Flask, engine: Engine,
                                            former: dict[str, str]) -> None:
    ask = Asker(app.test_client(), former["removed"])
    assert ask("GET", "/v1/offices").status_code == 200  # it counted
    with writing(engine).begin() as connection:
        assert tokens.remove(connection, "removed")
    Program("the removed token", [], Path("/dev/null")).wait_ready(
        lambda: ask("GET", "/v1/offices").status_code == 401, 20)
    before = rows(engine)
    asked = walk(app, former)
    with without_express(app):
        assert walk(app, former) == asked
    assert asked > 40 * (len(former) + len(SCOPES))
    assert interface(app).audit.flush()
    assert rows(engine) == before, "nothing was done either"


def test_its_own_scope_is_enough(app: Flask) -> None:
    client = app.test_client()
    for (method, path), operation in declared(app).items():
        if operation.scope is not None:
            got = Asker(client, only(operation.scope))(
                method, address(path), {} if method != "GET" else None,
                headers={"Hallway-Clerk": "1017"})
            assert got.status_code < 500 or got.json["type"] == "/problems/not-now"  # type: ignore[index]
            assert not got.is_json or (got.json or {}).get("type") not in (
                "/problems/unauthorized", "/problems/forbidden"), operation


def test_what_is_open_shows_nothing_of_a_case(app: Flask) -> None:
    for method, path in PUBLIC:
        got = Asker(app.test_client(), "")(method, address(path))
        assert got.status_code == 200
        assert "planted" not in got.text and THERE["number"] not in got.text


def test_every_rule_of_the_application_is_an_operation(app: Flask) -> None:
    assert {key for key in doors(app) if key[0] not in ("HEAD", "OPTIONS")} == set(declared(app))


def planted(app: Flask, way: str) -> None:
    api = interface(app)
    if way == "without a scope":
        api.route("GET", "/v1/planted/{number}", scope=None, returns=None, summary="x")(
            lambda number: [number])
    elif way == "beside the interface":
        app.add_url_rule("/v1/planted", view_func=lambda: "planted")
    elif way == "a scope that nobody knows":
        api.route("GET", "/v1/planted/{number}", scope="", returns=None, summary="x")(
            lambda number, token: [number])
    else:
        hot = api.hot["/v1/cases"]
        api.hot["/v1/cases"] = Hot("public:read", hot.part, hot.view, hot.counted)


@pytest.mark.parametrize("way", ["without a scope", "beside the interface",
                                 "a scope that nobody knows", "by Express, with another scope"])
def test_the_walk_finds_a_route_that_is_open(app: Flask, way: str) -> None:
    walk(app, {})
    again = create_app(interface(app).settings, interface(app).engine, lambda: NOW)
    planted(again, way)
    with pytest.raises(AssertionError):
        walk(again, {})
