"""One question to the service and its answer: what everything a channel asks stands on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from status_service.line import Got, Line, LineError

DEADLINE = 3.0  # seconds for one question, connection and retry included; a caller waits

T = TypeVar("T")


class ServiceAway(Exception):
    """The service cannot be asked now: no connection, no answer in time, or it is ill."""


class Refused(Exception):
    """The service understood and refused. `problem` is the RFC 9457 document."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('type', '')}")
        self.status = status
        self.problem = problem


class Items(msgspec.Struct, frozen=True):
    """A page of a list."""

    items: list[msgspec.Raw]
    next: str | None = None


read_problem = msgspec.json.Decoder(dict[str, Any]).decode


class Asking:
    """Asks with a token, within a deadline; safe to use from many threads."""

    def __init__(self, base_url: str, token: str, deadline: float = DEADLINE) -> None:
        self._line = Line(base_url)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._deadline = deadline

    def _ask(self, method: str, path: str, body: object = None, idempotent: bool = False,
             more: Mapping[str, str] | None = None) -> Got:
        """One question with a total deadline; one retry where a repeat is harmless.
        `more` headers go with it."""
        ends = time.monotonic() + self._deadline
        headers, data = self._headers, None
        if body is not None:
            data = msgspec.json.encode(body)
            headers = {**headers, "Content-Type": "application/json"}
        if more:
            headers = {**headers, **more}
        repeatable = idempotent or method == "GET"
        for last in (False, True):
            try:
                got = self._line.ask(method, path, headers, data, ends, repeatable)
            except LineError as error:
                reason = str(error)
            else:
                if got.status < 500:
                    return got
                reason = f"answered {got.status}"
            if last or not repeatable:
                break
        raise ServiceAway(reason)

    def _good(self, got: Got) -> bytes:
        if got.status < 300:
            return got.body
        raise Refused(got.status, read_problem(got.body))

    def _pages(self, path: str, kind: type[T], more: Mapping[str, str] | None = None) -> list[T]:
        """All pages of a list."""
        found: list[T] = []
        page = path
        while True:
            got = msgspec.json.decode(self._good(self._ask("GET", page, more=more)), type=Items)
            found += [msgspec.json.decode(item, type=kind) for item in got.items]
            if not got.next:
                return found
            page = path + ("&" if "?" in path else "?") + f"cursor={quote(got.next, safe='')}"


def as_part(typed: str) -> str:
    """What somebody typed, as one part of a path; "" when nothing of it can be."""
    typed = typed.replace("/", " ").strip()[:80]  # a slash ends a part of a path
    return "" if typed in ("", ".", "..") else quote(typed, safe="")
