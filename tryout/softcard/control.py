"""The control of the software card: HTTP over a unix socket that only its owner may use.

GET /cards           200 {"inserted": id or null, "cards": [{"id", "label", "printed"}, ...]}
POST /insert {"card": id, "fault": ""}
                     204; 400 unknown fault or no such JSON; 404 unknown card; 409 another is in
POST /remove         204, also when the slot is empty
A refusal is {"error": sentence}.
"""

from __future__ import annotations

import contextlib
import json
import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any

from tryout.softcard.faults import FaultError
from tryout.softcard.image import Image
from tryout.softcard.slot import Occupied, Slot

LONGEST_BODY = 4096  # octets
PATIENCE = 10.0  # seconds for a request to arrive


class ControlError(Exception):
    """The control socket cannot be opened. The text says what to do."""


class Control(ThreadingMixIn, UnixStreamServer):
    """The server; `cards` are what may be inserted into `slot`."""

    daemon_threads = True

    def __init__(self, path: Path, slot: Slot, cards: list[Image]) -> None:
        """Raises ControlError when `path` is taken by a server that lives, or cannot be made."""
        self.slot = slot
        self.cards = {card.id: card for card in cards}
        _clear(path)
        try:
            super().__init__(str(path), Handler, bind_and_activate=False)
            self.server_bind()
            path.chmod(0o600)  # before it listens: nobody is let in earlier
            self.server_activate()
        except OSError as wrong:
            raise ControlError(f"The control socket {path} cannot be opened: {wrong}") from None
        self._path = path

    def server_close(self) -> None:
        super().server_close()
        self._path.unlink(missing_ok=True)


def _clear(path: Path) -> None:
    """Take away the socket of a program that was killed; never that of one that lives."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise ControlError(f"Another software card answers at {path}. Stop it, or choose another "
                       "path with --control.")


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Control
    timeout = PATIENCE

    def do_GET(self) -> None:
        if self.path != "/cards":
            return self._refuse(HTTPStatus.NOT_FOUND, "There are GET /cards, POST /insert and "
                                                      "POST /remove.")
        inserted = self.server.slot.inserted
        return self._answer(HTTPStatus.OK, {
            "inserted": inserted.id if inserted else None,
            "cards": [{"id": card.id, "label": dict(card.label), "printed": card.printed}
                      for card in self.server.cards.values()]})

    def do_POST(self) -> None:
        wish = self._body()  # read whatever it is for: what is left unread cuts the answer off
        if self.path == "/remove":
            self.server.slot.remove()
            return self._answer(HTTPStatus.NO_CONTENT)
        if self.path != "/insert":
            return self._refuse(HTTPStatus.NOT_FOUND, "There are GET /cards, POST /insert and "
                                                      "POST /remove.")
        if wish is None:
            return self._refuse(HTTPStatus.BAD_REQUEST,
                                'A JSON object is expected: {"card": id, "fault": ""}.')
        card = self.server.cards.get(wish["card"])
        if card is None:
            return self._refuse(HTTPStatus.NOT_FOUND, "There is no such card; see GET /cards.")
        try:
            self.server.slot.insert(card, wish.get("fault", ""))
        except Occupied as full:
            return self._refuse(HTTPStatus.CONFLICT, f"{full} Remove it first.")
        except FaultError as unknown:
            return self._refuse(HTTPStatus.BAD_REQUEST, str(unknown))
        return self._answer(HTTPStatus.NO_CONTENT)

    def _body(self) -> dict[str, str] | None:
        """What is to be inserted; None when it is not said as it should be."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 6
                and int(length) <= LONGEST_BODY):
            return None
        try:
            wish = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            return None
        good = (isinstance(wish, dict) and "card" in wish and set(wish) <= {"card", "fault"}
                and all(isinstance(value, str) for value in wish.values()))
        return wish if good else None

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self._answer(status, {"error": why})

    def _answer(self, status: HTTPStatus, content: Any = None) -> None:
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        self.send_response(status)
        if body:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):  # nobody waits for it any more
            self.wfile.write(body)

    def address_string(self) -> str:
        return "-"  # a unix socket's client has no address

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: which card was in is nobody's business."""
