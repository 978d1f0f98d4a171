"""The kiosk: how soon it is there, how soon a card shows something, what it takes at rest.

The real program off screen, a real pcscd with a virtual reader (which looks every 400 ms),
a software card, the real service over the sample hall.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from tqdm import tqdm

import processes
from bench import record
from bench.load import BenchError
from bench.stand import environ, start_door, start_redis
from processes import PrivateCardService, Program
from tryout.softcard import Image, Slot

WITHIN = 30.0  # seconds until a screen must be there
CARD = "aynur"  # a sample card with several cases
TICKS = os.sysconf("SC_CLK_TCK")


class Plan(NamedTuple):
    """How often, and how long it is left alone."""

    starts: int
    cards: int
    rest: float  # seconds
    visitors: int


FULL = Plan(starts=5, cards=15, rest=30, visitors=200)
QUICK = Plan(starts=1, cards=1, rest=2, visitors=2)


class Figures(NamedTuple):
    """start, card: seconds, medians. idle: of one processor. grown: MiB resident between the
    first tenth of the visitors and the last."""

    start: float
    card: float
    idle: float
    resident: float
    grown: float
    visitors: int


class _Line(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("kiosk", timeout=WITHIN)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(WITHIN)
        self.sock.connect(str(self._path))


class Running:
    """A kiosk that was started for the bench."""

    def __init__(self, settings: Mapping[str, str], sockets: Path) -> None:
        self._socket = sockets / "kiosk.sock"
        self.program = Program("kiosk", [sys.executable, "-m", "kiosk"], sockets / "kiosk.log",
                               settings)

    def _ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        line = _Line(self._socket)
        try:
            line.request(method, path, json.dumps(body) if body else None)
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    def state(self, after: int = -1) -> dict[str, Any]:
        status, body = self._ask("GET", f"/state?after={after}")
        return dict(json.loads(body)) if status == 200 else {"screen": "", "revision": after}

    def start(self) -> float:
        """Seconds from the start of the process until its home screen is drawn."""
        began = time.perf_counter()
        self.program.start()
        self.program.wait_ready(self._home)
        return time.perf_counter() - began

    def _home(self) -> bool:
        try:
            return bool(self.state()["screen"] == "home")
        except OSError:
            return False

    def wait_for(self, *names: str) -> dict[str, Any]:
        ends = time.monotonic() + WITHIN
        state = self.state()
        while state["screen"] not in names:
            if time.monotonic() > ends or self.program.ended is not None:
                raise BenchError(f"the kiosk shows {state['screen']!r}, not {' or '.join(names)}")
            state = self.state(state["revision"])
        return state

    def touch(self, act: str) -> None:
        place = next((one for one in self.state()["places"] if one["act"] == act), None)
        if place is None:
            raise BenchError(f"the kiosk has no {act!r} to touch")
        x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        for phase in ("down", "up"):
            self._ask("POST", "/touch", {"phase": phase, "x": x, "y": y})

    def processor(self) -> float:
        """Seconds of a processor that it has used so far."""
        fields = Path(f"/proc/{self.program.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident(self) -> float:
        """MiB."""
        for line in Path(f"/proc/{self.program.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise BenchError("the kiosk has ended")


def measure(state: Path, plan: Plan) -> Figures:
    """All of it, on a hall of its own."""
    with ExitStack() as ends:
        short = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="hallway-")))
        settings = _hall(ends, state, short)
        reader = PrivateCardService(short / "reader")
        reader.start()
        ends.callback(reader.stop)
        settings |= reader.environ
        slot = Slot("127.0.0.1", reader.port)
        ends.callback(slot.remove)
        image = Image.of(_image(short / "cards"))
        starts = []
        for _ in tqdm(range(plan.starts), desc="Starting the kiosk", unit=" starts"):
            kiosk = Running(settings, short)
            starts.append(kiosk.start())
            if len(starts) < plan.starts:
                kiosk.program.stop()
        ends.callback(kiosk.program.stop)
        used = kiosk.processor()
        cards = [visit(kiosk, slot, image) for _ in range(plan.cards)]
        if kiosk.processor() <= used:
            raise BenchError("the kiosk's processor time does not move")
        idle = rest(kiosk, plan.rest)
        sizes = []
        for _ in tqdm(range(plan.visitors), desc="Visiting the kiosk", unit=" visitors"):
            visit(kiosk, slot, image)
            sizes.append(kiosk.resident())
        tenth = max(1, plan.visitors // 10)
        return Figures(median(starts), median(cards), idle, sizes[-1],
                       median(sizes[-tenth:]) - median(sizes[:tenth]), plan.visitors)


def visit(kiosk: Running, slot: Slot, image: Image) -> float:
    """One visitor with a card: seconds from the card in to their cases on the glass."""
    kiosk.wait_for("home")
    began = time.perf_counter()
    slot.insert(image)
    state = kiosk.wait_for("cases")
    took = time.perf_counter() - began
    kiosk.touch(next(act for act in state["targets"] if act.startswith("open:")))
    kiosk.wait_for("case")
    slot.remove()
    kiosk.wait_for("goodbye")
    kiosk.touch("home")
    return took


def rest(kiosk: Running, seconds: float) -> float:
    """The part of one processor that it takes while nobody is there."""
    kiosk.wait_for("home")
    before, began = kiosk.processor(), time.monotonic()
    time.sleep(seconds)
    return (kiosk.processor() - before) / (time.monotonic() - began)


def _hall(ends: ExitStack, state: Path, short: Path) -> dict[str, str]:
    """The service over the sample hall; gives what a kiosk of it is started with."""
    port = processes.free_port()
    hidden = ("DISPLAY", "WAYLAND_DISPLAY")
    settings = {name: value for name, value in environ(state).items() if name not in hidden} | {
        "REDIS_URL": start_redis(ends, short / "redis"),
        "DATABASE_URL": f"sqlite:///{short}/hall.db",
        "HALLWAY_SERVICE_URL": f"http://127.0.0.1:{port}",
        "HALLWAY_CARD_KEYS": "1:" + "7" * 32,
        "HALLWAY_KIOSK_SOCKETS": str(short),
        "HALLWAY_STATE": str(short),
    }
    for command in (("migrate",), ("seed",), ("tokens", "add", "channels", "--channels"),
                    ("cards", "images", str(short / "cards"))):
        record.service_command(settings, *command)
    start_door(ends, "service", processes.SERVICE_APP, port=port, health="/readyz",
               logs=short, environ=settings, threads=4)
    return settings


def _image(directory: Path) -> dict[str, Any]:
    """The sample card that visits, as the service's command wrote it."""
    images = (json.loads(path.read_text()) for path in directory.glob("*.json"))
    found = next((image for image in images if image["id"] == CARD), None)
    if found is None:
        raise BenchError(f"the sample hall has no card {CARD!r}")
    return dict(found)


def table(figures: Figures) -> str:
    """The figures as Markdown, each beside what it is to reach."""
    return "\n".join([
        "| kiosk | measured | to reach |", "|---|---:|---:|",
        f"| cold start to home | {figures.start:.2f} s | 3 s |",
        f"| card in to its holder's cases | {figures.card * 1000:.0f} ms | 700 ms |",
        f"| processor at rest | {figures.idle:.1%} | 3% |",
        f"| memory after {figures.visitors} visitors | {figures.resident:.0f} MiB, "
        f"{figures.grown:+.1f} MiB | level |",
    ])
