"""A tiny web application of our own that the fake account calls: each path answers what a
test says, every request is kept, and its signature is judged by Twilio's own SDK."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask, Response, request
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

from tryout.account import Account
from tryout.desk import Line

SID, TOKEN = "AC" + "5" * 32, "token-of-the-tests"
HALL, CALLER = "+869914810000", "+8613812345678"

Answer = str | bytes | Response | Callable[[dict[str, str]], "Answer"]


@dataclass(frozen=True)
class Seen:
    path: str
    method: str
    form: dict[str, str]
    signed: bool


@dataclass
class Office:
    base: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)

    def at(self, path: str) -> list[dict[str, str]]:
        return [s.form for s in self.seen if s.path == path]

    def twiml(self, path: str, *verbs: str) -> None:
        self.answers[path] = "<Response>" + "".join(verbs) + "</Response>"


def answer(found: Answer, form: dict[str, str]) -> Response:
    if callable(found) and not isinstance(found, Response):
        return answer(found(form), form)
    if isinstance(found, Response):
        return found
    return Response(found, content_type="text/xml; charset=utf-8")


@contextmanager
def office() -> Iterator[Office]:
    """An office with a real server on a free port."""
    here = Office()
    app = Flask("office")
    validator = RequestValidator(TOKEN)

    @app.route("/<path:path>", methods=["GET", "POST"])
    def anything(path: str) -> Response:
        form = request.form.to_dict()
        given = request.headers.get("X-Twilio-Signature", "")
        here.seen.append(Seen("/" + path, request.method, form,
                              validator.validate(request.url, form, given)))
        found = here.answers.get("/" + path)
        return Response(status=404) if found is None else answer(found, form)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    here.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def open_account(here: Office, deadline: float = 15.0) -> Account:
    return Account(SID, TOKEN, [Line.under(here.base, HALL)], api_url=here.base + "/twilio",
                   deadline=deadline)
