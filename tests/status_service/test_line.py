"""The wire to the service: kept, opened anew where it broke, and never asked twice by accident."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from status_service.line import Got, Line, LineError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers each request of each connection as `script` says: octets to send, or None to
    hang up instead. `asked` counts (connection, request)."""

    def __init__(self, script: Callable[[int, int], list[bytes] | None]) -> None:
        self.asked: list[tuple[int, int]] = []
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        connection = 0
        while True:
            try:
                wire, _ = self._listener.accept()
            except OSError:
                return
            with wire:
                request = 0
                while b"\r\n\r\n" in (read := wire.recv(65_536)):
                    assert read.count(b"\r\n\r\n") == 1
                    self.asked.append((connection, request))
                    pieces = self._script(connection, request)
                    if pieces is None:
                        break
                    for piece in pieces:
                        wire.sendall(piece)
                    request += 1
            connection += 1

    def close(self) -> None:
        self._listener.close()


@contextmanager
def serving(script: Callable[[int, int], list[bytes] | None]) -> Iterator[Server]:
    server = Server(script)
    try:
        yield server
    finally:
        server.close()


def ask(line: Line, repeatable: bool = True, seconds: float = 5.0) -> Got:
    return line.ask("GET", "/x", {"Accept": "*/*"}, None, time.monotonic() + seconds, repeatable)


def test_one_connection_for_many_questions() -> None:
    with serving(lambda _c, _r: [OK]) as server:
        line = Line(server.url)
        assert [ask(line) for _ in range(5)] == [Got(200, b"ok")] * 5
        assert server.asked == [(0, at) for at in range(5)]


@pytest.mark.parametrize("pieces", [
    [OK[:20], OK[20:]], [OK[at:at + 1] for at in range(len(OK))],
    [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n", b"1\r\nk\r\n0\r\n\r\n"]])
def test_an_answer_in_pieces(pieces: list[bytes]) -> None:
    with serving(lambda _c, _r: pieces) as server:
        line = Line(server.url)
        assert ask(line) == ask(line) == Got(200, b"ok")


def test_a_server_that_says_close_is_connected_anew() -> None:
    last = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with serving(lambda _c, _r: [last]) as server:
        line = Line(server.url)
        assert ask(line) == ask(line) == Got(200, b"ok")
        assert server.asked == [(0, 0), (1, 0)]


def test_a_kept_connection_that_broke_is_opened_anew_only_where_a_repeat_is_harmless() -> None:
    def once_each(_connection: int, request: int) -> list[bytes] | None:
        return [OK] if request == 0 else None

    with serving(once_each) as server:
        line = Line(server.url)
        assert ask(line) == ask(line) == Got(200, b"ok")
        with pytest.raises(LineError):
            ask(line, repeatable=False)
        assert server.asked == [(0, 0), (0, 1), (1, 0), (1, 1)]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
                                    b"SMTP ready\r\n\r\n", b"HTTP/1.1 2"])
def test_half_an_answer_and_nonsense_are_no_answer(answer: bytes) -> None:
    seen: list[int] = []

    def broken(connection: int, _request: int) -> list[bytes] | None:
        seen.append(connection)
        return [answer]

    with serving(broken) as server, pytest.raises(LineError):
        ask(Line(server.url), seconds=0.3)
    assert seen == [0]


def test_each_thread_has_its_own_connection() -> None:
    line_up = threading.Barrier(2)
    with serving(lambda _c, _r: [OK]) as server:
        line = Line(server.url)
        ask(line)

        def elsewhere() -> None:
            line_up.wait(5)
            with suppress(LineError):
                ask(line, seconds=0.2)

        other = threading.Thread(target=elsewhere)
        other.start()
        line_up.wait(5)  # the server serves one connection at a time: ours is still open
        assert ask(line) == Got(200, b"ok")
        other.join(5)
        assert server.asked == [(0, 0), (0, 1)]


def test_an_address_that_is_none_is_refused() -> None:
    for address in ("", "127.0.0.1:80", "ftp://x", "http://"):
        with pytest.raises(ValueError, match="http"):
            Line(address)
