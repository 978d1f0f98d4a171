"""How the account calls a webhook: signed, over real HTTP, within fifteen seconds.

The signature is Twilio's (docs: "Webhooks security"): base64 of HMAC-SHA1, keyed
with the account's token, over the full address and, for a POST, each parameter's
name and value in order of name. The tests hold it against Twilio's own SDK.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

import requests

DEADLINE = 15.0  # seconds for a whole request, connecting included
MOST_OCTETS = 8 * 1024 * 1024  # of one answer; a minute of 8 kHz PCM has one


class FetchFailed(Exception):
    """No usable answer; `code` is Twilio's: 11200 a bad status, 11205 none in time."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True)
class Exchange:
    """One request and what came back. `error` is empty when all went well."""

    method: str
    url: str
    parameters: Mapping[str, str]
    status: int = 0
    content_type: str = ""
    language: str = ""
    body: bytes = b""
    error: str = ""


def sign(token: str, url: str, parameters: Mapping[str, str]) -> str:
    """What stands in X-Twilio-Signature."""
    message = url + "".join(name + parameters[name] for name in sorted(parameters))
    mac = hmac.new(token.encode(), message.encode(), hashlib.sha1)
    return base64.b64encode(mac.digest()).decode()


class Wire:
    """Requests of one account. Safe to use from many threads."""

    def __init__(self, token: str, deadline: float = DEADLINE) -> None:
        self._token = token
        self._deadline = deadline

    def send(self, method: str, url: str, parameters: Mapping[str, str]) -> Exchange:
        """One request. Never raises for what the other side did: see `Exchange.status`.

        The fragment (Twilio's connection overrides) is neither sent nor signed.
        """
        parts = urlsplit(url)
        query = parts.query
        data: Mapping[str, str] | None = parameters
        if method == "GET":
            query = "&".join(filter(None, (query, urlencode(parameters))))
            data = None
        address = urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
        headers = {
            "X-Twilio-Signature": sign(self._token, address, data or {}),
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        try:
            return self._send(method, address, parameters, data, headers)
        except requests.RequestException as error:
            return Exchange(method, address, parameters,
                            error=f"No answer from the webhook: {type(error).__name__}.")
        except TimeoutError:
            return Exchange(method, address, parameters,
                            error=f"The webhook took longer than {self._deadline:g} seconds.")

    def _send(self, method: str, url: str, parameters: Mapping[str, str],
              data: Mapping[str, str] | None, headers: Mapping[str, str]) -> Exchange:
        ends = time.monotonic() + self._deadline
        with requests.Session() as session:
            session.trust_env = False  # a proxy of this machine is not on Twilio's way
            got = session.request(method, url, data=data, headers=dict(headers), stream=True,
                                  timeout=self._deadline, allow_redirects=False)
            body = b""
            for chunk in got.iter_content(64 * 1024):
                body += chunk
                if time.monotonic() > ends:
                    raise TimeoutError
                if len(body) > MOST_OCTETS:
                    return Exchange(method, url, parameters, got.status_code,
                                    error=f"The answer has more than {MOST_OCTETS} octets.")
        return Exchange(method, url, parameters, got.status_code,
                        got.headers.get("Content-Type", ""),
                        got.headers.get("Content-Language", ""), body)


def good(exchange: Exchange) -> Exchange:
    """The exchange if it succeeded. Raises FetchFailed."""
    if exchange.error:
        raise FetchFailed(11205, exchange.error)
    if not 200 <= exchange.status < 300:
        raise FetchFailed(11200, f"The webhook answered with status {exchange.status}.")
    return exchange


def is_address(url: str) -> bool:
    """Whether Twilio would accept this as the address of a webhook."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)
