"""A telephone line to the real service with the sample hall, for the journeys."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask

from ivr.audio import Audio
from ivr.web import create_blueprint
from settings import Settings
from status_service.client import Client, Language
from status_service.storage.tables import notifications
from tests.ivr.call import Call, Line
from tests.servers import Hall
from webhooks import Turns

LANGUAGE_KEYS: dict[Language, str] = {"zh-CN": "1", "ug": "2", "en": "3"}
_callers = count(1)


def noon(weekday: int) -> datetime:
    """Noon in the office's zone (UTC+8) on the last such weekday before today; 1 is Monday."""
    day = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0)
    return day - timedelta(days=(day.isoweekday() - weekday) % 7 or 7)


@dataclass
class HallPhone:
    """The phone of a hall. `time` may be changed while a call goes on."""

    hall: Hall
    client: Client | None = None
    settings: Settings | None = None
    time: datetime = field(default_factory=lambda: noon(3))

    def __post_init__(self) -> None:
        settings = self.settings or self.hall.settings
        self.turns = Turns(settings)
        self.audio = Audio(settings)
        app = Flask("phone")
        app.register_blueprint(create_blueprint(
            settings, self.client or self.hall.client, self.turns, lambda: self.time))
        self.line = Line(app.test_client(), settings, self._ear)

    def _ear(self, url: str) -> str:
        opened = self.audio.open(url.rpartition("/")[2])
        assert opened, f"nobody can play {url}"
        return opened[0]

    def dial(self, caller: str = "") -> Call:
        """A call that has been answered; from a mobile of its own unless said otherwise."""
        return Call(self.line, caller or f"+86139{next(_callers):08d}").dial()

    def call(self, language: Language = "zh-CN", caller: str = "") -> Call:
        """A caller at the main menu."""
        return self.dial(caller).press(LANGUAGE_KEYS[language])

    def texts_of(self, call: Call) -> list[tuple[str, str]]:
        """(kind, subject) of what the record has queued for this call, turn by turn."""
        found: list[tuple[str, str]] = []
        engine = sa.create_engine(self.hall.settings.database_url)
        with engine.connect() as record:
            for turn in range(len(call.sent)):
                row = record.execute(sa.select(notifications.c.kind, notifications.c.subject).where(
                    notifications.c.key == self.turns.key("text", call.sid, str(turn)))).all()
                found += [(kind, subject) for kind, subject in row]
        engine.dispose()
        return found


class Wire:
    """A wire to a server that can be cut: connections end, new ones are refused."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._to = (parts.hostname or "", parts.port or 80)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):  # the door was closed: cut
            while True:
                near, _ = self._door.accept()
                far = socket.create_connection(self._to)
                self._ends += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_carry, args=(source, sink), daemon=True).start()

    def cut(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for end in self._ends:
            with suppress(OSError):  # it had ended by itself
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while octets := source.recv(65536):
            sink.sendall(octets)
        sink.shutdown(socket.SHUT_WR)
