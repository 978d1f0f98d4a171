"""The emulated printer against Epson's published tables, and against python-escpos, which
was written for real printers, as a second reader of its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from escpos.printer import Network

from tests.kiosk.paper import BLADE, DevicePaper, NetworkPaper, Paper


def cover_open(paper: Paper) -> None:
    paper.cover_open = True


def paper_out(paper: Paper) -> None:
    paper.paper_out = True


def paper_low(paper: Paper) -> None:
    paper.paper_low = True


def cutter_stuck(paper: Paper) -> None:
    paper.cutter_stuck = True


def nothing(paper: Paper) -> None:
    pass


# ESC/POS command reference, DLE EOT: the answer to n = 1, 2, 3, 4.
TABLE = [
    (nothing, "12 12 12 12"),
    (cover_open, "1a 16 12 12"),   # 1: bit 3 off line; 2: bit 2 cover
    (paper_out, "1a 32 12 7e"),    # 2: bit 5 paper-end stop; 4: bits 5, 6 end, 2, 3 near end
    (paper_low, "12 12 12 1e"),    # 4: bits 2, 3; printing goes on
    (cutter_stuck, "1a 52 1a 12"),  # 2: bit 6 error; 3: bit 3 cutter
]


@pytest.mark.parametrize(("state", "answers"), TABLE)
def test_status_as_published(state: Callable[[Paper], None], answers: str) -> None:
    paper = Paper()
    state(paper)
    assert paper.take(bytes.fromhex("100401 100402 100403 100404")).hex(" ") == answers
    assert paper.complaints == []


def test_a_picture_dot_by_dot() -> None:
    """The example of GS v 0: two octets across, three down, the left dot the highest bit."""
    paper = Paper()
    paper.take(bytes.fromhex("1b40 1d763000 0200 0300 8001 0000 ff00 1d5600"))
    (slip,) = paper.slips
    assert slip.size == (576, 3)
    black = {(x, y) for y in range(3) for x in range(576) if not slip.getpixel((x, y))}
    assert black == {(0, 0), (15, 0), *((x, 2) for x in range(8))}
    assert paper.complaints == []


@pytest.mark.parametrize(("command", "rows"), [
    ("0a", 30), ("1b6403", 90), ("1b4a07", 7), ("1d564200", BLADE), ("1d564105", BLADE + 5)])
def test_feeds(command: str, rows: int) -> None:
    paper = Paper()
    paper.take(bytes.fromhex("1d763000 0100 0100 80") + bytes.fromhex(command + "1d5600"))
    assert paper.slips[0].height == 1 + rows
    assert paper.complaints == []


@pytest.mark.parametrize("octets", [
    "41",                        # text: a slip is a picture
    "1b3f0a00",                  # not in the reference
    "1d564300",                  # GS V 67
    "1d763001 0100 0100 80",     # stretched
    "1d763000 4900 0100" + "00" * 73,  # wider than the paper
    "1d763000 0300 0100 100401",  # looks like DLE EOT 1 to a real one
    "1d763000 0300 0100 101401",  # and this like a pulse
    "100405",                    # no such status
    "1d7203",
])
def test_complains(octets: str) -> None:
    paper = Paper()
    paper.take(bytes.fromhex(octets))
    assert paper.complaints


def test_off_line_it_answers_but_does_nothing_until_somebody_came() -> None:
    paper = Paper()
    paper.cover_open = True
    assert paper.take(bytes.fromhex("1d763000 0100 0100 80 1d7201 1d5600 100401")).hex() == "1a"
    assert paper.slips == []
    paper.cover_open = False
    assert paper.take(bytes.fromhex("100401")).hex() == "0012"  # GS r first: its turn came
    assert len(paper.slips) == 1
    assert paper.complaints == []


def test_the_roll_ends_in_the_middle() -> None:
    paper = Paper()
    paper.rows_left = 2
    answers = paper.take(bytes.fromhex("1d763000 0100 0400 80808080 1d564200 1d7201 100404"))
    assert answers.hex() == "7e"
    assert paper.slips == []


@pytest.fixture
def printer() -> Iterator[NetworkPaper]:
    paper = NetworkPaper()
    yield paper
    paper.close()


def test_the_library_reads_it_as_a_real_one(printer: NetworkPaper) -> None:
    library = Network("127.0.0.1", printer.port, timeout=10)
    try:
        assert library.is_online()
        assert library.paper_status() == 2
        printer.paper_low = True
        assert library.paper_status() == 1
        printer.paper_out = True
        assert library.paper_status() == 0
        assert not library.is_online()
    finally:
        library.close()
    assert printer.complaints == []


def test_a_device_answers_too() -> None:
    paper = DevicePaper()
    try:
        with open(paper.address, "r+b", buffering=0) as device:  # noqa: PTH123 - a device
            device.write(bytes.fromhex("100404"))
            assert device.read(1).hex() == "12"
    finally:
        paper.close()
