"""The account: its numbers, its calls, its texts. What Twilio would keep for a customer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from tryout.calls import Call
from tryout.desk import Alert, Desk, Line
from tryout.leg import FINAL, Hooks
from tryout.messages import Messages
from tryout.refusals import MAGIC_SENDER, Refusal, check_call
from tryout.twiml import BadTwiml, read_voice
from tryout.wire import DEADLINE, Wire, is_address

MOST_TWIML = 4000  # characters of a Twiml parameter
AUDIBLE = 50  # calls whose recordings are kept; older ones keep their words
EVENTS = frozenset(("initiated", "ringing", "answered", "completed"))


class Account:
    """One fake Twilio account. `sid` and `token` are what the product was given.

    `api_url` is where its REST is reached, without the version. `deadline` is the
    time a webhook has, in seconds. Safe to use from many threads.
    """

    def __init__(self, sid: str, token: str, lines: Iterable[Line], *, api_url: str = "",
                 clock: Callable[[], datetime] = lambda: datetime.now(UTC),
                 deadline: float = DEADLINE) -> None:
        self.sid, self.token = sid, token
        self.lines = {line.number: line for line in lines}
        self.desk = Desk(sid, Wire(token, deadline), clock, api_url.rstrip("/"))
        self.messages = Messages(self.desk, self.lines)
        self.calls: dict[str, Call] = {}
        self._lock = threading.Lock()

    @property
    def alerts(self) -> list[Alert]:
        """What the application did wrong so far, oldest first."""
        return list(self.desk.alerts)

    def settle(self) -> None:
        """Wait until no webhook or callback is under way."""
        self.desk.errands.settle()

    def close(self) -> None:
        self.desk.errands.close()

    def dial(self, from_: str, to: str) -> Call:
        """Somebody calls one of the account's numbers; returns when the hall has begun to speak.

        Raises KeyError for a number that is not the account's.
        """
        call = self.ring(from_, to)
        call.begin()
        return call

    def ring(self, from_: str, to: str) -> Call:
        """An inbound call that has not begun yet (see `Call.begin`)."""
        line = self.lines[to]
        return self._add(Call(self.desk, Hooks(
            url=line.voice_url, fallback_url=line.voice_fallback_url,
            status_url=line.voice_status_url), from_, to, "inbound"))

    def create_call(self, parameters: Mapping[str, str], events: Iterable[str]) -> Call:
        """Call out by REST (POST Calls.json); the handset begins to ring. Raises Refusal."""
        from_, to = parameters.get("From", ""), parameters.get("To", "")
        check_call(from_, to, frozenset(self.lines))
        url, twiml = parameters.get("Url", ""), parameters.get("Twiml", "")
        if bool(url) == bool(twiml) or (url and not is_address(url)):
            raise Refusal(21205, url)
        if len(twiml) > MOST_TWIML:
            raise Refusal(20001, "Twiml")
        asked = frozenset(word for event in events for word in event.split())
        if asked - EVENTS:
            raise Refusal(20001, "StatusCallbackEvent")
        document = b""
        if twiml:
            document = twiml.encode()
            try:
                read_voice("text/xml", document)
            except BadTwiml as error:
                raise Refusal(error.code, text=error.text) from None
        call = self._add(Call(self.desk, Hooks(
            url=url, method=parameters.get("Method", "POST"), twiml=document,
            fallback_url=parameters.get("FallbackUrl", ""),
            fallback_method=parameters.get("FallbackMethod", "POST"),
            status_url=parameters.get("StatusCallback", ""),
            status_method=parameters.get("StatusCallbackMethod", "POST"),
            events=asked or frozenset(("completed",))), from_, to, "outbound-api"))
        if from_ != MAGIC_SENDER:
            call.begin()
        return call

    def update_call(self, call: Call, parameters: Mapping[str, str]) -> None:
        """End a call by REST (Status=completed or canceled). Raises Refusal."""
        status = parameters.get("Status", "")
        if status not in ("completed", "canceled"):
            raise Refusal(20001, "Status")
        if call.status in FINAL or (status == "canceled" and call.answered):
            raise Refusal(21220)
        # Twilio: `completed` ends a call that only rings as well, and then cancels it.
        call.end_from_outside("completed" if call.answered else "canceled")

    def ringing_at(self, number: str) -> Call | None:
        """The call that makes this handset ring now."""
        with self._lock:
            calls = list(self.calls.values())
        return next((c for c in calls if c.direction == "outbound-api" and c.to == number
                     and c.status == "ringing"), None)

    def _add(self, call: Call) -> Call:
        with self._lock:
            self.calls[call.sid] = call
            if len(self.calls) > AUDIBLE:
                old = list(self.calls.values())[-AUDIBLE - 1]
                if old.ended:
                    old.audio.clear()
        return call

