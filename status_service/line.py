"""The wire from a channel to the service: HTTP/1.1 on a connection that each thread keeps.

A socket and httptools' parser rather than requests: for one small question on a
kept connection requests spends several times what the question, its answer and
both ends of the wire cost together, and a caller's or a texter's turn is mostly
that question (`make bench`).
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from typing import NamedTuple
from urllib.parse import urlsplit

import httptools

FRESH = 4.0  # seconds a kept connection may have rested before what must not be repeated
CHUNK = 65_536  # octets read at once; nearly every answer is smaller
MOST_ANSWER = 16 * 1024 * 1024  # octets; more than any page of a list has


class LineError(Exception):
    """No answer: no connection, a broken one, or not in time. Its text names no address."""


class Got(NamedTuple):
    """An answer: the HTTP status and the body."""

    status: int
    body: bytes


class _Answer:
    """Collects one response from the parser."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.body = b""
        self.done = False
        self.stays = False  # whether the connection may be asked again

    def on_body(self, body: bytes) -> None:
        self.body += body
        if len(self.body) > MOST_ANSWER:
            raise LineError("answer too large")

    def on_message_complete(self) -> None:
        self.done = True
        self.stays = self.parser.should_keep_alive()  # the parser forgets it afterwards


class Line:
    """Asks one service; safe to use from many threads, each with a connection of its own."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the service's address begins with http:// or https://")
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host = parts.hostname
        self._port = parts.port or (443 if self._tls else 80)
        self._path = parts.path.rstrip("/")
        self._authority = parts.netloc.rpartition("@")[2]
        self._mine = threading.local()

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None,
            ends: float, repeatable: bool) -> Got:
        """One question, answered before `ends` (time.monotonic) or LineError.

        A connection that the service closed while it rested is opened anew; what may
        not be asked twice goes over one that has hardly rested.
        """
        lines = [f"{method} {self._path}{path} HTTP/1.1", f"Host: {self._authority}",
                 *(f"{name}: {value}" for name, value in headers.items())]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        question = "\r\n".join([*lines, "", ""]).encode("ascii") + (body or b"")
        kept: socket.socket | None = getattr(self._mine, "socket", None)
        if kept is not None and not repeatable and time.monotonic() - self._mine.used > FRESH:
            self._drop(kept)
            kept = None
        if kept is not None:
            try:
                return self._once(kept, question, ends)
            except LineError:
                if not repeatable:
                    raise
        return self._once(self._connect(ends), question, ends)

    def _connect(self, ends: float) -> socket.socket:
        try:
            made = socket.create_connection((self._host, self._port), _left(ends))
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                made = self._tls.wrap_socket(made, server_hostname=self._host)
        except OSError as error:
            raise LineError(type(error).__name__) from None
        self._mine.socket = made
        return made

    def _once(self, wire: socket.socket, question: bytes, ends: float) -> Got:
        answer = _Answer()
        try:
            wire.settimeout(_left(ends))
            wire.sendall(question)
            while not answer.done:
                octets = wire.recv(CHUNK)
                if not octets:
                    raise LineError("connection closed")
                answer.parser.feed_data(octets)
                if not answer.done:
                    wire.settimeout(_left(ends))
        except (OSError, httptools.HttpParserError, LineError) as error:
            self._drop(wire)
            raise LineError(type(error).__name__) from None
        if answer.stays:
            self._mine.used = time.monotonic()
        else:
            self._drop(wire)
        return Got(answer.parser.get_status_code(), answer.body)

    def _drop(self, wire: socket.socket) -> None:
        wire.close()
        self._mine.socket = None


def _left(ends: float) -> float:
    """Seconds until `ends`; LineError when it has passed."""
    left = ends - time.monotonic()
    if left <= 0:
        raise LineError("no answer in time")
    return left
