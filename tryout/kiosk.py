"""/try/kiosk: the kiosk's picture and touches, and the cards for its slot, passed through.

The kiosk and the software card are programs of their own on this machine; each listens on
a unix socket in one directory. Nothing of a visit is kept or looked at here.
"""

from __future__ import annotations

import http.client
import json
import math
import socket
import threading
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, request

KIOSK, CARD = "kiosk.sock", "card.sock"
SOON = 5.0  # seconds for what is answered at once
PATIENCE = 20.0  # seconds for a picture: the kiosk itself waits 10 for something newer
WAITING = 4  # pictures awaited at one time; each holds a thread of the door
MOST = 8 << 20  # octets of an answer; a picture has some 100,000
WIDTHS = 100, 2160  # pixels
FARTHEST = 4.0  # widths or heights off the glass; a finger that slides off is told so


class Away(Exception):
    """Nobody answers there."""


class _Socket(http.client.HTTPConnection):
    """HTTP to a unix socket. The time limit holds for each wait of the conversation."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def ask(path: Path, method: str, target: str, body: dict[str, Any] | None = None,
        seconds: float = SOON) -> tuple[int, http.client.HTTPMessage, bytes]:
    """(status, headers, body) of what listens at `path`. Raises Away."""
    connection = _Socket(path, seconds)
    try:
        if body is None:
            connection.request(method, target)
        else:
            connection.request(method, target, json.dumps(body),
                               {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read(MOST)
    except (OSError, http.client.HTTPException) as error:
        raise Away(type(error).__name__) from None
    finally:
        connection.close()
    return answer.status, answer.headers, content


class Sockets:
    """Where kiosk and software card listen."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._seats = threading.Semaphore(WAITING)

    @property
    def there(self) -> bool:
        """Whether a kiosk was started on this machine; it may be down for a moment."""
        return self._directory is not None and self._directory.is_dir()

    def passed(self, name: str, method: str, target: str,
               body: dict[str, Any] | None = None, seconds: float = SOON) -> Response:
        """The answer of the program called `name`. 503 with "none" where no kiosk was
        started, with "away" when the program does not answer or is in trouble."""
        if self._directory is None or not self.there:
            return _plain("none")
        try:
            status, headers, content = ask(self._directory / name, method, target, body, seconds)
        except Away:
            return _plain("away")
        if status >= 500:
            return _plain("away")
        answer = Response(content, status, content_type=headers.get("Content-Type"))
        if revision := headers.get("Revision"):
            answer.headers["Revision"] = revision
        return answer

    def picture(self, after: int, width: int) -> Response:
        """The first picture newer than `after`; 204 when none came or too many wait."""
        if not self._seats.acquire(blocking=False):
            return Response(status=204)
        try:
            return self.passed(KIOSK, "GET", f"/picture?after={after}&width={width}",
                               seconds=PATIENCE)
        finally:
            self._seats.release()


def create_kiosk(sockets: Sockets) -> Blueprint:
    """The blueprint to mount at /try/kiosk."""
    web = Blueprint("kiosk", __name__)

    @web.get("/picture")
    def picture() -> Response:
        low, high = WIDTHS
        width = request.args.get("width", 540, type=int)
        return sockets.picture(request.args.get("after", -1, type=int),
                               min(max(width, low), high))

    @web.post("/touch")
    def touch() -> Response:
        body = _body()
        if body.get("phase") not in ("down", "move", "up"):
            abort(400)
        return sockets.passed(KIOSK, "POST", "/touch", {
            "phase": body["phase"], "x": _place(body.get("x")), "y": _place(body.get("y"))})

    @web.get("/cards")
    def cards() -> Response:
        return sockets.passed(CARD, "GET", "/cards")

    @web.post("/insert")
    def insert() -> Response:
        card = _body().get("card")
        if not isinstance(card, str):
            abort(400)
        return sockets.passed(CARD, "POST", "/insert", {"card": card, "fault": ""})

    @web.post("/remove")
    def remove() -> Response:
        _body()
        return sockets.passed(CARD, "POST", "/remove", {})

    return web


def _body() -> dict[str, Any]:
    """The JSON object sent. Only JSON is taken: another site's form cannot send it."""
    body = request.get_json()
    if not isinstance(body, dict):
        abort(400)
    return body


def _place(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) \
            or not math.isfinite(value) or abs(value) > FARTHEST:
        abort(400)
    return float(value)


def _plain(word: str) -> Response:
    return Response(word + "\n", status=503, mimetype="text/plain")
