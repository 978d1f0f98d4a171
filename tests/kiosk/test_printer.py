"""What the kiosk prints, and what it says when the printer cannot."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from kiosk.printer import Printer, make_printer
from kiosk.receipt import DOTS, picture
from kiosk.screen import Fact
from kiosk.slip import make
from kiosk.talk import Slip
from settings import SettingsError
from status_service.client import LANGUAGES, Language
from tests.kiosk.paper import BLADE, DevicePaper, NetworkPaper
from tests.kiosk.qr import read_qr
from tests.kiosk.visit import NOW, sample_hall

SHORT = 1.0  # seconds that a printer which says nothing is given
SLACK = 1.0  # seconds more than its time limit that a call may take on a busy machine

SLIPS = {
    "zh-CN": Slip(
        "zh-CN", "办件进度",
        (Fact("number", "办件编号", "\u20662026-0157\u2069"), Fact("status", "状态", "待补正"),
         Fact("supply_by", "请在此日期前补正", "2026年12月3日（星期四），还有 7 天"),
         Fact("missing", "还缺", "总平面图（加盖公章，一式两份）；建设项目用地预审与选址意见书"
              "复印件")),
        "请保管好这张凭条。2026年11月24日 09:30 打印。", "办件编号：2026-0157\n状态：待补正\n"),
    "en": Slip(
        "en", "Status of your case",
        (Fact("number", "Case number", "2026-0157"), Fact("status", "Status", "Ready to collect"),
         Fact("collection_where", "Where", "Window 12, ground floor, Monday to Friday, 10:00 to "
              "13:30 and 16:00 to 19:00"), Fact("collection_bring", "Bring", "Your identity card")),
        "Please keep this slip. Printed on 24 November 2026, 09:30.",
        "Case number: 2026-0157\nStatus: Ready to collect"),
    "ug": Slip(
        "ug", "ئىلتىماس ئەھۋالى",
        (Fact("number", "ئىلتىماس نومۇرى", "\u20662026-0157\u2069"),
         Fact("status", "ھالىتى", "تولۇقلاشنى كۈتۈۋاتىدۇ"),
         Fact("missing", "كەم ماتېرىيال", "ئومۇمىي پىلان خەرىتىسى (تامغا بېسىلغان 2 نۇسخا)")),
        "بۇ قەغەزنى ساقلاپ قويۇڭ.", "ئىلتىماس نومۇرى: 2026-0157"),
}
SLIP = SLIPS["zh-CN"]
Paper = NetworkPaper | DevicePaper


@pytest.fixture(params=[NetworkPaper, DevicePaper])
def paper(request: pytest.FixtureRequest) -> Iterator[Paper]:
    """A printer that works, by network and as a device; what it complains of fails the test."""
    made: Paper = request.param()
    yield made
    made.close()
    assert made.complaints == []


def printer_of(paper: Paper) -> Printer:
    made = make_printer(paper.address)
    assert made is not None
    return made


def black_dots(picture: Image.Image) -> int:
    return int(picture.convert("L").histogram()[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_comes_out_is_the_picture_dot_by_dot(paper: Paper, language: str) -> None:
    slip = SLIPS[language]
    assert printer_of(paper).print(slip)
    (printed,) = paper.slips
    expected = picture(slip)
    assert printed.size == (DOTS, expected.height + BLADE)
    assert printed.crop((0, 0, DOTS, expected.height)).tobytes() == expected.tobytes()
    assert black_dots(printed) == black_dots(expected)  # below it nothing but the feed
    assert read_qr(printed) == [slip.code]


@pytest.mark.parametrize("language", LANGUAGES)
def test_facts_and_margins_are_on_the_picture(language: Language) -> None:
    """Each fact adds ink, nothing touches the edge, and what differs looks different."""
    whole = SLIPS[language]
    drawn = picture(whole)
    for edge in ((0, 0, 8, drawn.height), (DOTS - 8, 0, DOTS, drawn.height), (0, 0, DOTS, 8)):
        assert black_dots(drawn.crop(edge)) == 0
    for count in range(len(whole.facts)):
        fewer = picture(Slip(language, whole.title, whole.facts[:count], whole.foot, whole.code))
        assert fewer.height < drawn.height
        assert black_dots(fewer) < black_dots(drawn)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_slip_of_the_hall_comes_out_whole(language: Language) -> None:
    hall = sample_hall()
    slips = [make(hall.level(number, 2), language, NOW) for number in hall.own]
    longest = max(slips, key=lambda slip: len(slip.code.encode()))
    paper = NetworkPaper()
    try:
        assert printer_of(paper).print(longest)
    finally:
        paper.close()
    assert read_qr(paper.slips[0]) == [longest.code]
    assert paper.complaints == []


def test_a_long_code_still_fits_and_reads() -> None:
    """720 octets, the most that a slip's code holds."""
    content = "办" * 240
    assert read_qr(picture(Slip("zh-CN", "办件", (), "保管", content))) == [content]


def test_no_octets_of_a_picture_are_a_real_time_command() -> None:
    """A stroke at the right place would be DLE DC4, which opens a drawer or cuts the power."""
    for code in range(40):
        data = picture(Slip("en", f"Case {code}", (), f"{code}", f"{code:04}" * 40)).tobytes()
        ink = bytes(octet ^ 0xFF for octet in data)
        assert not any(bad in ink for bad in (b"\x10\x04", b"\x10\x05", b"\x10\x14"))


def test_two_slips_one_after_the_other(paper: Paper) -> None:
    printer = printer_of(paper)
    assert printer.ready()
    assert printer.print(SLIP)
    assert printer.print(SLIPS["en"])
    assert [read_qr(slip) for slip in paper.slips] == [[SLIP.code], [SLIPS["en"].code]]
    assert paper.commands.count("ESC @") == 2


def cover_open(paper: Paper) -> None:
    paper.cover_open = True


def paper_out(paper: Paper) -> None:
    paper.paper_out = True


def cutter_stuck(paper: Paper) -> None:
    paper.cutter_stuck = True


def silent(paper: Paper) -> None:
    paper.silent = True


def garbled(paper: Paper) -> None:
    paper.garbled = True


def dead(paper: Paper) -> None:
    paper.dies_after = 0


@pytest.mark.parametrize("fault", [cover_open, paper_out, cutter_stuck, silent, garbled, dead])
def test_a_fault_is_not_ready_and_prints_nothing(paper: Paper,
                                                 fault: Callable[[Paper], None]) -> None:
    fault(paper)
    printer = printer_of(paper)
    began = time.monotonic()
    assert not printer.ready(SHORT)
    assert not printer.print(SLIP, SHORT)
    assert time.monotonic() - began < 2 * (SHORT + SLACK)
    assert paper.slips == []
    assert "GS v 0" not in paper.commands


def test_paper_near_its_end_still_prints(paper: Paper) -> None:
    paper.paper_low = True
    printer = printer_of(paper)
    assert printer.ready()
    assert printer.print(SLIP)


def test_it_is_ready_again_when_somebody_saw_to_it(paper: Paper) -> None:
    paper.paper_out = True
    printer = printer_of(paper)
    assert not printer.ready()
    paper.paper_out = False
    assert printer.ready()
    assert printer.print(SLIP)


@pytest.mark.parametrize("rows", [1, 200, 10_000])
def test_the_roll_ends_while_it_prints(paper: Paper, rows: int) -> None:
    """In the first strip, in a later one, and in the feed to the blade."""
    paper.rows_left = min(rows, picture(SLIP).height + BLADE // 2)
    began = time.monotonic()
    assert not printer_of(paper).print(SLIP)
    assert time.monotonic() - began < 5.0  # it is asked, not waited for
    assert paper.slips == []


@pytest.mark.parametrize("octets", [20, 5_000, 20_000])
def test_the_line_breaks_while_it_prints(paper: Paper, octets: int) -> None:
    paper.dies_after = octets
    assert not printer_of(paper).print(SLIP, SHORT)
    assert paper.slips == []


def test_it_takes_no_more_in_the_middle(paper: Paper) -> None:
    """A buffer that stays full: writing would wait for ever."""
    paper.stuck_after = 2_000
    began = time.monotonic()
    assert not printer_of(paper).print(SLIP, SHORT)
    assert time.monotonic() - began < SHORT + SLACK


def test_a_printer_that_does_not_say_that_it_is_done(paper: Paper) -> None:
    """Ready before and ready after is not printed."""
    paper.turns = False
    assert not printer_of(paper).print(SLIP, SHORT)


def test_nobody_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for address in (f"tcp://127.0.0.1:{port}", "/dev/hallway-no-such-printer"):
        printer = make_printer(address)
        assert printer is not None
        assert not printer.ready(SHORT)
        assert not printer.print(SLIP, SHORT)


def test_a_file_is_no_printer() -> None:
    """Writing there succeeds, but nobody says so."""
    printer = make_printer("/dev/null")
    assert printer is not None
    assert not printer.ready(SHORT)
    assert not printer.print(SLIP, SHORT)


def test_asking_while_it_prints_does_not_wait(paper: Paper) -> None:
    printer = printer_of(paper)
    assert printer.ready()
    paper.stuck_after = 2_000
    with ThreadPoolExecutor(1) as pool:
        printing = pool.submit(printer.print, SLIP, 3.0)
        paper.await_octets(2_000)
        began = time.monotonic()
        assert printer.ready()  # as it said before the slip
        assert time.monotonic() - began < 1.0
        assert not printing.done()
        assert not printing.result()
    assert not printer.ready(SHORT)


def test_the_log_tells_the_state_and_nothing_of_the_slip(
        paper: Paper, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    printer = printer_of(paper)
    for out in (False, True, True, False):
        paper.paper_out = out
        printer.ready()
        printer.print(SLIP)
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.INFO]
    assert said == ["printer: ready", "printer: status 1 is 1A", "printer: ready"]
    assert "0157" not in caplog.text


def test_addresses() -> None:
    assert make_printer("") is None
    for wrong in ("tcp://10.0.0.7", "tcp://10.0.0.7:port", "tcp://:9100", "tcp://10.0.0.7:9100/x",
                  "lp0", "usb://1", "tcp://10.0.0.7:70000"):
        with pytest.raises(SettingsError, match="HALLWAY_KIOSK_PRINTER"):
            make_printer(wrong)
