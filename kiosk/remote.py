"""Development: the kiosk seen and touched from elsewhere, over HTTP on a unix socket.

`GET /picture?after=REV&width=540` waits for something newer than REV and gives it as a
JPEG (or a PNG of every pixel with `form=png`), `POST /touch` touches the glass, and
`GET /state?after=REV` says what is shown. Nothing here touches Kivy: what is wanted is
handed to the Kivy thread, which publishes what it has drawn. In production it is never
started.
"""

from __future__ import annotations

import contextlib
import io
import socketserver
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import msgspec
from PIL import Image

PATIENCE = 10.0  # seconds that somebody waits for something newer
DRAWN_WITHIN = 5.0  # seconds until a frame that was asked for is there
WIDTH = 540  # pixels of a picture unless asked otherwise
QUALITY = 85  # of a JPEG: letters stay clean
MOST_BODY = 1024  # octets of a touch


class Place(msgspec.Struct, frozen=True):
    """Where a target is, as parts of the picture's width and height."""

    act: str
    x: float
    y: float
    width: float
    height: float
    enabled: bool


class Said(msgspec.Struct, frozen=True):
    """A text on the screen and which part of it that is (see sheet.Ink.part)."""

    part: str
    text: str


class State(msgspec.Struct, frozen=True):
    """What is shown. The revision grows with every frame that looks different."""

    screen: str = ""
    language: str = "zh-CN"
    width: int = 0
    height: int = 0
    revision: int = 0
    page: int = 0
    pages: int = 1
    targets: tuple[str, ...] = ()  # the acts that can be touched
    places: tuple[Place, ...] = ()  # and where
    texts: tuple[Said, ...] = ()


class Frame(msgspec.Struct, frozen=True):
    """The pixels of one revision: RGBA, rows from the bottom, as GL reads them."""

    revision: int
    width: int
    height: int
    pixels: bytes


class Touch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finger, as parts of the picture's width and height from its upper left corner."""

    phase: Literal["down", "move", "up"]
    x: float
    y: float


class Board:
    """What the Kivy thread publishes and others read; safe between threads."""

    def __init__(self, want_frame: Callable[[], None]) -> None:
        """`want_frame` asks the Kivy thread, from any thread, to publish a frame."""
        self._want_frame = want_frame
        self._changed = threading.Condition()
        self._state = State()
        self._frame: Frame | None = None

    def publish(self, state: State) -> None:
        """A new frame was drawn. The former one's pixels are dropped."""
        with self._changed:
            self._state, self._frame = state, None
            self._changed.notify_all()

    def hang(self, frame: Frame) -> None:
        """The pixels that were asked for."""
        with self._changed:
            if frame.revision == self._state.revision:
                self._frame = frame
                self._changed.notify_all()

    def state(self, after: int = -1) -> State | None:
        """What is shown, as soon as it is newer than `after`; None when nothing newer came."""
        with self._changed:
            newer = self._changed.wait_for(lambda: self._state.revision > after, PATIENCE)
            return self._state if newer else None

    def frame(self, after: int = -1) -> Frame | None:
        """The pixels of what is shown, as soon as it is newer than `after`."""
        if self.state(after) is None:
            return None
        ends = time.monotonic() + DRAWN_WITHIN
        while (left := ends - time.monotonic()) > 0:
            with self._changed:
                if self._frame:
                    return self._frame
            self._want_frame()
            with self._changed:
                self._changed.wait_for(lambda: self._frame, min(left, 1.0))
        return None


def picture(frame: Frame, width: int, form: Literal["jpeg", "png"]) -> bytes:
    """A frame as a file, `width` pixels wide (never wider than it is)."""
    image = Image.frombytes("RGB", (frame.width, frame.height), frame.pixels,
                            "raw", "RGBX", 0, -1)
    if width < frame.width:
        image = image.resize((width, max(1, round(frame.height * width / frame.width))),
                             Image.Resampling.BILINEAR, reducing_gap=2.0)
    out = io.BytesIO()
    if form == "png":
        image.save(out, "PNG", compress_level=1)
    else:
        image.save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()


class Remote(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """The server on its socket. `touch` is called on a thread of its own."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, path: Path, board: Board, touch: Callable[[Touch], None]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)  # of a kiosk that ended without a word
        super().__init__(str(path), _Handler)
        path.chmod(0o600)
        self.path, self.board, self.touch = path, board, touch

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.2,), name="remote",
                         daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self.path.unlink(missing_ok=True)

    def handle_error(self, request: object, client_address: object) -> None:
        """Somebody who stopped listening is no error of ours."""


class _Handler(BaseHTTPRequestHandler):
    server: Remote
    protocol_version = "HTTP/1.1"
    timeout = 60.0

    def setup(self) -> None:
        self.client_address = ("local", 0)  # a unix socket has no address
        super().setup()

    def log_message(self, *_: Any) -> None:
        """Nothing: what is touched and shown is nobody's business."""

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(asked.query).items()}
        try:
            after, width = int(query.get("after", -1)), int(query.get("width", WIDTH))
        except ValueError:
            return self._say(HTTPStatus.BAD_REQUEST)
        if asked.path == "/state":
            state = self.server.board.state(after)
            if state is None:
                return self._say(HTTPStatus.NO_CONTENT)
            return self._say(HTTPStatus.OK, msgspec.json.encode(state), "application/json",
                             state.revision)
        if asked.path != "/picture" or not 0 < width <= 8192:
            return self._say(HTTPStatus.NOT_FOUND)
        frame = self.server.board.frame(after)
        if frame is None:
            return self._say(HTTPStatus.NO_CONTENT)
        form: Literal["jpeg", "png"] = "png" if query.get("form") == "png" else "jpeg"
        return self._say(HTTPStatus.OK, picture(frame, width, form), f"image/{form}",
                         frame.revision)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BODY:
            self.close_connection = True
            return self._say(HTTPStatus.BAD_REQUEST)
        body = self.rfile.read(int(length))
        if self.path != "/touch":
            return self._say(HTTPStatus.NOT_FOUND)
        try:
            touch = msgspec.json.decode(body, type=Touch)
        except msgspec.DecodeError:
            return self._say(HTTPStatus.BAD_REQUEST)
        self.server.touch(touch)
        return self._say(HTTPStatus.NO_CONTENT)

    def _say(self, status: HTTPStatus, body: bytes = b"", kind: str = "",
             revision: int | None = None) -> None:
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
            self.send_header("Cache-Control", "no-store")
        if revision is not None:
            self.send_header("Revision", str(revision))
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(body)
