"""Texts: in by a signed webhook, out by REST or as a reply, and who said STOP.

A message's states follow one another in the background: queued, sending, sent,
delivered (or undelivered, 30006, at a landline). Its status callbacks arrive in
that order, each after the one before it was answered.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Literal
from urllib.parse import urljoin

from tryout import segments
from tryout.desk import API_VERSION, Desk, Line, new_sid, places, rfc2822
from tryout.refusals import MAGIC_SENDER, Refusal, check_text, takes_no_texts
from tryout.transcript import exchange_detail
from tryout.twiml import MOST_MESSAGE, BadTwiml, Verb, read_messaging
from tryout.wire import Exchange, FetchFailed, good, is_address

MOST_REPLIES = 10  # <Message> in answer to one text (14109)
MOST_HOPS = 10  # <Redirect> in answer to one text

# Only a text of one of these words alone counts (Twilio, "opt-out keywords").
STOP = frozenset(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"))
START = frozenset(("START", "YES", "UNSTOP"))
HELP = frozenset(("HELP", "INFO"))
STOPPED = ("You have successfully been unsubscribed. You will not receive any more messages "
           "from this number. Reply START to resubscribe.")
STARTED = ("You have successfully been re-subscribed to messages from this number. "
           "Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.")
HELPED = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."

Direction = Literal["inbound", "outbound-api", "outbound-reply"]


@dataclass
class Message:
    """One text. `n` counts all texts of the account; `automatic`: Twilio's own answer to STOP."""

    n: int
    sid: str
    account_sid: str
    direction: Direction
    from_: str
    to: str
    body: str
    status: str
    created: datetime
    updated: datetime
    sent: datetime | None = None
    error: int | None = None
    automatic: bool = False
    callback: str = ""
    exchanges: list[dict[str, Any]] = field(default_factory=list)

    @property
    def size(self) -> segments.Size:
        return segments.size(self.body)

    def as_json(self) -> dict[str, Any]:
        """The Message resource as Twilio's 2010 API shows it."""
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "sid": self.sid, "account_sid": self.account_sid, "api_version": API_VERSION,
            "from": self.from_, "to": self.to, "body": self.body, "direction": self.direction,
            "status": self.status, "num_segments": str(self.size.segments), "num_media": "0",
            "date_created": rfc2822(self.created), "date_updated": rfc2822(self.updated),
            "date_sent": rfc2822(self.sent), "error_code": self.error,
            "error_message": "Landline or unreachable carrier" if self.error == 30006 else None,
            "messaging_service_sid": None, "price": None, "price_unit": "USD",
            "uri": uri + ".json", "subresource_uris": {"media": uri + "/Media.json"},
        }


class Messages:
    """All texts of an account. Safe to use from many threads."""

    def __init__(self, desk: Desk, lines: dict[str, Line]) -> None:
        self._desk, self._lines = desk, lines
        self._own = frozenset(lines)
        self._lock = threading.Lock()
        self._stopped: set[tuple[str, str]] = set()  # (own number, who said STOP)
        self.all: list[Message] = []
        self._shown: list[Message] = []  # in the order in which handsets saw them

    def create(self, from_: str, to: str, body: str, callback: str = "") -> Message:
        """Send by REST. Raises Refusal."""
        check_text(from_, to, self._own)
        if not body:
            raise Refusal(21602)
        if len(body) > MOST_MESSAGE:
            raise Refusal(21617)
        if callback and not is_address(callback):
            raise Refusal(21609, callback)
        if self.stopped(from_, to):
            raise Refusal(21610)
        message = self._add("outbound-api", from_, to, body, "queued", callback=callback)
        if from_ != MAGIC_SENDER:
            self._desk.errands.put(message.sid, lambda: self._deliver(message))
        return message

    def receive(self, from_: str, to: str, body: str) -> Message:
        """Somebody texts one of the account's numbers; the webhook is told in the background."""
        line = self._lines[to]
        message = self._add("inbound", from_, to, body[:MOST_MESSAGE], "received")
        self._shown.append(message)
        self._keyword(message)
        self._desk.errands.put(from_ + to, lambda: self._forward(message, line))
        return message

    def repeat(self, message: Message) -> None:
        """Send the same inbound text to the webhook once more, as Twilio does at times."""
        self._desk.errands.put(message.from_ + message.to,
                               lambda: self._forward(message, self._lines[message.to]))

    def stopped(self, own: str, other: str) -> bool:
        return (own, other) in self._stopped

    def of(self, number: str, after: int = 0) -> tuple[list[Message], int]:
        """What a handset shows: its own texts and what has reached it, after a place in
        the account's traffic; and the place to ask from next time."""
        shown = self._shown[max(after, 0):]
        return [m for m in shown if number in (m.from_, m.to)], max(after, 0) + len(shown)

    # -- how -------------------------------------------------------------------

    def _add(self, direction: Direction, from_: str, to: str, body: str, status: str,
             **more: Any) -> Message:
        with self._lock:
            now = self._desk.clock()
            message = Message(len(self.all) + 1, new_sid("SM"), self._desk.account_sid, direction,
                              from_, to, body, status, now, now, **more)
            self.all.append(message)
            return message

    def _keyword(self, message: Message) -> None:
        """Twilio's own handling of STOP, START and HELP, before the webhook hears of it."""
        pair = (message.to, message.from_)
        word = message.body.strip().upper()
        answer = ""
        if word in STOP:
            self._stopped.add(pair)
            answer = STOPPED
        elif word in START and pair in self._stopped:
            self._stopped.discard(pair)
            answer = STARTED
        elif word in HELP and pair not in self._stopped:
            answer = HELPED
        if answer:
            reply = self._add("outbound-reply", message.to, message.from_, answer, "queued",
                              automatic=True)
            self._desk.errands.put(message.from_ + message.to, lambda: self._deliver(reply))

    def _deliver(self, message: Message) -> None:
        self._set(message, "sending")
        message.sent = self._desk.clock()
        self._set(message, "sent")
        if takes_no_texts(message.to):
            message.error = 30006
            self._set(message, "undelivered")
        else:
            self._set(message, "delivered")
            self._shown.append(message)

    def _set(self, message: Message, status: str) -> None:
        message.status, message.updated = status, self._desk.clock()
        if not message.callback:
            return
        about = {"MessageSid": message.sid, "SmsSid": message.sid, "MessageStatus": status,
                 "SmsStatus": status, "AccountSid": message.account_sid, "From": message.from_,
                 "To": message.to, "ApiVersion": API_VERSION}
        if message.error:
            about["ErrorCode"] = str(message.error)
        if status == "delivered":
            about["RawDlrDoneDate"] = message.updated.strftime("%y%m%d%H%M")
        self._desk.call_back(message.sid, "POST", message.callback, about)

    def _forward(self, message: Message, line: Line) -> None:
        about = {
            "MessageSid": message.sid, "SmsSid": message.sid, "SmsMessageSid": message.sid,
            "AccountSid": message.account_sid, "From": message.from_, "To": message.to,
            "Body": message.body, "NumMedia": "0", "SmsStatus": "received",
            "NumSegments": str(message.size.segments), "ApiVersion": API_VERSION,
            **places("From", "To"),
        }
        url, method, more = line.sms_url, "POST", dict[str, str]()
        for _ in range(MOST_HOPS):
            exchange = self._desk.wire.send(method, url, {**about, **more})
            message.exchanges.append(exchange_detail(exchange))
            try:
                verbs = read_messaging(good(exchange).content_type, exchange.body)
            except (FetchFailed, BadTwiml) as error:
                message.exchanges[-1]["error"] = f"{error.code}: {error.text}"
                self._desk.alert(error.code, error.text, url, message.sid)
                if "ErrorUrl" in more or not line.sms_fallback_url:
                    return
                more = {"ErrorCode": str(error.code), "ErrorUrl": url}
                url, method = line.sms_fallback_url, "POST"
                continue
            redirect = self._reply(message, exchange, verbs)
            if redirect is None:
                return
            url, method = urljoin(exchange.url, redirect.text), redirect.get("method", "POST")
        self._desk.alert(14106, f"More than {MOST_HOPS} documents for one text.", url, message.sid)

    def _reply(self, message: Message, exchange: Exchange,
               verbs: tuple[Verb, ...]) -> Verb | None:
        """Send the <Message>s up to a <Redirect>, which is returned."""
        for count, verb in enumerate(verbs, 1):
            if verb.name == "Redirect":
                return verb
            if count > MOST_REPLIES:
                self._desk.alert(14109, f"More than {MOST_REPLIES} replies to one text.",
                                 exchange.url, message.sid)
                break
            to, from_ = verb.get("to", message.from_), verb.get("from", message.to)
            try:
                check_text(from_, to, self._own)
                if self.stopped(from_, to):
                    raise Refusal(21610)
            except Refusal as refusal:
                self._desk.alert(refusal.code, refusal.text, exchange.url, message.sid)
                continue
            hook = verb.get("statusCallback", "")
            reply = self._add("outbound-reply", from_, to, verb.text, "queued",
                              callback=urljoin(exchange.url, hook) if hook else "")
            self._desk.errands.put(to + from_, partial(self._deliver, reply))
        return None

