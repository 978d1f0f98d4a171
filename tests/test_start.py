"""The embedded start: `python -m hallway` as a person meets it."""

from __future__ import annotations

import os
import signal
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis
import requests

import embedded
import processes
from processes import PrivateRedis, Program, StartError
from settings import Settings
from tests.servers import run_service_command

JPEG = b"\xff\xd8"
BUSY_MACHINE = 90.0  # seconds that a whole start may take here
PRIVATE = ("HALLWAY_", "TWILIO_", "DATABASE_", "REDIS_", "PUBLIC_")


def bare_environ() -> dict[str, str]:
    """This environment, without any setting of Hallway's."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PRIVATE)}


class Start:
    """One `python -m hallway` with files and ports of its own."""

    def __init__(self, directory: Path) -> None:
        self.state = directory / "state"
        self.public = f"http://127.0.0.1:{processes.free_port()}"
        self.service = f"http://127.0.0.1:{processes.free_port()}"
        self.environ = bare_environ() | {
            # A machine without a reader, whatever this one or another test's has.
            "PCSCLITE_CSOCK_NAME": str(directory / "nobody.comm"),
            "HALLWAY_STATE": str(self.state), "PUBLIC_BASE_URL": self.public,
            "HALLWAY_SERVICE_URL": self.service}
        self.log = directory / "start.log"
        self.program = self._program(self.log)

    def _program(self, log: Path) -> Program:
        return Program("hallway", [sys.executable, "-m", "hallway"], log, self.environ)

    def begin(self) -> None:
        self.program.start()
        self.program.wait_ready(lambda: "Stop it with Ctrl-C" in self.said, BUSY_MACHINE)

    def refused(self) -> str:
        """What another start with the same settings says before it gives up."""
        log = self.log.with_name("refused.log")
        other = self._program(log)
        other.start()
        other.wait_ready(lambda: other.ended == 1, BUSY_MACHINE)
        return log.read_text()

    @property
    def said(self) -> str:
        return self.log.read_text()

    def children(self) -> dict[str, psutil.Process]:
        """What it started, by a word of the command line."""
        words = {"redis": "redis-server", "service": processes.SERVICE_APP,
                 "public": processes.PUBLIC_APP, "texts": "sms.worker",
                 "reader": "pcscd", "card": "tryout.softcard", "kiosk": "-m kiosk"}
        return {name: child for child in psutil.Process(self.program.pid).children()
                for name, word in words.items() if word in " ".join(child.cmdline())}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    one = Start(tmp_path)
    try:
        yield one
    finally:
        one.program.stop()


def wait(until: Callable[[], bool]) -> None:
    """Bounded, and over as soon as it is so."""
    Program("the test", [], Path(os.devnull)).wait_ready(until, BUSY_MACHINE)


def test_one_command_starts_everything_and_stops_it_again(start: Start) -> None:
    start.begin()
    assert f"{start.public}/try" in start.said
    assert "sample hall is open" in start.said
    assert processes.answers(start.public + "/healthz")
    assert processes.answers(start.service + "/readyz")
    children = start.children()
    assert set(children) == {"redis", "service", "public", "texts", "reader", "card", "kiosk"}
    assert "the kiosk in the browser" in start.said
    assert requests.get(start.public + "/try/kiosk/picture", timeout=30).content[:2] == JPEG
    assert requests.get(start.public + "/try/kiosk/cards", timeout=10).json()["inserted"] is None
    sockets = Path(children["kiosk"].environ()["HALLWAY_KIOSK_SOCKETS"])
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700

    held = start.state / "secrets.env"
    assert stat.S_IMODE(held.stat().st_mode) == 0o600
    kept = held.read_text()
    assert {line.partition("=")[0] for line in kept.splitlines()} == {
        "HALLWAY_SECRET", "HALLWAY_SERVICE_TOKEN", "TWILIO_AUTH_TOKEN", "HALLWAY_CARD_KEYS"}

    # Our own secrets are in use: an unsigned call is refused, the channels' token is known.
    assert requests.post(start.public + "/ivr/voice", data={"CallSid": "CA1"},
                         timeout=10).status_code == 403
    token = dict(line.split("=", 1) for line in kept.splitlines())["HALLWAY_SERVICE_TOKEN"]
    offices = start.service + "/v1/offices"
    assert requests.get(offices, timeout=10).status_code == 401
    assert requests.get(offices, timeout=10,
                        headers={"Authorization": f"Bearer {token}"}).status_code == 200

    # A command given by hand finds the same record, secrets and Redis.
    shared = {name: start.environ[name] for name in
              ("HALLWAY_STATE", "PUBLIC_BASE_URL", "HALLWAY_SERVICE_URL")}
    checked = run_service_command(bare_environ() | shared, "check")
    assert {"yes  record", "yes  redis", "yes  service", "yes  Twilio account"} <= set(
        checked.splitlines())

    assert "runs already" in start.refused()

    children["public"].kill()
    wait(lambda: "The public door ended" in start.said)
    wait(lambda: processes.answers(start.public + "/healthz"))

    children["reader"].kill()  # the card service comes back as the doors do
    wait(lambda: "The card service ended" in start.said)
    wait(lambda: start.children().get("reader") not in (None, children["reader"]))

    children = start.children()
    os.kill(start.program.pid, signal.SIGTERM)
    wait(lambda: start.program.ended is not None)
    assert start.program.ended == 0
    assert "has stopped" in start.said
    assert not [name for name, child in children.items() if child.is_running()]
    assert not sockets.exists()

    start.begin()  # again: the same secrets, the same record
    assert "has cases already" in start.said
    assert held.read_text() == kept


def test_nothing_is_left_behind_by_a_sudden_end(start: Start) -> None:
    start.begin()
    children = start.children()
    os.kill(start.program.pid, signal.SIGKILL)
    wait(lambda: not [child for child in children.values() if child.is_running()])
    assert processes.port_is_free(int(start.public.rsplit(":", 1)[1]))


@pytest.mark.parametrize("name", ["PUBLIC_BASE_URL", "HALLWAY_SERVICE_URL"])
def test_a_busy_port_is_said(start: Start, name: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        start.environ[name] = f"http://127.0.0.1:{port}"
        said = start.refused()
    assert f"Port {port} is in use" in said
    assert name in said
    assert "Traceback" not in said


def test_production_says_what_to_set(start: Start) -> None:
    start.environ["HALLWAY_MODE"] = "production"
    said = start.refused()
    assert "Set DATABASE_URL" in said
    assert "Traceback" not in said
    assert not (start.state / "secrets.env").exists()


def test_a_service_elsewhere_is_not_ours_to_start(start: Start) -> None:
    start.environ["HALLWAY_SERVICE_URL"] = "http://10.0.0.1:8001"
    assert "Set HALLWAY_SERVICE_URL" in start.refused()


@pytest.mark.parametrize(("url", "port"), [
    ("http://127.0.0.1:8000", 8000), ("http://localhost:8100", 8100),
    ("http://127.0.0.1", 8000), ("https://hall.example", 8000),
    ("https://hall.example:8443", 8000),
])
def test_where_the_public_door_listens(url: str, port: int) -> None:
    assert embedded.public_port(url) == port


def test_a_real_account_is_spoken_to_at_twilio(tmp_path: Path) -> None:
    environ = {"HALLWAY_STATE": str(tmp_path / "state"), "PUBLIC_BASE_URL": "http://127.0.0.1:8111"}
    tried = Settings.load(embedded.complete(environ))
    assert tried.twilio_api_base == "http://127.0.0.1:8111/try/twilio"
    environ |= {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "1" * 32}
    real = Settings.load(embedded.complete(environ))
    assert real.twilio_api_base == "https://api.twilio.com"
    assert (tried.tries, real.tries) == (True, False)
    assert real.twilio_auth_token == "1" * 32
    assert real.secret == tried.secret


def test_what_ends_is_started_again_later_each_time(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    times = tmp_path / "times"
    code = f"open({str(times)!r}, 'a').write('x'); raise SystemExit(3)"
    program = Program("The patient", [sys.executable, "-c", code], tmp_path / "log")
    moment = 0.0
    program.start()
    keeper = embedded.Keeper([program], lambda: moment)

    def ended() -> int:
        wait(lambda: program.ended is not None)
        return len(times.read_text())

    starts = []
    for _ in range(4):
        starts.append((moment, ended()))
        keeper.look()  # sees the end
        due = embedded.FIRST_PAUSE * 2 ** (len(starts) - 1)
        moment += due - 0.01
        keeper.look()
        assert len(times.read_text()) == len(starts), "started too early"
        moment += 0.02
        keeper.look()
    assert [count for _, count in starts] == [1, 2, 3, 4]
    assert "The patient ended with status 3; it starts again in 8 s" in capsys.readouterr().out


def test_what_ran_long_is_started_again_at_once(tmp_path: Path) -> None:
    sleeper = Program("The patient", ["sleep", "1000"], tmp_path / "log")
    moment = 0.0
    sleeper.start()
    keeper = embedded.Keeper([sleeper], lambda: moment)
    try:
        for _ in range(2):
            old = sleeper.pid
            moment += embedded.SETTLED + 1
            keeper.look()
            os.kill(old, signal.SIGKILL)
            wait(lambda: sleeper.ended is not None)
            keeper.look()
            moment += embedded.FIRST_PAUSE + 0.01
            keeper.look()
            assert sleeper.pid != old
    finally:
        sleeper.stop()


def test_a_program_that_does_not_come_up_shows_its_last_words(tmp_path: Path) -> None:
    program = Program("The door", [sys.executable, "-c", "raise SystemExit('no such hall')"],
                      tmp_path / "log")
    program.start()
    with pytest.raises(StartError, match=r"The door ended with status 1\.\nno such hall"):
        program.wait_ready(lambda: False)


def test_a_program_that_hangs_is_given_up(tmp_path: Path) -> None:
    program = Program("The door", ["sleep", "1000"], tmp_path / "log")
    program.start()
    try:
        with pytest.raises(StartError, match="gave no answer within 0 seconds"):
            program.wait_ready(lambda: False, seconds=0.1)
    finally:
        program.stop()
    assert program.ended is not None


class TestPrivateRedis:
    def test_it_keeps_what_it_was_told(self, tmp_path: Path) -> None:
        for told in (None, b"once"):
            store = PrivateRedis(tmp_path / "redis")
            store.start()
            try:
                with redis.Redis.from_url(store.url) as connection:
                    assert connection.get("key") == told
                    connection.set("key", "once")
            finally:
                store.stop()

    def test_only_its_user_reaches_it(self, tmp_path: Path) -> None:
        store = PrivateRedis(tmp_path / "redis")
        store.start()
        try:
            assert stat.S_IMODE((tmp_path / "redis").stat().st_mode) == 0o700
            assert not psutil.Process(store.program.pid).net_connections("inet")
        finally:
            store.stop()

    def test_a_long_path_is_no_obstacle(self, tmp_path: Path) -> None:
        store = PrivateRedis(tmp_path / ("long" * 30))
        store.start()
        try:
            assert store.ready()
        finally:
            store.stop()

    def test_redis_tools_are_enough(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Debian's redis-tools bring the server's program under another name."""
        tools = tmp_path / "bin"
        tools.mkdir()
        for name in ("redis-check-rdb", "setpriv"):
            found = next(Path(place, name) for place in os.environ["PATH"].split(":")
                         if Path(place, name).exists())
            (tools / name).symlink_to(found)
        monkeypatch.setenv("PATH", str(tools))
        store = PrivateRedis(tmp_path / "redis")
        store.start()
        try:
            assert store.ready()
        finally:
            store.stop()

    def test_without_redis_it_is_said(self, tmp_path: Path,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(StartError, match="Install redis-tools"):
            PrivateRedis(tmp_path / "redis")


def test_stop_while_starting_is_orderly(tmp_path: Path) -> None:
    start = Start(tmp_path)
    stop = threading.Event()
    stop.set()
    embedded.run(start.environ, stop)  # returns instead of keeping things running
    assert processes.port_is_free(int(start.public.rsplit(":", 1)[1]))
