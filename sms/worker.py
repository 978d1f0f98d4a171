"""The worker that sends texts: `python -m sms.worker`.

It first tells the service what was put aside while that was away (a STOP
above all), then claims messages and sends them one by one. It ends on SIGTERM
after the message in hand; what it had claimed comes back to the outbox when
the lease runs out.
"""

from __future__ import annotations

import logging
import secrets
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from types import FrameType
from zoneinfo import ZoneInfo

from settings import Settings, SettingsError
from sms import replies
from sms.aside import Consent, Outcome, Teller
from sms.sender import Sender, Sent
from status_service import wording
from status_service.client import Client, Notification, Refused, ServiceAway
from webhooks import StoreAway, Turns

POLL = 1.0  # seconds between two looks into an empty outbox
AWAY = 5.0  # seconds until the next try when the service or Redis is away
SHOWN = 4  # last digits of the case number beside a code: whoever reads over a shoulder
BATCH = 10  # messages claimed at once; a number sends about one a second

log = logging.getLogger("sms.worker")


class Worker:
    """One worker. `round` is one look into the outbox; `run` goes on until `stop`."""

    def __init__(self, settings: Settings, client: Client, turns: Turns, sender: Sender,
                 clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._client = client
        self._sender = sender
        self._teller = Teller(settings, client, turns)
        self._zone = ZoneInfo(settings.zone)
        self._clock = clock
        self._name = f"sms-{secrets.token_hex(6)}"
        self._ending = threading.Event()

    def stop(self) -> None:
        self._ending.set()

    def run(self) -> None:
        log.info("sending texts as %s", self._name)
        while not self._ending.is_set():
            self._ending.wait(self._next())
        log.info("ended")

    def _next(self) -> float:
        """One round; returns the seconds to wait before the next."""
        try:
            return 0.0 if self.round() else POLL
        except (ServiceAway, StoreAway) as away:
            log.warning("%s: %s; trying again in %s s", type(away).__name__, away, AWAY)
        except Refused as refused:
            log.error("the service refused the worker: %s",
                      refused.problem.get("type", refused.status))
        return AWAY

    def round(self) -> int:
        """Send what is due; returns how many messages were taken. A STOP that was put aside
        goes first: while it cannot be read, nothing is sent."""
        self._teller.catch_up()
        claimed = self._client.claim("sms", self._name, BATCH)
        for message in claimed:
            if self._ending.is_set():
                break
            self._send(message)
        return len(claimed)

    def _send(self, message: Notification) -> None:
        text = self._text(message)
        if not self._client.begin(message.id, self._name):
            log.info("%s is not to be sent any more", message.id)
            return
        sent = self._sender.send(message.recipient, text, message.id)
        log.info("%s: %s %s", message.id, sent.state, sent.error)
        self._tell(message, sent)

    def _tell(self, message: Notification, sent: Sent) -> None:
        state = "failed" if sent.state == "stopped" else sent.state
        if sent.state == "stopped":
            self._teller.tell(Consent(message.recipient, True, f"{sent.error}:{message.id}",
                                      self._clock()))
        self._teller.tell(Outcome(message.id, state, sent.provider_id, sent.error))

    def _text(self, message: Notification) -> str:
        text = ""
        if message.answer is not None:
            text = wording.answer_text(message.answer, message.language, self._today())
        elif message.matter is not None:
            text = wording.guide_text(message.matter, message.language)
        elif message.code:
            text = replies.LINES[message.language]["one_time"].format(
                code=message.code, number=message.subject[-SHOWN:])
        return replies.within_limit(text)

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        settings = Settings.load()
    except SettingsError as error:
        sys.exit(str(error))
    worker = Worker(settings, Client(settings.service_url, settings.service_token),
                    Turns(settings), Sender(settings))

    def end(_signal: int, _frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    worker.run()


if __name__ == "__main__":
    main()
