"""Sending one text through Twilio's REST interface, and what its errors mean.

What an error means is data, in `errors.yaml`. Where nobody can know whether a
message went out (the connection broke while Twilio had the request), the
outcome is `unknown`.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Literal

import msgspec
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client as TwilioClient
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from settings import Settings

TIMEOUT = 15.0  # seconds for one request; well within the lease of a message
TWILIO = "https://api.twilio.com"

ErrorClass = Literal["retry", "permanent", "stopped", "unknown"]


class Meaning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the table; `means` is for staff."""

    kind: ErrorClass = msgspec.field(name="class")
    means: str


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    codes: dict[str, Meaning]
    http: dict[str, Meaning]


class Sent(msgspec.Struct, frozen=True):
    """What became of one attempt. `error` is the provider's code, or a word of ours."""

    state: Literal["sent", "retry", "failed", "stopped", "unknown"]
    provider_id: str = ""
    error: str = ""


ERRORS = msgspec.yaml.decode(
    Path(__file__).with_name("errors.yaml").read_bytes(), type=_Table)


def meaning(code: str, status: int) -> Meaning:
    """What an error code, or where it is not known the HTTP status, means."""
    by_status = ERRORS.http.get(str(status)) or ERRORS.http["5xx" if status >= 500 else "4xx"]
    return ERRORS.codes.get(code, by_status)


class Sender:
    """Sends through one account, from our number."""

    def __init__(self, settings: Settings) -> None:
        self._from = settings.twilio_number
        self._callback = f"{settings.public_url}/sms/status"
        self._twilio = TwilioClient(settings.twilio_account_sid, settings.twilio_auth_token,
                                    http_client=_Wire(settings.twilio_api_base))

    def send(self, to: str, text: str, notification: str) -> Sent:
        """One attempt, never repeated here. `notification` is our opaque id; callbacks bring
        it back."""
        try:
            made = self._twilio.messages.create(
                to=to, from_=self._from, body=text,
                status_callback=f"{self._callback}?notification={notification}")
        except TwilioRestException as error:
            return _refused(error)
        except requests.RequestException as error:
            if never_left(error):
                return Sent("retry", error="no-connection")
            return Sent("unknown", error=type(error).__name__)
        except ValueError:
            return Sent("unknown", error="unreadable-answer")
        return Sent("sent", provider_id=str(made.sid))


def _refused(error: TwilioRestException) -> Sent:
    # Where an answer holds no code of Twilio's, its SDK repeats the HTTP status.
    code = "" if error.code in (None, error.status) else str(error.code)
    found = meaning(code, error.status)
    state: Literal["retry", "failed", "stopped", "unknown"] = (
        "failed" if found.kind == "permanent" else found.kind)
    return Sent(state, error=code or f"http-{error.status}")


def never_left(error: requests.RequestException) -> bool:
    """True when no connection was made, so that nothing can have been sent."""
    reason = error.args[0].reason if error.args and isinstance(error.args[0], MaxRetryError) \
        else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


class _Wire(TwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """Twilio's own client, to another address where settings name one, and each request on
    a fresh connection: on a kept one that just closed nobody knows what was received."""

    def __init__(self, base: str) -> None:
        super().__init__(pool_connections=False, timeout=TIMEOUT)
        self._base = base
        self.logger.setLevel(logging.WARNING)  # it would write phone numbers

    def request(self, method: str, url: str, *arguments: Any, **named: Any) -> Response:
        return super().request(method, self._base + url.removeprefix(TWILIO), *arguments, **named)
