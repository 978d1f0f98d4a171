"""Sending: through the fake account by Twilio's own SDK, and into every way of going wrong."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask, Response, request
from werkzeug.serving import make_server

from settings import Settings
from sms.sender import ERRORS, Sender, Sent, meaning
from tryout.account import Account
from tryout.desk import Line
from tryout.rest import create_rest

SID, TOKEN, OURS = "AC" + "6" * 32, "6" * 32, "+869914810000"
CALLBACK = "https://texts.example.gov.cn/sms/status"

# Facts, row 29.
TEMPORARY = ["20429", "30001", "30500"]
PERMANENT = ["21211", "21268", "21408", "21612", "21614", "21617", "21635", "30003", "30004",
             "30005", "30006", "30007", "30008", "30034", "30036"]


def sender(base: str) -> Sender:
    return Sender(Settings.load({
        "PUBLIC_BASE_URL": "https://texts.example.gov.cn", "TWILIO_API_BASE": base,
        "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_NUMBER": OURS}))


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def account() -> Iterator[Account]:
    made = Account(SID, TOKEN, [Line.under("http://127.0.0.1:9", OURS)])
    yield made
    made.close()


@pytest.fixture
def twilio(account: Account) -> Iterator[str]:
    app = Flask("twilio")
    app.register_blueprint(create_rest(account))
    with serving(app) as base:
        yield base + "/twilio"


def test_a_text_goes_out_with_our_id_in_its_callback(twilio: str, account: Account) -> None:
    sent = sender(twilio).send("+8613800000001", "您好 & <再见>", "n" * 32)
    [message] = account.messages.all
    assert sent == Sent("sent", provider_id=message.sid)
    assert (message.from_, message.to, message.body) == (OURS, "+8613800000001", "您好 & <再见>")
    assert message.callback == f"{CALLBACK}?notification={'n' * 32}"


@pytest.mark.parametrize(("to", "code"), [
    ("+15005550001", "21211"), ("+15005550002", "21612"), ("+15005550003", "21408"),
    ("+15005550009", "21614")])
def test_what_twilio_refuses_is_permanent(twilio: str, account: Account, to: str,
                                          code: str) -> None:
    assert sender(twilio).send(to, "hello", "n") == Sent("failed", error=code)
    assert account.messages.all == []


def test_an_opt_out_at_the_provider(twilio: str) -> None:
    assert sender(twilio).send("+15005550004", "hello", "n") == Sent("stopped", error="21610")


def test_a_wrong_token_is_permanent(twilio: str, account: Account) -> None:
    account.token = "another"
    assert sender(twilio).send("+8613800000001", "hello", "n") == Sent("failed", error="20003")


@dataclass
class Answers:
    """A provider that answers what the test says, and counts."""

    status: int = 200
    body: str = "{}"
    asked: list[str] = field(default_factory=list)

    def app(self) -> Flask:
        app = Flask("answers")

        @app.post("/<path:path>")
        def any_path(path: str) -> Response:
            self.asked.append(request.form["To"])
            return Response(self.body, self.status, mimetype="application/json")

        return app


@pytest.mark.parametrize(("status", "body", "sent"), [
    (429, '{"code": 20429, "message": "slow", "status": 429}', Sent("retry", error="20429")),
    (429, "busy", Sent("retry", error="http-429")),
    (503, "down", Sent("retry", error="http-503")),
    (201, "<html>", Sent("unknown", error="unreadable-answer")),
    (500, "broken", Sent("unknown", error="http-500")),
    (502, "<html>", Sent("unknown", error="http-502")),
    (504, "<html>", Sent("unknown", error="http-504")),
    (400, '{"code": 29999, "message": "new", "status": 400}', Sent("failed", error="29999")),
    (400, '{"code": 30001, "message": "full", "status": 400}', Sent("retry", error="30001")),
])
def test_errors_by_their_class_and_never_a_second_attempt(status: int, body: str,
                                                          sent: Sent) -> None:
    provider = Answers(status, body)
    with serving(provider.app()) as base:
        assert sender(base).send("+8613800000001", "hello", "n") == sent
    assert len(provider.asked) == 1


def test_nobody_listens_so_nothing_was_sent() -> None:
    assert sender("http://127.0.0.1:9").send("+8613800000001", "hello", "n") == \
        Sent("retry", error="no-connection")


def test_a_name_that_nobody_has_so_nothing_was_sent() -> None:
    assert sender("http://twilio.invalid").send("+8613800000001", "hello", "n") == \
        Sent("retry", error="no-connection")


def cut(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.close()


def cut_midway(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"sid\"")
    connection.close()


@pytest.mark.parametrize("fault", [cut, cut_midway])
def test_a_connection_that_breaks_after_the_request_is_unknown(
        fault: Callable[[socket.socket], None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken: list[bool] = []

        def serve() -> None:
            connection, _ = listener.accept()
            taken.append(True)
            fault(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        sent = sender(f"http://127.0.0.1:{listener.getsockname()[1]}").send(
            "+8613800000001", "hello", "n")
        thread.join()
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()  # nobody came a second time
    assert taken == [True]
    assert sent.state == "unknown"


def test_the_table_has_the_published_classes() -> None:
    assert [meaning(code, 400).kind for code in TEMPORARY] == ["retry"] * len(TEMPORARY)
    assert [meaning(code, 400).kind for code in PERMANENT] == ["permanent"] * len(PERMANENT)
    assert meaning("21610", 400).kind == "stopped"
    assert meaning("", 418).kind == "permanent"
    assert meaning("", 599).kind == "unknown"
    assert all(row.means for row in [*ERRORS.codes.values(), *ERRORS.http.values()])


def test_nothing_of_a_message_is_logged(twilio: str, caplog: pytest.LogCaptureFixture,
                                        tmp_path: Path) -> None:
    caplog.set_level("DEBUG")
    sender(twilio).send("+8613800000001", "secret words", "n")
    ours = [r for r in caplog.records if r.name.startswith(("twilio", "sms", "urllib3"))]
    assert not [r for r in ours if "13800000001" in r.getMessage() or "secret" in r.getMessage()]
