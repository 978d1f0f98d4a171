"""What calls and messages of one account share: its wire, its clock, its errands.

Status callbacks are errands: done in the background, those of one call or one
message in order, each after the one before it was answered.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from tryout.twiml import BadTwiml, read_messaging
from tryout.wire import Exchange, FetchFailed, Wire, good

log = logging.getLogger("tryout")

API_VERSION = "2010-04-01"
MOST_ALERTS = 500  # kept, newest last
MOST_AT_ONCE = 8  # errands; more wait


@dataclass(frozen=True)
class Line:
    """One of the account's own numbers, and where its calls and texts are sent."""

    number: str
    voice_url: str
    voice_fallback_url: str
    voice_status_url: str
    sms_url: str
    sms_fallback_url: str

    @classmethod
    def under(cls, base: str, number: str) -> Line:
        """A number whose webhooks are the usual routes under one public address."""
        base = base.rstrip("/")
        return cls(number, f"{base}/ivr/voice", f"{base}/ivr/fallback", f"{base}/ivr/status",
                   f"{base}/sms/inbound", f"{base}/sms/fallback")


@dataclass(frozen=True)
class Alert:
    """What Twilio's debugger would list: an error of the application, not of the caller."""

    n: int
    at: datetime
    code: int
    text: str
    url: str
    sid: str


class Errands:
    """Work in the background, in order for each key. An error in it is kept, not lost."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, "errand")
        self._waiting: dict[str, deque[Callable[[], None]]] = {}
        self._idle = threading.Condition()
        self.failures: list[BaseException] = []

    def put(self, key: str, work: Callable[[], None]) -> None:
        with self._idle:
            line = self._waiting.get(key)
            if line is not None:
                line.append(work)
                return
            self._waiting[key] = deque([work])
        self._pool.submit(self._run, key)

    def _run(self, key: str) -> None:
        while True:
            with self._idle:
                line = self._waiting[key]
                if not line:
                    del self._waiting[key]
                    self._idle.notify_all()
                    return
                work = line.popleft()
            try:
                work()
            except Exception as error:
                log.error("an errand failed: %s", type(error).__name__)
                self.failures.append(error)

    def settle(self, seconds: float = 20.0) -> None:
        """Wait until nothing is left to do. Raises TimeoutError, or what an errand raised."""
        with self._idle:
            if not self._idle.wait_for(lambda: not self._waiting, seconds):
                raise TimeoutError("errands are still under way")
        if self.failures:
            raise self.failures.pop(0)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


@dataclass
class Desk:
    account_sid: str
    wire: Wire
    clock: Callable[[], datetime]
    api_url: str  # of the fake REST, without the version
    errands: Errands = field(default_factory=Errands)
    alerts: deque[Alert] = field(default_factory=lambda: deque(maxlen=MOST_ALERTS))
    recordings: dict[str, float] = field(default_factory=dict)  # what <Record> took: seconds
    _alerted: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def alert(self, code: int, text: str, url: str, sid: str) -> None:
        with self._lock:
            self._alerted += 1
            self.alerts.append(Alert(self._alerted, self.clock(), code, text, url, sid))

    def call_back(self, sid: str, method: str, url: str, parameters: Mapping[str, str]) -> None:
        """Send a status callback in the background, after the earlier ones of this sid."""

        def work() -> None:
            exchange = self.wire.send(method, url, parameters)
            try:
                self._check_callback(good(exchange))
            except (FetchFailed, BadTwiml) as error:
                self.alert(error.code, error.text, url, sid)

        self.errands.put(sid, work)

    @staticmethod
    def _check_callback(exchange: Exchange) -> None:
        """A callback is answered by nothing or an empty <Response>; words are error 12200."""
        if not exchange.body.strip():
            return
        try:
            verbs = read_messaging(exchange.content_type, exchange.body)
        except BadTwiml as error:
            raise BadTwiml(12200, "A status callback is answered by nothing or <Response/>: "
                           + error.text) from None
        if verbs:
            raise BadTwiml(12200, "A status callback's answer may hold no verbs.")


def new_sid(prefix: str) -> str:
    """Twilio's identifiers: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


def rfc2822(at: datetime | None) -> str | None:
    """A time as Twilio's 2010 API writes it."""
    return None if at is None else format_datetime(at)


_PLACES = ("City", "State", "Zip", "Country")


def places(*parties: str) -> dict[str, str]:
    """The geographical parameters, sent blank where Twilio knows nothing of a number."""
    return {party + place: "" for party in parties for place in _PLACES}
