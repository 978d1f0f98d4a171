"""`python -m tryout.softcard` as a process, by its control socket and by a real reader."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from processes import Program, free_port
from tests.kiosk.slot import AES_CARD, SM4_CARD, card_reader
from tests.tryout.softcard.test_slot import READ, SELECT_AES, Client


class Line(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(str(self.path))


class Drawer:
    """The program with two cards in its directory."""

    def __init__(self, directory: Path, port: int) -> None:
        self.control = directory / "card.sock"
        self.cards = directory / "cards"
        self.cards.mkdir()
        for card in (AES_CARD, SM4_CARD):
            (self.cards / f"{card['id']}.json").write_text(json.dumps(card))
        self.program = Program("The software card", [
            sys.executable, "-m", "tryout.softcard", "--reader", f"127.0.0.1:{port}",
            "--control", str(self.control), "--cards", str(self.cards)], directory / "log")

    def start(self) -> None:
        self.program.start()
        self.program.wait_ready(self._ready)

    def _ready(self) -> bool:
        try:
            return self.order("GET", "/cards")[0] == 200
        except OSError:
            return False

    def order(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """(status, decoded answer)"""
        line = Line(self.control)
        try:
            raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            line.request(method, path, raw)
            answer = line.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if content else None
        finally:
            line.close()

    def insert(self, card: str, fault: str = "") -> tuple[int, Any]:
        return self.order("POST", "/insert", {"card": card, "fault": fault})

    def inserted(self) -> str | None:
        found: str | None = self.order("GET", "/cards")[1]["inserted"]
        return found


@pytest.fixture
def short() -> Iterator[Path]:
    """A directory whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="hallway-") as made:
        yield Path(made)


@pytest.fixture
def drawer(short: Path) -> Iterator[Drawer]:
    """The program; nothing listens where it looks for a reader."""
    drawer = Drawer(short, free_port())
    drawer.start()
    yield drawer
    drawer.program.stop()


def test_the_cards_are_told_without_what_is_in_them(drawer: Drawer) -> None:
    status, told = drawer.order("GET", "/cards")
    assert (status, told["inserted"]) == (200, None)
    assert [card["id"] for card in told["cards"]] == ["aes", "sm4", "other-kind"]
    for card in told["cards"]:
        assert set(card) == {"id", "label", "printed"}
        assert set(card["label"]) == {"zh-CN", "en", "ug"}
        assert len(set(card["label"].values())) == 3


def test_a_card_is_in_or_out(drawer: Drawer) -> None:
    assert drawer.insert("aes") == (204, None)
    assert drawer.inserted() == "aes"
    assert drawer.insert("sm4")[0] == 409
    assert drawer.inserted() == "aes"
    assert drawer.order("POST", "/remove", {}) == (204, None)
    assert drawer.order("POST", "/remove") == (204, None)
    assert drawer.inserted() is None
    assert drawer.insert("sm4", "mute")[0] == 204


@pytest.mark.parametrize(("method", "path", "body", "status"), [
    ("POST", "/insert", {"card": "nobody's"}, 404),
    ("POST", "/insert", {"card": "aes", "fault": "broken"}, 400),
    ("POST", "/insert", {"card": 5}, 400),
    ("POST", "/insert", {"card": "aes", "pin": "1"}, 400),
    ("POST", "/insert", {}, 400),
    ("POST", "/insert", ["aes"], 400),
    ("POST", "/insert", b"{", 400),
    ("POST", "/insert", b"\xff", 400),
    ("POST", "/insert", b"[" * 4000, 400),
    ("POST", "/insert", b" " * 5000, 400),
    ("POST", "/insert", None, 400),
    ("POST", "/cards", None, 404),
    ("GET", "/insert", None, 404),
    ("DELETE", "/cards", None, 501),
])
def test_what_it_cannot_do_is_refused(
        drawer: Drawer, method: str, path: str, body: Any, status: int) -> None:
    line = Line(drawer.control)
    raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    line.request(method, path, raw)
    assert line.getresponse().status == status
    line.close()
    assert drawer.inserted() is None


def test_only_its_owner_gives_orders(drawer: Drawer) -> None:
    assert drawer.control.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order(drawer: Drawer, end: signal.Signals) -> None:
    drawer.insert("aes")
    os.kill(drawer.program.pid, end)
    wait_for(lambda: drawer.program.ended is not None)
    assert drawer.program.ended == 0
    assert not drawer.control.exists()
    written = drawer.program.last_words(1000)
    assert "No card reader listens at 127.0.0.1:" in written
    assert "Traceback" not in written
    for own in (AES_CARD["serial"], AES_CARD["printed"], "aes"):
        assert str(own) not in written


def test_a_socket_that_a_killed_one_left_is_taken_over(drawer: Drawer) -> None:
    os.kill(drawer.program.pid, signal.SIGKILL)
    wait_for(lambda: drawer.program.ended is not None)
    assert drawer.control.exists()
    drawer.start()
    assert drawer.insert("aes")[0] == 204


def wait_for(met: Any) -> None:
    """Until it is so, for 10 seconds at most."""
    tick = threading.Event()
    for _ in range(1000):
        if met():
            return
        tick.wait(0.01)
    raise AssertionError("It did not come about.")


def run(directory: Path, control: Path, reader: str = "127.0.0.1:9") -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, "-m", "tryout.softcard", "--reader", reader, "--control", str(control),
         "--cards", str(directory)], capture_output=True, text=True, timeout=30, check=False)
    return ended.returncode, ended.stderr


def test_a_second_one_leaves_the_first_alone(drawer: Drawer) -> None:
    status, said = run(drawer.cards, drawer.control)
    assert status == 2
    assert "Another software card answers at" in said
    assert drawer.inserted() is None


@pytest.mark.parametrize(("text", "said"), [
    ("{", "bad.json: It is not JSON."),
    ("[]", "bad.json: A card image is a JSON object."),
    (json.dumps(AES_CARD | {"aid": "A0"}), "bad.json: The AID is 5 to 16 octets."),
    (json.dumps(AES_CARD | {"id": "other-kind"}), "comes with the program"),
])
def test_a_bad_image_is_named(short: Path, text: str, said: str) -> None:
    (short / "bad.json").write_text(text)
    status, written = run(short, short / "card.sock")
    assert status == 2
    assert said in written
    assert "Traceback" not in written
    assert not (short / "card.sock").exists()


def test_wrong_arguments_are_explained(short: Path) -> None:
    assert "cannot be read" in run(short / "nowhere", short / "card.sock")[1]
    assert "cannot be opened" in run(short, short / "nowhere" / "card.sock")[1]
    assert "HOST:PORT is expected" in run(short, short / "card.sock", "35963")[1]


def test_a_card_from_the_drawer_is_read_and_outlives_pcscd(short: Path) -> None:
    with card_reader(short / "pc") as reader:
        drawer, client = Drawer(short, reader.port), Client(reader)
        try:
            drawer.start()
            assert drawer.insert("other-kind")[0] == 204
            client.ask(wait="in")
            assert client.transmit(SELECT_AES) == ["6a82"]
            drawer.order("POST", "/remove")
            assert client.ask(wait="out") == {"atr": ""}
            drawer.insert("aes")
            client.ask(wait="in")
            assert client.transmit(SELECT_AES, READ)[1].endswith("9000")
            reader.kill()
            assert drawer.inserted() == "aes"
            reader.restart()
            client.ask(wait="in")
            assert client.transmit(SELECT_AES, READ)[1].endswith("9000")
            assert drawer.program.last_words(100).count("The card is in the reader.") == 3
        finally:
            client.close()
            drawer.program.stop()
