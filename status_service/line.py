"""The wire from a channel to the service: HTTP/1.1 on a connection that each thread keeps.

http.client rather than requests: for one small question on a kept connection
requests spends several times what the question, its answer and both ends of the
wire cost together (`make bench` shows the turns that ask it).
"""

from __future__ import annotations

import http.client
import threading
import time
from typing import NamedTuple
from urllib.parse import urlsplit

FRESH = 4.0  # seconds a kept connection may have rested before what must not be repeated


class LineError(Exception):
    """No answer: no connection, a broken one, or not in time. Its text names no address."""


class Got(NamedTuple):
    """An answer: the HTTP status and the body."""

    status: int
    body: bytes


class Line:
    """Asks one service; safe to use from many threads, each with a connection of its own."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the service's address begins with http:// or https://")
        self._make = (http.client.HTTPSConnection if parts.scheme == "https"
                      else http.client.HTTPConnection)
        self._host, self._port = parts.hostname, parts.port
        self._path = parts.path.rstrip("/")
        self._mine = threading.local()

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None,
            ends: float, repeatable: bool) -> Got:
        """One question, answered before `ends` (time.monotonic) or LineError.

        A connection that the service closed while it rested is opened anew; what may
        not be asked twice goes over one that has hardly rested.
        """
        kept: http.client.HTTPConnection | None = getattr(self._mine, "connection", None)
        if kept is not None and not repeatable and time.monotonic() - self._mine.used > FRESH:
            kept.close()
            kept = None
        if kept is not None:
            try:
                return self._once(kept, method, path, headers, body, ends)
            except LineError:
                if not repeatable:
                    raise
        connection = self._make(self._host, self._port)
        self._mine.connection = connection
        return self._once(connection, method, path, headers, body, ends)

    def _once(self, connection: http.client.HTTPConnection, method: str, path: str,
              headers: dict[str, str], body: bytes | None, ends: float) -> Got:
        left = ends - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            connection.timeout = left
            if connection.sock is not None:
                connection.sock.settimeout(left)
            connection.request(method, self._path + path, body, headers)
            response = connection.getresponse()
            got = Got(response.status, response.read())
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self._mine.connection = None
            raise LineError(type(error).__name__) from None
        self._mine.used = time.monotonic()
        return got
