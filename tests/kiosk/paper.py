"""An ESC/POS slip printer in software, behind a TCP port or a pseudo terminal.

Written from Epson's ESC/POS command reference (the commands' pages and "Status of the
printer"), importing nothing of the product. As strict as can be: what it does not know,
what is out of range, wider than its paper, or looks like a real-time command inside a
picture is a complaint, which fails the test at its end.

Like a real one it answers real-time questions at once, even in the middle of other data,
but takes other commands in their turn, and none of them while it is off line.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import tty

from PIL import Image

DOTS = 576  # 72 mm of an 80 mm roll at 8 dots a mm
LINE = 30  # dots of a line feed: 1/6 inch, the default of ESC 2
BLADE = 100  # dots from the head to the blade, which GS V 66 feeds first
DLE, ESC, GS = 0x10, 0x1B, 0x1D


class Paper:
    """The printer's state, which a test may change at any time, and what came out of it."""

    def __init__(self) -> None:
        self.arrived = threading.Condition()
        self.cover_open = False
        self.paper_out = False
        self.paper_low = False
        self.cutter_stuck = False
        self.silent = False  # takes everything, answers nothing
        self.garbled = False  # answers, but with what is no answer
        self.turns = True  # knows GS r; some with a network line do not
        self.rows_left: int | None = None  # until the roll ends; None: enough
        self.dies_after: int | None = None  # octets until it drops the line
        self.stuck_after: int | None = None  # octets after which it reads no more
        self.slips: list[Image.Image] = []  # cut off, black on white
        self.complaints: list[str] = []
        self.received = 0  # octets
        self.commands: list[str] = []  # carried out, in order
        self.switched_off = threading.Event()
        self._rows: list[bytes] = []
        self._waiting = bytearray()  # not carried out yet

    # -- status, bit by bit as in the tables of DLE EOT and GS r ----------------------

    @property
    def stopped(self) -> bool:
        return self.cover_open or self.paper_out or self.cutter_stuck

    def status(self, n: int) -> int:
        answer = 0x12  # bits 1 and 4 are always on, 0 and 7 always off
        if n == 1 and self.stopped:
            answer |= 0x08  # off line
        if n == 2:
            answer |= 0x04 * self.cover_open | 0x20 * self.paper_out | 0x40 * self.cutter_stuck
        if n == 3:
            answer |= 0x08 * self.cutter_stuck
        if n == 4:
            answer |= 0x60 * self.paper_out
            answer |= 0x0C * (self.paper_low or self.paper_out)
        return answer

    # -- what comes in -------------------------------------------------------------------

    def take(self, octets: bytes) -> bytes:
        """What it answers to these octets."""
        with self.arrived:
            self.received += len(octets)
            answers = bytearray()
            for octet in octets:
                self._waiting.append(octet)
                answers += self._real_time()
                answers += self._work()
            self.arrived.notify_all()
            return b"" if self.silent else b"\xff\x11" if self.garbled else bytes(answers)

    def await_octets(self, more_than: int) -> None:
        """Until it received more than these; an AssertionError when they do not come."""
        with self.arrived:
            if not self.arrived.wait_for(lambda: self.received > more_than, 10.0):
                raise AssertionError(f"{self.received} octets came")

    def dies(self, octets: bytes) -> bool:
        return self.dies_after is not None and self.received + len(octets) > self.dies_after

    def read_no_more(self) -> None:
        if self.stuck_after is not None and self.received > self.stuck_after:
            self.switched_off.wait()

    def _real_time(self) -> bytes:
        """Real-time commands are recognised wherever they stand, even within a picture's
        data; there they are a mistake of the sender's."""
        tail = bytes(self._waiting[-3:])
        if len(tail) < 2 or DLE not in tail[-3:-1]:
            return b""
        if len(tail) == 3 and tail[0] == DLE and tail[1] == 0x04 and 1 <= tail[2] <= 4:
            if self._needs(bytes(self._waiting[:-3])):
                self.complaints.append("DLE EOT inside the data of another command")
                return b""  # the picture keeps its octets; a real one would answer as well
            del self._waiting[-3:]
            self.commands.append(f"DLE EOT {tail[2]}")
            return bytes([self.status(tail[2])])
        if tail[-2] == DLE and tail[-1] in (0x05, 0x14):
            self.complaints.append(f"DLE {tail[-1]:02X}")
        return b""

    def _needs(self, waiting: bytes) -> bool:
        """Whether the commands that wait end in the middle of one."""
        while waiting:
            length = self._length(waiting)
            if length is None or length > len(waiting):
                return True
            waiting = waiting[length:]
        return False

    def _work(self) -> bytes:
        answers = bytearray()
        while self._waiting and not self.stopped:
            length = self._length(self._waiting)
            if length is None or length > len(self._waiting):
                break
            command = bytes(self._waiting[:length])
            del self._waiting[:length]
            answers += self._carry_out(command)
        return bytes(answers)

    def _length(self, waiting: bytes | bytearray) -> int | None:
        """Of the first command that waits; None while that cannot be told."""
        first = waiting[0]
        if first == DLE:
            return 3
        if first not in (ESC, GS):
            return 1
        if len(waiting) < 2:
            return None
        name = bytes(waiting[:2])
        if name == b"\x1dv":
            if len(waiting) < 8:
                return None
            return 8 + (waiting[4] + 256 * waiting[5]) * (waiting[6] + 256 * waiting[7])
        if name == b"\x1dV":
            return None if len(waiting) < 3 else 4 if waiting[2] in (65, 66) else 3
        return {b"\x1b@": 2, b"\x1bd": 3, b"\x1bJ": 3, b"\x1dr": 3}.get(name, 2)

    # -- what it does --------------------------------------------------------------------

    def _carry_out(self, command: bytes) -> bytes:
        name, rest = command[:2], command[2:]
        if name == b"\x1b@":
            self.commands.append("ESC @")
        elif command == b"\n":
            self.commands.append("LF")
            self._feed(LINE)
        elif name == b"\x1bd":
            self.commands.append("ESC d")
            self._feed(LINE * rest[0])
        elif name == b"\x1bJ":
            self.commands.append("ESC J")
            self._feed(rest[0])
        elif name == b"\x1dv":
            self._raster(command)
        elif name == b"\x1dV":
            self._cut(rest)
        elif name == b"\x1dr" and rest[0] in (1, 49):
            self.commands.append("GS r")
            return bytes([0x03 * self.paper_low]) if self.turns else b""
        else:
            self.complaints.append(f"unknown: {command[:8].hex(' ')}")
        return b""

    def _raster(self, command: bytes) -> None:
        """GS v 0 m xL xH yL yH d1...dk: rows of x octets, the left dot in the highest bit."""
        across = command[4] + 256 * command[5]
        down = command[6] + 256 * command[7]
        if command[2:3] != b"0" or command[3] not in (0, 48):
            self.complaints.append(f"GS v {command[2:4].hex(' ')}")  # m 1 to 3 stretch
        if not 1 <= across <= DOTS // 8:
            self.complaints.append(f"a picture of {across * 8} dots on paper of {DOTS}")
        if not 1 <= down <= 2303:
            self.complaints.append(f"a picture of {down} rows")
        self.commands.append("GS v 0")
        for row in range(down):
            data = command[8 + row * across: 8 + (row + 1) * across]
            self._row(data[: DOTS // 8].ljust(DOTS // 8, b"\0"))

    def _feed(self, rows: int) -> None:
        for _ in range(rows):
            self._row(bytes(DOTS // 8))

    def _row(self, row: bytes) -> None:
        if self.rows_left == 0:
            self.paper_out = True
            return
        self._rows.append(row)
        if self.rows_left is not None:
            self.rows_left -= 1

    def _cut(self, rest: bytes) -> None:
        if rest[0] not in (0, 1, 48, 49, 65, 66):
            self.complaints.append(f"GS V {rest.hex(' ')}")
        self.commands.append("GS V")
        if rest[0] in (65, 66):
            self._feed(BLADE + rest[1])
        if self.paper_out or not self._rows:
            return
        data = bytes(octet ^ 0xFF for row in self._rows for octet in row)
        self.slips.append(Image.frombytes("1", (DOTS, len(self._rows)), data))
        self._rows = []


class NetworkPaper(Paper):
    """Behind a TCP port, one connection at a time, as such printers have it."""

    def __init__(self) -> None:
        super().__init__()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self._line: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Switched off: whoever calls is refused."""
        self.switched_off.set()
        self._door.shutdown(socket.SHUT_RDWR)
        if self._line is not None:
            with contextlib.suppress(OSError):  # the caller hung up before
                self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._door.close()

    def _serve(self) -> None:
        while not self.switched_off.is_set():
            try:
                self._line, _ = self._door.accept()
            except OSError:
                return
            with self._line as line, contextlib.suppress(OSError):  # the caller hung up
                self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        while octets := line.recv(4096):
            if self.dies(octets):
                return
            self.read_no_more()
            line.sendall(self.take(octets))


class DevicePaper(Paper):
    """Behind a pseudo terminal in raw mode, which reads and writes as /dev/usb/lp0 does."""

    def __init__(self) -> None:
        super().__init__()
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.address = os.ttyname(self._theirs)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.switched_off.set()
        os.close(self._theirs)  # the last one: reading our end fails
        self._thread.join()
        if self.dies_after is None:
            os.close(self._ours)

    def _serve(self) -> None:
        while True:
            try:
                octets = os.read(self._ours, 4096)
            except OSError:
                return
            if self.dies(octets):
                os.close(self._ours)  # pulled out: theirs fails from now on
                return
            self.read_no_more()
            if answer := self.take(octets):
                os.write(self._ours, answer)
