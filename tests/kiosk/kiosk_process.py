"""A kiosk as a process of its own, off screen, seen and touched through its remote.

    with kiosk(hall, reader) as screen:
        screen.wait_for("home")
        screen.touch("go:number")
"""

from __future__ import annotations

import http.client
import io
import json
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from processes import Program
from tests.servers import Hall

WITHIN = 20.0  # seconds until what is waited for must be there, on a busy machine


class Plugged(Protocol):
    """A reader: what a program that uses it has in its environment."""

    @property
    def environ(self) -> Mapping[str, str]: ...


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("kiosk", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(str(self._path))


class Kiosk:
    """A running kiosk. Everything it is asked goes through its socket."""

    def __init__(self, program: Program, sockets: Path) -> None:
        self.program = program
        self.sockets = sockets

    def ask(self, method: str, path: str, body: object = None,
            name: str = "kiosk.sock") -> tuple[int, bytes]:
        """(status, body) of one request at one of its sockets."""
        connection = _Connection(self.sockets / name)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def answers(self) -> bool:
        """Whether it shows something already."""
        try:
            return bool(self.state()["screen"])
        except OSError:
            return False

    def state(self, after: int = -1) -> dict[str, Any]:
        """What is shown: as soon as it is newer than `after`, or after ten seconds anyhow."""
        status, body = self.ask("GET", f"/state?after={after}")
        return dict(json.loads(body)) if status == 200 else self.state()

    def screen(self) -> str:
        """The name of the screen that is shown."""
        return str(self.state()["screen"])

    def text(self) -> str:
        """All that is written on the page that is shown, a line for each text."""
        return "\n".join(said["text"] for said in self.state()["texts"])

    def wait(self, meets: Callable[[dict[str, Any]], bool], what: str = "") -> dict[str, Any]:
        """The state, as soon as it `meets` what is waited for."""
        ends = time.monotonic() + WITHIN
        state = self.state()
        while not meets(state):
            if time.monotonic() > ends:
                raise AssertionError(f"{what or 'what was waited for'} did not come: "
                                     f"{state['screen']}\n{self.log()}")
            state = self.state(state["revision"])
        return state

    def wait_for(self, *names: str) -> dict[str, Any]:
        """The state, as soon as a screen of one of these names is shown."""
        return self.wait(lambda state: state["screen"] in names, " or ".join(names))

    def finger(self, phase: str, x: float, y: float) -> None:
        status, _ = self.ask("POST", "/touch", {"phase": phase, "x": x, "y": y})
        assert status == 204

    def place(self, act: str) -> tuple[float, float]:
        """The middle of a target that can be touched, as soon as there is one."""
        state = self.wait(lambda state: act in state["targets"], act)
        found = next(one for one in state["places"] if one["act"] == act and one["enabled"])
        return found["x"] + found["width"] / 2, found["y"] + found["height"] / 2

    def touch(self, act: str) -> None:
        """Touch a target and let go."""
        x, y = self.place(act)
        self.finger("down", x, y)
        self.finger("up", x, y)

    def type(self, digits: str) -> None:
        for digit in digits:
            self.touch(f"key:{digit}")

    def picture(self) -> Image.Image:
        """What is on the glass, pixel by pixel."""
        status, body = self.ask("GET", "/picture?form=png&width=8192")
        assert status == 200
        return Image.open(io.BytesIO(body)).convert("RGB")

    def left_behind(self, *words: str) -> list[str]:
        """Where in the process's live objects one of these words still is; only for a kiosk
        started with `module="tests.kiosk.searched"`."""
        status, body = self.ask("POST", "/search", list(words), "search.sock")
        assert status == 200, body
        return list(json.loads(body))

    def log(self) -> str:
        return self.program.log.read_text(errors="replace")


def kiosk_environ(hall: Hall, sockets: Path, reader: Plugged | None,
                  more: Mapping[str, str]) -> dict[str, str]:
    """What a kiosk of this hall is started with. Without a reader it finds no reader service."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "PCSCLITE_CSOCK_NAME")
    kept = {name: value for name, value in hall.environ.items() if name not in hidden}
    plugged = reader.environ if reader else {"PCSCLITE_CSOCK_NAME": str(sockets / "none")}
    return kept | {"HALLWAY_KIOSK_SOCKETS": str(sockets), "HALLWAY_STATE": str(sockets / "state"),
                   **plugged, **more}


@contextmanager
def kiosk(hall: Hall, reader: Plugged | None = None, module: str = "kiosk",
          environ: Mapping[str, str] | None = None) -> Iterator[Kiosk]:
    """`python -m kiosk` for this hall, off screen, showing its first screen."""
    with tempfile.TemporaryDirectory(prefix="hallway-") as short:
        sockets = Path(short)
        program = Program("kiosk", [sys.executable, "-m", module], sockets / "kiosk.log",
                          kiosk_environ(hall, sockets, reader, environ or {}))
        running = Kiosk(program, sockets)
        try:
            program.start()
            program.wait_ready(running.answers)
            yield running
        finally:
            program.stop()
