"""What was heard, keyed and exchanged during one call, line by line."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from tryout.wire import Exchange

Who = Literal["hall", "caller", "line"]

HAN_A_SECOND = 4.2  # characters of unhurried Chinese speech
LETTERS_A_SECOND = 14.0  # of English and Uyghur


@dataclass(frozen=True)
class Entry:
    """One line. kind: say, play, pause, keys, or what happened on the line."""

    n: int
    at: datetime
    who: Who
    kind: str
    text: str = ""
    language: str = ""
    seconds: float = 0.0
    interruptible: bool = False
    audio: int | None = None  # the n-th recording of this call
    detail: Mapping[str, Any] = field(default_factory=dict)


class Transcript:
    """Lines, numbered from 1. Written by one call; read by anyone at any time."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.entries: list[Entry] = []

    def add(self, who: Who, kind: str, **more: Any) -> Entry:
        entry = Entry(len(self.entries) + 1, self._clock(), who, kind, **more)
        self.entries.append(entry)
        return entry

    def since(self, n: int) -> list[Entry]:
        return self.entries[max(n, 0):]

    def said(self) -> str:
        """All words the hall spoke, for a test to look into."""
        return "\n".join(e.text for e in self.entries if e.who == "hall" and e.text)


def exchange_detail(exchange: Exchange) -> dict[str, Any]:
    """A request and its answer, for the developer who wants to see them."""
    return {
        "method": exchange.method, "url": exchange.url, "parameters": dict(exchange.parameters),
        "status": exchange.status, "content_type": exchange.content_type,
        "body": exchange.body.decode("utf-8", "replace"), "error": exchange.error,
    }


def speaking_time(text: str) -> float:
    """Seconds a voice takes, about: what the page waits before the next line."""
    han = sum("㐀" <= c <= "鿿" for c in text)
    return round(max(1.0, han / HAN_A_SECOND + (len(text) - han) / LETTERS_A_SECOND), 1)


def playing_time(audio: bytes) -> float:
    """Seconds of a WAV file, from its own header; 5 for another kind of audio."""
    try:
        with wave.open(io.BytesIO(audio)) as file:
            return round(float(file.getnframes()) / float(file.getframerate()), 1)
    except (wave.Error, EOFError, ZeroDivisionError):
        return 5.0
