"""One telephone call, run as Twilio runs it.

A call goes on by itself until something must pass: words are being spoken, keys
are awaited, a pause, somebody else's telephone rings. Then it waits, and says
for what (`waiting`). No clock runs here: the page (or a test) says that the time
is up with `wait()`, after as many real seconds as it likes.

Keys pressed while no <Gather> listens are lost, as on a real line.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urljoin, urlsplit

from tryout.desk import API_VERSION, Desk, new_sid
from tryout.leg import Direction, Hooks, Leg
from tryout.transcript import exchange_detail, playing_time, speaking_time
from tryout.twiml import BadTwiml, Verb, read_voice
from tryout.wire import Exchange, FetchFailed, good

MOST_DOCUMENTS = 50  # fetched one after another without anybody doing anything
APOLOGY = "We are sorry. An application error has occurred. Goodbye."  # Twilio's own words

Kind = Literal["ringing", "speaking", "keys", "pause", "dial", "talk", "record"]
Away = Literal["busy", "no-answer", "failed"]


class NotNow(Exception):
    """The call does not wait for this."""


@dataclass(frozen=True)
class Waiting:
    """What the call waits for. `seconds` of speech, then `timeout` of silence, end it."""

    kind: Kind
    turn: int
    seconds: float = 0.0
    timeout: float = 0.0
    keyed: int = 0  # digits so far; which ones is nobody's business


@dataclass(frozen=True)
class Request:
    """A document to fetch next."""

    url: str
    method: str = "POST"
    parameters: Mapping[str, str] = field(default_factory=dict)
    is_fallback: bool = False


class Call(Leg):
    """Made by the account; driven by `begin`, `press`, `wait`, `hang_up` and their kin.

    Safe to use from several threads: whoever ends a waiting drives the call on.
    """

    def __init__(self, desk: Desk, hooks: Hooks, from_: str, to: str,
                 direction: Direction) -> None:
        super().__init__(desk, hooks, from_, to, direction)
        self.waiting: Waiting | None = None
        self.audio: list[tuple[str, bytes, str]] = []  # of <Play>: type, octets, language
        self._lock = threading.RLock()
        self._rest: deque[Verb] = deque()
        self._url = hooks.url
        self._verb = Verb("")  # the one that waits
        self._digits = ""
        self._recorded = 0.0
        self._turn = 0
        self._documents = 0
        self._fetched: dict[str, int | None] = {}  # address of a <Play>: its place in `audio`
        self._dial_sid = ""

    # -- what people do --------------------------------------------------------

    def begin(self) -> None:
        """Ring the hall (inbound) or the handset (outbound)."""
        if self.direction == "inbound":
            self.transcript.add("line", "dialled", detail={"number": self.to})
            self._drive(self._first())
            return
        with self._lock:
            self._tell("initiated")
            self._set_status("ringing", "ringing")
            self.transcript.add("line", "incoming", detail={"number": self.from_})
            self._wait_for("ringing", timeout=60)

    def answer(self) -> None:
        """Pick up a handset that rings, or the other telephone of a <Dial>."""
        with self._lock:
            kind = self._expect("ringing", "dial")
            if kind == "dial":
                self.transcript.add("line", "connected", detail={"number": self._verb.text})
                self._wait_for("talk")
                return
            self._pick_up()
            self.waiting = None
        self._drive(self._first())

    def decline(self, how: Away = "busy") -> None:
        """Do not pick up: the handset that rings, or the other telephone of a <Dial>."""
        with self._lock:
            kind = self._expect("ringing", "dial")
            if kind == "ringing":
                self._end(how)
                return
            after = self._dialled(how)
        self._drive(after)

    def press(self, keys: str) -> None:
        """Key 0-9, * and #, one after another."""
        for key in keys:
            self._press(key)

    def speak(self, seconds: float = 4.0) -> None:
        """Say something into a <Record>."""
        with self._lock:
            self._expect("record")
            self._recorded = min(self._recorded + seconds, self._verb.number("maxLength", 3600))
            self.transcript.add("caller", "spoke", seconds=seconds)
            self._wait_for("record", timeout=self._verb.number("timeout", 5))

    def wait(self, turn: int | None = None) -> None:
        """Let the present thing take its time: speech ends, silence is over, nobody answers.

        With `turn` only if nothing else has happened since that turn.
        """
        with self._lock:
            now = self.waiting
            if now is None or (turn is not None and turn != now.turn):
                return
            self.waiting = None
            if now.kind == "ringing":
                self._end("no-answer")
                return
            after = self._time_is_up(now.kind)
        self._drive(after)

    def listen(self) -> None:
        """Let the hall speak on until it asks for something, or the call is over."""
        while self.waiting and self.waiting.kind in ("speaking", "pause"):
            self.wait()

    def hang_up(self) -> None:
        """The caller hangs up: the step under way is never told, only the status callback."""
        with self._lock:
            if not self.ended:
                self.transcript.add("caller", "hung_up")
                self._end("completed")

    def end_from_outside(self, status: str) -> None:
        """The application ends the call by REST."""
        with self._lock:
            if not self.ended:
                self.transcript.add("hall", "hung_up")
                self._end(status)

    # -- running a document ----------------------------------------------------

    def _first(self) -> Request | None:
        if not self._hooks.twiml:
            return Request(self._hooks.url, self._hooks.method)
        self._take(Exchange("POST", "", {}, 200, "text/xml", "", self._hooks.twiml))
        return None

    def _drive(self, request: Request | None) -> None:
        """Fetch and execute until the call waits or is over."""
        while True:
            if request is not None:
                self._fetch(request)
            with self._lock:
                if self.ended:
                    return
                if not self._rest:
                    self._end("completed")
                    return
                request = self._execute(self._rest.popleft())
                if self.waiting or self.ended:
                    return

    def _fetch(self, request: Request) -> None:
        self._documents += 1
        if self._documents > MOST_DOCUMENTS:
            self._fail(11215, f"More than {MOST_DOCUMENTS} documents one after another, "
                       "and nobody did anything.", request)
            return
        exchange = self._desk.wire.send(request.method, request.url,
                                        {**self._parameters(), **request.parameters})
        with self._lock:
            if self.ended:
                return
            self.transcript.add("line", "exchange", detail=exchange_detail(exchange))
        try:
            self._take(good(exchange))
        except (FetchFailed, BadTwiml) as error:
            self._fail(error.code, error.text, request)

    def _take(self, exchange: Exchange) -> None:
        verbs = read_voice(exchange.content_type, exchange.body)
        for verb in (v for top in verbs for v in (top, *top.children)):
            if verb.name == "Play" and verb.text:
                self._fetch_audio(urljoin(exchange.url, verb.text))
        self._url = exchange.url
        self._rest = deque(verbs)

    def _fail(self, code: int, text: str, request: Request) -> None:
        """An application error: tell the fallback, or apologise as Twilio does."""
        self._desk.alert(code, text, request.url, self.sid)
        with self._lock:
            if self.ended:
                return
            self.transcript.add("line", "error", text=text,
                                detail={"code": code, "url": request.url})
            self._rest.clear()
        if self._hooks.fallback_url and not request.is_fallback:
            self._fetch(Request(self._hooks.fallback_url, self._hooks.fallback_method,
                                {"ErrorCode": str(code), "ErrorUrl": request.url}, True))
            return
        with self._lock:
            self._pick_up()
            self._rest.append(Verb("Say", {"language": "en-US"}, APOLOGY))

    def _fetch_audio(self, url: str) -> None:
        """What a <Play> plays, fetched once a call; a failure is an alert and silence."""
        if url in self._fetched:
            return
        self._fetched[url] = None
        exchange = self._desk.wire.send("GET", url, {})
        try:
            good(exchange)
            if not exchange.content_type.lower().startswith("audio/"):
                raise FetchFailed(12300, f"<Play> got {exchange.content_type or 'no type'}, "
                                         "which is not audio.")
        except FetchFailed as error:
            self._desk.alert(error.code, error.text, url, self.sid)
            self.transcript.add("line", "error", text=error.text,
                                detail={"code": error.code, "url": url})
            return
        self._fetched[url] = len(self.audio)
        self.audio.append((exchange.content_type, exchange.body, exchange.language))

    def _execute(self, verb: Verb) -> Request | None:
        """Begin one verb. The call then waits, ends, or goes on to what is returned."""
        self._verb = verb
        if verb.name == "Reject" and not self.answered:
            self.transcript.add("hall", "reject")
            self._end("busy" if verb.get("reason", "rejected") == "busy" else "no-answer")
            return None
        if verb.name not in ("Pause", "Redirect"):
            self._pick_up()
        match verb.name:
            case "Say" | "Play" | "Pause":
                seconds = self._prompt(verb, False)
                self._wait_for("pause" if verb.name == "Pause" else "speaking", seconds=seconds)
            case "Gather":
                self._digits = ""
                seconds = sum(self._prompt(child, True) for child in verb.children)
                self._wait_for("keys", seconds=seconds, timeout=verb.number("timeout", 5))
            case "Redirect":
                return Request(urljoin(self._url, verb.text), verb.get("method", "POST"))
            case "Dial":
                self._dial_sid = new_sid("CA")
                self.transcript.add("hall", "dial", detail={"number": verb.text})
                self._wait_for("dial", timeout=verb.number("timeout", 30))
            case "Record":
                self._recorded = 0.0
                self.transcript.add("hall", "record")
                self._wait_for("record", timeout=verb.number("timeout", 5))
            case _:  # Hangup, and a Reject that comes too late
                self.transcript.add("hall", "hung_up")
                self._end("completed")
        return None

    def _prompt(self, verb: Verb, interruptible: bool) -> float:
        """Write down what is heard. Returns its seconds."""
        if verb.name == "Pause":
            seconds = float(verb.number("length", 1))
            self.transcript.add("hall", "pause", seconds=seconds, interruptible=interruptible)
            return seconds
        times = verb.number("loop", 1) or 1000
        if verb.name == "Say":
            seconds = speaking_time(verb.text) * times
            self.transcript.add("hall", "say", text=verb.text, seconds=seconds,
                                language=verb.get("language", "en-US"),
                                interruptible=interruptible)
            return seconds
        url = urljoin(self._url, verb.text)
        place = self._fetched.get(url)
        seconds, language = 1.0, ""
        if place is not None:
            _, octets, language = self.audio[place]
            seconds = playing_time(octets) * times
        self.transcript.add("hall", "play", seconds=seconds, audio=place, language=language,
                            interruptible=interruptible,
                            detail={"url": url, "path": urlsplit(url).path,
                                    "digits": verb.get("digits", "")})
        return seconds

    # -- what comes in while it waits ------------------------------------------

    def _press(self, key: str) -> None:
        with self._lock:
            if self.ended:
                raise NotNow("The call is over.")
            now, verb = self.waiting, self._verb
            self.transcript.add("caller", "key", text=key)
            if now and now.kind == "keys" and "dtmf" in verb.get("input", "dtmf"):
                if key != verb.get("finishOnKey", "#"):
                    self._digits += key
                    if len(self._digits) < verb.number("numDigits", 1 << 30):
                        self._wait_for("keys", timeout=verb.number("timeout", 5))
                        return
                    key = ""
                after = self._gathered(key)
            elif now and now.kind == "record" and key in verb.get("finishOnKey", "1234567890*#"):
                after = self._recording_done(key)
            elif now and now.kind == "talk" and key == "*" and verb.true("hangupOnStar"):
                after = self._dialled("completed")
            else:
                self.transcript.add("line", "unheard", text=key)
                return
            self.waiting = None
            self._documents = 0
        self._drive(after)

    def _time_is_up(self, kind: Kind) -> Request | None:
        match kind:
            case "keys":
                if not self._digits:
                    self.transcript.add("caller", "silence")
                self._documents = 0
                return self._gathered("")
            case "dial":
                return self._dialled("no-answer")
            case "talk":
                return self._dialled("completed")
            case "record":
                return self._recording_done("")
            case _:
                return None

    def _gathered(self, finish: str) -> Request | None:
        verb = self._verb
        if not self._digits and not verb.true("actionOnEmptyResult"):
            return None  # falls through to the next verb
        more = {"msg": "Gather End", "FinishedOnKey": finish}
        if self._digits:
            more["Digits"] = self._digits
        self._digits = ""
        return self._to_action(more)

    def _dialled(self, how: str) -> Request | None:
        verb, self.waiting = self._verb, None
        self.transcript.add("line", "dial_over", detail={"how": how})
        if "action" not in verb.attributes:
            return None
        more = {"DialCallStatus": how, "DialCallSid": self._dial_sid}
        if how == "completed":
            more["DialCallDuration"] = "0"
        return self._to_action(more)

    def _recording_done(self, key: str) -> Request | None:
        if not self._recorded:
            return None  # an empty recording falls through
        sid = new_sid("RE")
        self._desk.recordings[sid] = self._recorded
        url = (f"{self._desk.api_url}/{API_VERSION}/Accounts/{self._desk.account_sid}"
               f"/Recordings/{sid}")
        about = {"RecordingSid": sid, "RecordingUrl": url,
                 "RecordingDuration": str(round(self._recorded))}
        hook = self._verb.get("recordingStatusCallback", "")
        if hook:
            self._desk.call_back(
                self.sid, self._verb.get("recordingStatusCallbackMethod", "POST"),
                urljoin(self._url, hook),
                {"AccountSid": self._desk.account_sid, "CallSid": self.sid, **about,
                 "RecordingStatus": "completed", "RecordingChannels": "1"})
        return self._to_action({**about, "Digits": key} if key else about)

    def _to_action(self, more: Mapping[str, str]) -> Request:
        """The verb's action; without one, the document under way once more."""
        return Request(urljoin(self._url, self._verb.get("action", self._url)),
                       self._verb.get("method", "POST"), more)

    # -- waiting ---------------------------------------------------------------

    def _expect(self, *kinds: Kind) -> Kind:
        if self.waiting is None or self.waiting.kind not in kinds:
            raise NotNow(f"The call waits for {self.waiting.kind if self.waiting else 'nothing'}.")
        return self.waiting.kind

    def _wait_for(self, kind: Kind, seconds: float = 0.0, timeout: float = 0.0) -> None:
        self._turn += 1
        self.waiting = Waiting(kind, self._turn, seconds, timeout, len(self._digits))

    def _end(self, status: str) -> None:
        self.waiting = None
        self._rest.clear()
        self._over(status)
