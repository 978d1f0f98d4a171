"""Stand-ins for the two programs at the kiosk's sockets: the kiosk's own server with pictures
that a test draws, and a slot that only remembers which card is in."""

from __future__ import annotations

import json
import shutil
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from kiosk.remote import Board, Frame, Remote, State, Touch

SIZE = 108, 192  # pixels of a picture
CARDS = [{"id": "aynur", "printed": "269867858630",
          "label": {"zh-CN": "居住证", "en": "Residence permit", "ug": "تۇرۇشلۇق كىنىشكىسى"}},
         {"id": "other", "printed": "",
          "label": {"zh-CN": "别的卡", "en": "Another kind", "ug": "باشقا كارتا"}}]


class Corner:
    """A kiosk and a slot. `touches` are what came to the glass."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.touches: list[Touch] = []
        self.inserted: str | None = None
        self.board = Board(lambda: None)
        self._revision = 0
        self._remote: Remote | None = None
        self._slot: _Slot | None = None

    def begin(self, *, cards: bool = True) -> None:
        self._remote = Remote(self.directory / "kiosk.sock", self.board, self.touches.append)
        self._remote.start()
        if cards:
            self._slot = _Slot(self.directory / "card.sock", self)

    def draw(self, grey: int = 200) -> int:
        """A new picture; gives its revision."""
        self._revision += 1
        self.board.publish(State(revision=self._revision, width=SIZE[0], height=SIZE[1]))
        pixels = bytes([grey, grey, grey, 255]) * (SIZE[0] * SIZE[1])
        self.board.hang(Frame(self._revision, *SIZE, pixels))
        return self._revision

    def end(self) -> None:
        """It goes away, and what it showed with it."""
        if self._remote:
            self._remote.stop()
            self.draw()  # nobody waits for it any longer, as when a program ends
            self._remote = None
        if self._slot:
            self._slot.stop()
            self._slot = None
        self.board, self._revision = Board(lambda: None), 0


class _Slot(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def __init__(self, path: Path, corner: Corner) -> None:
        super().__init__(str(path), _Control)
        self.path, self.corner = path, corner
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self.path.unlink()


class _Control(BaseHTTPRequestHandler):
    server: _Slot

    def setup(self) -> None:
        self.client_address = ("local", 0)
        super().setup()

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._say(200, {"inserted": self.server.corner.inserted, "cards": CARDS})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        corner = self.server.corner
        if self.path == "/remove":
            corner.inserted = None
            self._say(204)
        elif body["card"] not in {card["id"] for card in CARDS}:
            self._say(404)
        elif corner.inserted:
            self._say(409)
        else:
            corner.inserted = body["card"]
            self._say(204)

    def _say(self, status: int, body: object = None) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def corner() -> Iterator[Corner]:
    """A place for both; nothing listens yet."""
    directory = Path(tempfile.mkdtemp(prefix="hallway-"))  # short, for the sockets
    here = Corner(directory)
    try:
        yield here
    finally:
        here.end()
        shutil.rmtree(directory, ignore_errors=True)
