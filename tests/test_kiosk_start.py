"""The kiosk beside the doors: what it finds on a machine, and what it does without."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

import embedded
import kiosk_start
import processes
from kiosk_start import Corner
from processes import PrivateCardService, Program
from tests.servers import hall_environ


@pytest.fixture
def reader() -> Iterator[PrivateCardService]:
    """A real pcscd with a virtual reader."""
    directory = Path(tempfile.mkdtemp(prefix="hallway-"))  # short, for the socket
    service = PrivateCardService(directory)
    try:
        service.start()
        yield service
    finally:
        service.stop()
        shutil.rmtree(directory)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A machine without a card service of its own."""
    return hall_environ(tmp_path, f"sqlite:///{tmp_path}/hallway.db", "redis://127.0.0.1:1") | {
        "PCSCLITE_CSOCK_NAME": str(tmp_path / "nobody.comm")}


def wait(until: Callable[[], bool]) -> None:
    """Bounded, and over as soon as it is so."""
    Program("the test", [], Path(os.devnull)).wait_ready(until, 60)


def test_a_reader_is_found_where_there_is_one(
        environ: dict[str, str], reader: PrivateCardService) -> None:
    assert not kiosk_start.has_reader(environ)
    assert kiosk_start.has_reader(environ | reader.environ)
    reader.stop()
    assert not kiosk_start.has_reader(environ | reader.environ)


def test_a_kiosk_that_cannot_start_is_said_and_leaves_nothing(
        environ: dict[str, str], tmp_path: Path) -> None:
    said: list[str] = []
    corner = Corner(environ | {"HALLWAY_KIOSK_DISTANCE": "far"}, tmp_path, said.append)
    directory = Path(corner.environ["HALLWAY_KIOSK_SOCKETS"])
    assert directory.stat().st_mode & 0o777 == 0o700
    corner.start(Event())
    assert said[-1].startswith("The kiosk ended with status 1. Phone and text run without it.")
    assert len(said[-1].splitlines()) == 1
    assert "HALLWAY_KIOSK_DISTANCE" in (tmp_path / "log" / "kiosk.log").read_text()
    assert not corner.open
    assert not directory.exists()


def test_what_a_sudden_end_left_is_removed_by_the_next_start(tmp_path: Path) -> None:
    ended, next_one = (Corner({}, tmp_path, lambda said: None) for _ in range(2))
    left, used = (Path(corner.environ["HALLWAY_KIOSK_SOCKETS"]) for corner in (ended, next_one))
    assert not left.exists()
    assert used.is_dir()
    next_one.stop()
    assert not used.exists()
    assert list(tmp_path.iterdir()) == []


def test_without_a_card_service_numbers_can_be_keyed(
        environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "VPCD", "/nowhere/libifdvpcd.so*")
    said: list[str] = []
    corner = Corner(environ, tmp_path, said.append)
    try:
        corner.start(Event())
        assert said == ["Install pcscd and vsmartcard-vpcd (apt-get install pcscd "
                        "vsmartcard-vpcd). The kiosk runs without cards: key in a number there."]
        assert [part.name for part in corner.parts] == ["The kiosk"]
    finally:
        corner.stop()


def test_what_does_not_come_up_again_does_not_stop_the_others(
        reader: PrivateCardService, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    moment = 0.0
    keeper = embedded.Keeper([reader], lambda: moment)

    def later() -> None:
        nonlocal moment
        moment += embedded.LONGEST_PAUSE
        keeper.look()

    os.kill(reader.pid, 9)
    wait(lambda: reader.ended is not None)
    with monkeypatch.context() as there:
        there.setattr(processes, "VPCD", "/nowhere/libifdvpcd.so*")
        keeper.look()
        later()  # it is tried, in vain
        assert "Install pcscd" in capsys.readouterr().out
        keeper.look()
    later()
    assert reader.ended is None
    assert kiosk_start.has_reader({**os.environ, **reader.environ})
