"""How a channel asks: typed answers, a total deadline, and what is kept for bad days."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from status_service import client as client_module
from status_service.client import Answer, Client, Refused, ServiceAway, Several, Unknown
from tests.servers import Hall

App = Callable[[dict[str, Any], Any], list[bytes]]


class Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        del format, args


@contextmanager
def serving(app: App) -> Iterator[str]:
    server: WSGIServer = make_server("127.0.0.1", 0, app, handler_class=Silent)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def says(status: str, body: bytes, asked: list[str]) -> App:
    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        asked.append(environ["PATH_INFO"])
        start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return app


def test_the_real_service_is_understood(hall: Hall) -> None:
    asker = hall.client
    matters = asker.matters()
    assert len(matters) >= 10 and asker.offices() and asker.notices() and asker.categories()
    detail = asker.matter(matters[0].code)
    assert detail is not None and detail.office.code == detail.matter.office
    assert asker.matter("nothing") is None
    assert asker.case("999999999999999") == Unknown(slip=False)
    for odd in ("", "   ", ".", "..", "/", "?x=1", "#", "a/b", "%", "😀"):
        assert isinstance(asker.case(odd), (Answer, Several, Unknown)), odd


def test_a_wrong_token_is_refused_in_words_of_the_service(hall: Hall) -> None:
    with pytest.raises(Refused) as refusal:
        Client(hall.settings.service_url, "wrong").offices()
    assert refusal.value.status == 401
    assert refusal.value.problem["type"] == "/problems/unauthorized"


def test_nobody_there() -> None:
    with pytest.raises(ServiceAway):
        Client("http://127.0.0.1:9", "t").case("1")


def test_the_deadline_is_for_all_of_it() -> None:
    """A service that takes the connection and says nothing is given up in time."""
    release = threading.Event()

    def mute(environ: dict[str, Any], start: Any) -> list[bytes]:
        release.wait(20)
        start("200 OK", [])
        return [b""]

    with serving(mute) as base:
        began = time.monotonic()
        with pytest.raises(ServiceAway):
            Client(base, "t", deadline=0.3).case("1")
        assert time.monotonic() - began < 5
        release.set()


def test_a_read_is_tried_twice_a_claim_once() -> None:
    asked: list[str] = []
    with serving(says("503 Service Unavailable", b"{}", asked)) as base:
        asker = Client(base, "t")
        with pytest.raises(ServiceAway):
            asker.case("1")
        with pytest.raises(ServiceAway):
            asker.claim("sms", "w")
    assert asked == ["/v1/cases/1", "/v1/cases/1", "/v1/notifications/claim"]


def test_what_was_heard_is_known_while_the_service_is_away(
        monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    office = (b'{"items":[{"code":"o","name":{"en":"Hall"},"address":{},"phone":"1","hours":[],'
              b'"hours_text":{}}],"next":null}')
    with serving(says("200 OK", office, asked)) as base:
        asker = Client(base, "t", deadline=0.5)
        assert asker.offices()[0].code == "o"
        assert asker.offices()[0].code == "o" and len(asked) == 1
    monkeypatch.setattr(client_module, "KEEP", 0.0)
    assert asker.offices()[0].code == "o"
    with pytest.raises(ServiceAway):
        asker.notices()
