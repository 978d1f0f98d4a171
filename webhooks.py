"""What the phone's and the text's webhooks share: signatures and remembered turns.

Signature (Twilio, "Webhooks security"): base64 HMAC-SHA1, keyed with the
account's token, over the public URL and, for a POST, every parameter's name and
value in order of name. The URL is built from the configured public base, the
ASCII route and the raw query string, for what a proxy or Werkzeug makes of it
differs from what was signed.

Remembered turns: Twilio repeats requests. Each turn's reply is kept under its
conversation and step; the first reply stored wins, and every repeat gets the
same bytes. Keys are keyed hashes: no call or message id, no phone number.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, cast
from urllib.parse import unquote

import redis
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from flask import Flask, Response, abort, request
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry
from werkzeug.wrappers import Response as AnyResponse

from settings import Settings

TURN_TTL = 26 * 3600  # seconds; Twilio may repeat for 24 h (phone-and-sms facts, row 11)
MOST_PARAMETERS = 200  # Twilio sends some 30
MOST_BODY = 64 * 1024  # octets; a Body has 1,600 characters at most
REDIS_TIMEOUT = 0.5  # seconds; a caller waits


TWIML = "text/xml; charset=utf-8"

Environ = dict[str, Any]  # of WSGI
Turn = Callable[[dict[str, str], str], bytes]


class StoreAway(Exception):
    """Redis cannot be asked: no session, no replay protection, levels above 0 stay closed."""


def signature(token: str, url: str, parameters: Mapping[str, list[str]]) -> str:
    """What Twilio writes into X-Twilio-Signature. Repeated values count once, sorted,
    as in Twilio's own SDK."""
    text = url + "".join(
        name + value
        for name in sorted(parameters)
        for value in (parameters[name] if len(parameters[name]) == 1
                      else sorted(set(parameters[name])))
    )
    digest = hmac.digest(token.encode(), text.encode(), "sha1")
    return base64.b64encode(digest).decode()


class Doors:
    """Guards the webhooks of one account; fail-closed: no signature, no answer."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.public_url
        self._tokens = [t for t in (settings.twilio_auth_token,
                                    settings.twilio_auth_token_secondary) if t]

    def guarded(self, view: Callable[..., Response]) -> Callable[..., Response]:
        """Wrap a view: it gets the signed parameters as its first argument, or nobody does."""

        @wraps(view)
        def check(**route: str) -> Response:
            return view(self.signed_parameters(request.environ), **route)

        check.__dict__["guarded"] = True  # a test walks the routes and looks for this
        return check

    def turn(self, work: Turn) -> Callable[..., Response]:
        """A guarded view that answers with TwiML: `work` gets the signed parameters and the
        query string. `Express` finds it by the mark and answers it without Flask."""

        @self.guarded
        @wraps(work)
        def view(given: dict[str, str]) -> Response:
            return Response(work(given, request.environ.get("QUERY_STRING", "")),
                            content_type=TWIML)

        view.__dict__["turn"] = self, work
        return view

    def signed_parameters(self, environ: Environ) -> dict[str, str]:
        """The parameters of a signed request; aborts with 403 when it is not."""
        # From the WSGI environment itself: Werkzeug's readers cost as much as the check.
        given = environ.get("HTTP_X_TWILIO_SIGNATURE", "")
        length = environ.get("CONTENT_LENGTH") or "0"
        if not given or not length.isdecimal() or int(length) > MOST_BODY:
            abort(403)
        try:
            many = form(environ["wsgi.input"].read(int(length)).decode())
        except ValueError:
            abort(403)
        query = environ.get("QUERY_STRING", "")
        url = self._base + environ["PATH_INFO"] + ("?" + query if query else "")
        for token in self._tokens:
            if hmac.compare_digest(signature(token, url, many).encode(), given.encode()):
                return {name: values[-1] for name, values in many.items()}
        abort(403)


class Express:
    """Answers turns before Flask is entered: its dispatch costs about what a whole turn
    does. Everything else goes the usual way.

    Set as `app.wsgi_app` after the routes are registered. `trouble` makes the answer for
    a refusal or an error, as the application would; `headers` are those it adds to all.
    """

    def __init__(self, app: Flask, trouble: Callable[[Exception], AnyResponse],
                 headers: Iterable[tuple[str, str]]) -> None:
        self._app = app.wsgi_app
        self._trouble = trouble
        self._headers = [("Content-Type", TWIML), *headers]
        self._turns: dict[str, tuple[Doors, Turn]] = {
            rule.rule: mark for rule in app.url_map.iter_rules()
            if (mark := getattr(app.view_functions[rule.endpoint], "turn", None))}

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        found = self._turns.get(environ["PATH_INFO"])
        if found is None or environ["REQUEST_METHOD"] != "POST":
            return self._app(environ, start_response)
        doors, work = found
        try:
            body = work(doors.signed_parameters(environ), environ.get("QUERY_STRING", ""))
        except Exception as error:  # what Flask's own error handlers would do
            return self._trouble(error)(environ, start_response)
        start_response("200 OK", [*self._headers, ("Content-Length", str(len(body)))])
        return (body,)


def form(text: str) -> dict[str, list[str]]:
    """What a form's body says, as urllib's parse_qsl reads it with blank values kept, at a
    third of its price. Raises ValueError for more than MOST_PARAMETERS."""
    pairs = text.split("&")
    if len(pairs) > MOST_PARAMETERS:
        raise ValueError("too many parameters")
    found: dict[str, list[str]] = {}
    for pair in pairs:
        if pair:
            name, _, value = pair.partition("=")
            found.setdefault(_plain(name), []).append(_plain(value))
    return found


def _plain(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    return unquote(text) if "%" in text else text


_COMMIT = """
local old = redis.call('HGET', KEYS[1], ARGV[1])
if old then return old end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2], 's', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return false
"""

_COMMIT_APART = """
local old = redis.call('GET', KEYS[1])
if old then return old end
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[5] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4])
return false
"""


class Turns:
    """Sessions and replies of conversations, in Redis.

    Not guaranteed: that two deliveries of one turn arriving at the same instant
    are not both worked out. They are; but one reply is stored, both get it, and
    effects carry keys that make their repetition harmless.

    Sessions and replies are sealed: they may say what a code has opened. The same content is
    sealed into the same octets (RFC 5297), so that Redis can compare a session with another.
    """

    def __init__(self, settings: Settings) -> None:
        self._secret = hashlib.sha256(b"turns:" + settings.secret.encode()).digest()
        self._cipher = AESSIV(hashlib.sha512(b"turns-sealed:" + settings.secret.encode()).digest())
        self._redis = redis.Redis.from_url(
            settings.redis_url, socket_timeout=REDIS_TIMEOUT, socket_connect_timeout=REDIS_TIMEOUT,
            retry=Retry(NoBackoff(), 1), health_check_interval=0)
        self._commit = self._redis.register_script(_COMMIT)
        self._commit_apart = self._redis.register_script(_COMMIT_APART)
        self._kept = threading.local()  # a thread's own connection

    def key(self, kind: str, *parts: str) -> str:
        """A Redis key that names nobody: kind and a keyed hash of the parts."""
        digest = hmac.digest(self._secret, "\0".join((kind, *parts)).encode(), "sha256")
        return f"{kind}:{digest[:18].hex()}"

    def ping(self) -> bool:
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False

    def _ask(self, *command: Any) -> Any:
        """One command on the connection that this thread keeps, once more where it broke:
        all our commands may be repeated. It is redis-py's connection without the client
        around it, whose accounting costs more than twice the command itself."""
        try:
            return self._once(command)
        except redis.ResponseError:
            raise
        except redis.RedisError:
            return self._once(command)

    def _once(self, command: tuple[Any, ...]) -> Any:
        connection = getattr(self._kept, "connection", None)
        if connection is None:
            connection = self._kept.connection = self._redis.connection_pool.get_connection()
        connection.send_command(*command)  # connects when it must; drops the line on any error
        return connection.read_response()

    def _run(self, script: Script, keys: list[str], *arguments: Any) -> Any:
        try:
            return self._ask("EVALSHA", script.sha, len(keys), *keys, *arguments)
        except redis.exceptions.NoScriptError:
            return self._ask("EVAL", script.script, len(keys), *keys, *arguments)

    def _seal(self, key: str, content: bytes) -> bytes:
        """Under its key only: what is put elsewhere cannot be opened there."""
        return self._cipher.encrypt(content, [key.encode()]) if content else b""

    def _open(self, key: str, sealed: object) -> bytes | None:
        """None for nothing, and for what another secret sealed."""
        if not isinstance(sealed, bytes):
            return None
        try:
            return self._cipher.decrypt(sealed, [key.encode()]) if sealed else b""
        except InvalidTag:
            return None

    # A conversation with steps (a call): one hash, a reply a step, one session.

    def recall(self, key: str, step: str) -> tuple[bytes | None, bytes | None]:
        """(session, reply of this step if it was given already)."""
        try:
            session, reply = self._ask("HMGET", key, "s", step)
        except redis.RedisError as error:
            raise StoreAway(type(error).__name__) from None
        return self._open(key, session), self._open(key, reply)

    def remember(self, key: str, step: str, session: bytes, reply: bytes) -> bytes:
        """Store session and reply; returns the reply that counts (an earlier one wins)."""
        try:
            old = self._run(self._commit, [key], step, self._seal(key, reply),
                            self._seal(key, session), TURN_TTL)
        except redis.RedisError as error:
            raise StoreAway(type(error).__name__) from None
        return self._open(key, old) or reply

    # Single messages (texts): the reply under its message, the session under the sender.

    def recall_apart(self, reply_key: str, session_key: str) -> tuple[bytes | None, bytes | None]:
        """(session, reply of this message if it was given already)."""
        try:
            reply, session = self._ask("MGET", reply_key, session_key)
        except redis.RedisError as error:
            raise StoreAway(type(error).__name__) from None
        return self._open(session_key, session), self._open(reply_key, reply)

    def remember_apart(self, reply_key: str, session_key: str, before: bytes | None,
                       session: bytes, reply: bytes, session_ttl: int) -> bytes | None:
        """As `remember`, for a message and its sender's session of `session_ttl` seconds.

        None, and nothing stored, when the session is not `before` any more: another
        message of the sender came between, a STOP perhaps, and the turn must be worked
        out again on what it left.
        """
        try:
            old = self._run(self._commit_apart, [reply_key, session_key],
                            self._seal(reply_key, reply), TURN_TTL,
                            self._seal(session_key, session), session_ttl,
                            self._seal(session_key, before or b""))
        except redis.RedisError as error:
            raise StoreAway(type(error).__name__) from None
        if old is None:
            return reply
        return self._open(reply_key, old) if isinstance(old, bytes) else None

    def queue(self, name: str, value: bytes) -> None:
        """Put a value aside until the service is back (see `unqueue`)."""
        try:
            self._redis.rpush("queue:" + name, value)
        except redis.RedisError as error:
            raise StoreAway(type(error).__name__) from None

    def unqueue(self, name: str, work: Callable[[bytes], None]) -> int:
        """Hand each value put aside to `work`, oldest first; one is removed only after
        `work` returned. Returns how many. Meant for one worker at a time."""
        done = 0
        try:
            while value := cast(bytes | None, self._redis.lindex("queue:" + name, 0)):
                work(value)
                self._redis.lpop("queue:" + name)
                done += 1
        except redis.RedisError as error:
            raise StoreAway(type(error).__name__) from None
        return done
