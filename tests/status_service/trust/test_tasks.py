"""Tasks over HTTP: page by page, done and open again, and never by who looked at another."""

from __future__ import annotations

from datetime import UTC, datetime

from flask.testing import FlaskClient
from sqlalchemy import Engine

from status_service.api.http import PAGE
from status_service.storage.engine import writing
from status_service.tasks import raise_task
from tests.status_service.trust.desk import Clerk

WHEN = datetime(2026, 3, 16, 2, tzinfo=UTC)


def comes_up(engine: Engine, *about: str) -> None:
    with writing(engine).begin() as connection:
        for one in about:
            raise_task(connection, "lost-phone", f"lost-phone:{one}", f"Case {one}.", WHEN)


def test_page_by_page(client: FlaskClient, engine: Engine) -> None:
    about = [f"24-{at:06}" for at in range(2 * PAGE + 1)]
    comes_up(engine, *about)
    clerk, found, pages, cursor = Clerk(client), [], 0, ""
    while cursor or not pages:
        page = clerk.good("GET", f"/v1/tasks?state=open{cursor and '&cursor=' + cursor}")
        found += [task["key"].partition(":")[2] for task in page["items"]]
        cursor, pages = page["next"] or "", pages + 1
        comes_up(engine, about[0])  # meanwhile one comes back: it is listed once
    assert (found, pages) == (about, 3)
    assert clerk.asks("GET", "/v1/tasks?cursor=x").status_code == 400
    assert clerk.asks("GET", "/v1/tasks?state=lost").status_code == 400
    assert clerk.good("GET", "/v1/tasks?kind=audit") == {"items": [], "next": None}


def test_done_and_open_again(client: FlaskClient, engine: Engine) -> None:
    comes_up(engine, "24-1")
    clerk, other = Clerk(client), Clerk(client, "2044")
    [task] = clerk.tasks()
    at = f"/v1/tasks/{task['id']}"
    done = clerk.good("POST", f"{at}/done", {"version": task["version"], "note": "came by"})
    assert (done["state"], done["done_by"], done["note"]) == ("done", "counter-3/1017", "came by")
    assert other.good("POST", f"{at}/done", {"version": task["version"]}) == done  # harmless
    again = other.good("POST", f"{at}/reopen", {"version": done["version"]})
    assert (again["state"], again["done_by"]) == ("open", "counter-3/1017")
    assert clerk.tasks(state="done") == [] and clerk.tasks(state="open") == [again]
    last = other.good("POST", f"{at}/done", {"version": again["version"]})
    assert last["done_by"] == "counter-3/2044" and "note" not in last


def test_whoever_looked_at_an_older_one_does_not_close_it(client: FlaskClient,
                                                          engine: Engine) -> None:
    comes_up(engine, "24-1")
    clerk = Clerk(client)
    [task] = clerk.tasks()
    at = f"/v1/tasks/{task['id']}"
    comes_up(engine, "24-1")  # its cause, once more
    got = clerk.asks("POST", f"{at}/done", {"version": task["version"]})
    assert got.status_code == 409 and got.json is not None
    assert got.json["type"] == "/problems/task-changed"
    now = clerk.good("GET", at)
    assert (now["state"], now["seen"], now["version"]) == ("open", 2, got.json["version"])
    assert clerk.good("POST", f"{at}/done", {"version": now["version"]})["state"] == "done"
    comes_up(engine, "24-1")
    back = clerk.good("GET", at)
    assert (back["state"], back["done_by"]) == ("open", "counter-3/1017")
    for path in ("/v1/tasks/99", "/v1/tasks/x", f"/v1/tasks/{'9' * 30}"):
        assert clerk.asks("GET", path).json["type"] == "/problems/task-not-found"  # type: ignore[index]


def test_nothing_is_settled_in_nobodys_name(client: FlaskClient, engine: Engine) -> None:
    comes_up(engine, "24-1")
    [task] = Clerk(client).tasks()
    for what in ("done", "reopen"):
        got = Clerk(client, "a b").asks("POST", f"/v1/tasks/{task['id']}/{what}", {"version": 1})
        assert got.json["type"] == "/problems/no-clerk"  # type: ignore[index]
    assert Clerk(client).tasks() == [task]
