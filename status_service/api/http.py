"""How every route of /v1 is made: who may, what comes in, what goes out.

A route states its scope, its parameters, its body and its answer as types. The
types check the requests, write the responses and make the OpenAPI document,
so none of the three can say something else than the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from flask import Flask, Response, request
from prometheus_client import CollectorRegistry, Counter
from sqlalchemy.engine import Engine

from settings import Settings
from status_service.api.errors import Problem
from status_service.guides.hall import Knowledge
from status_service.trust import levels
from status_service.trust.audit import Audit
from status_service.trust.desk import CLERK_NUMBER
from status_service.trust.personal import Vault
from status_service.trust.tokens import Token, Tokens

MOST_BODY = 256 * 1024  # octets of one JSON body; streams have a limit a line
PAGE = 100  # entries of a list at once
CLERK = "Hallway-Clerk"  # who works with a program of the staff: their number, never a name

T = TypeVar("T")
_encode = msgspec.json.Encoder().encode


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of a route that has none."""


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of a list without filters."""

    cursor: str | None = None


class Listed(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list; `next` is the cursor of the following page, if there is one."""

    items: list[T]
    next: str | None = None


class Operation(NamedTuple):
    """One route, as the OpenAPI document and the test that walks all routes see it."""

    method: str
    path: str
    scope: str | None
    summary: str
    parameters: type[msgspec.Struct]
    body: Any
    lines: Any  # the type of each line, where a stream of NDJSON comes in
    returns: Any
    problems: tuple[str, ...]
    media: str
    created: bool
    headers: tuple[str, ...]  # that go with it, each once; beside the token


class Hot(NamedTuple):
    """A route that `Express` answers: its scope, the name of its last part, its view."""

    scope: str
    part: str
    view: Callable[..., bytes]
    counted: Callable[[int], None]


class Api:
    """What the routes share."""

    def __init__(self, app: Flask, settings: Settings, engine: Engine,
                 clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.app = app
        self.settings = settings
        self.engine = engine
        self.now = clock
        self.knowledge = Knowledge(engine)
        self.tokens = Tokens(engine)
        self.vault = Vault(settings.secret)
        self.levels = levels.load(settings.levels)
        self.operations: list[Operation] = []
        self.hot: dict[str, Hot] = {}
        self.registry = CollectorRegistry()
        self._served = Counter("hallway_requests", "Requests answered, by route and status",
                               ("route", "status"), registry=self.registry)
        unwritten = Counter("hallway_looks_unwritten", "Looks at level 0 that found no room in "
                            "the audit's queue", registry=self.registry)
        self.audit = Audit(engine, self.vault, clock, unwritten.inc)

    def route(self, method: str, path: str, *, scope: str | None, summary: str, returns: Any,
              parameters: type[msgspec.Struct] = Nothing, body: Any = None, lines: Any = None,
              problems: tuple[str, ...] = (), media: str = "application/json",
              created: bool = False, headers: tuple[str, ...] = (),
              hot: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a view. It is called with what the route declares: `token` always,
        `query` when there are parameters, `body` when there is one, and the parts of
        the path by name; it returns a Response, or a value of the `returns` type.
        `scope=None` is for the few routes that are open on purpose. A `hot` view is asked
        by GET with the last part of its path only and gives the body of a 200, so that
        `Express` can answer it too; it gets the `environ` besides."""
        self.operations.append(Operation(
            method, path, scope, summary, parameters, body, lines, returns, problems, media,
            created, headers))
        decode = msgspec.json.Decoder(body).decode if body is not None else None
        count = self._counting(f"{method} {path}")

        def register(view: Callable[..., Any]) -> Callable[..., Any]:
            def answer(**parts: Any) -> Response:
                # The environ rather than Flask's proxies: this runs on every question.
                environ = request.environ
                try:
                    if scope is not None:
                        parts["token"] = self.allowed(environ, scope)
                    if hot:
                        parts["environ"] = environ
                    if parameters is not Nothing:
                        parts["query"] = query(parameters)
                    elif environ.get("QUERY_STRING"):
                        query(Nothing)
                    if decode is not None:
                        parts["body"] = checked(decode, read_body())
                    value = view(**parts)
                    if not isinstance(value, Response):
                        value = fresh(value if hot else _encode(value), environ=environ)
                    response: Response = value
                except Problem as problem:
                    response = problem.response()
                count(response.status_code)
                return response

            rule = path.replace("{", "<").replace("}", ">")
            self.app.add_url_rule(rule, endpoint=f"{method} {path}", view_func=answer,
                                  methods=[method], provide_automatic_options=False)
            if hot and scope is not None:
                parent, _, part = path.rpartition("/")
                self.hot[parent] = Hot(scope, part.strip("{}"), view, count)
            return view

        return register

    def _counting(self, route: str) -> Callable[[int], None]:
        """Counts the answers of one route by their status."""
        counters: dict[int, Counter] = {}

        def count(status: int) -> None:
            counter = counters.get(status)
            if counter is None:
                counter = counters[status] = self._served.labels(route, status)
            counter.inc()

        return count

    def allowed(self, environ: dict[str, Any], scope: str) -> Token:
        token = self.tokens.find(environ.get("HTTP_AUTHORIZATION", ""))
        if token is None:
            raise Problem("unauthorized", "Send a valid token: Authorization: Bearer …")
        if scope not in token.scopes:
            raise Problem("forbidden", f"This needs the scope {scope}.")
        return token


class Express:
    """Answers the hot routes before Flask is entered: its dispatch costs several times what
    a look-up does. A query, a refusal or an accident goes the usual way. Set as
    `app.wsgi_app`."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._flask = api.app.wsgi_app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET" and not environ.get("QUERY_STRING"):
            parent, _, last = environ["PATH_INFO"].rpartition("/")
            hot = self._api.hot.get(parent)
            if hot is not None and last:
                try:
                    token = self._api.allowed(environ, hot.scope)
                    part = last if last.isascii() else last.encode("latin-1").decode()
                    body = hot.view(**{hot.part: part}, token=token, environ=environ)
                except Exception:  # Flask asks again and tells it as it tells everything
                    return self._flask(environ, start_response)
                return self._send(hot, body, environ, start_response)
        return self._flask(environ, start_response)

    def _send(self, hot: Hot, body: bytes, environ: dict[str, Any],
              start_response: Any) -> Iterable[bytes]:
        tag = etag(body)
        if environ.get("HTTP_IF_NONE_MATCH") == tag:
            hot.counted(304)
            start_response("304 NOT MODIFIED", [("ETag", tag)])
            return ()
        hot.counted(200)
        start_response("200 OK", [("ETag", tag), ("Content-Type", "application/json"),
                                  ("Content-Length", str(len(body)))])
        return (body,)


def clerk() -> str:
    """The clerk of the request; nobody does anything in nobody's name."""
    given = request.headers.get(CLERK, "")
    if not CLERK_NUMBER.fullmatch(given):
        raise Problem("no-clerk", f"Send the clerk's number in {CLERK}: 1 to 40 letters, digits, "
                      "dots, lines.")
    return given


def etag(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'


def query(kind: type[T]) -> T:
    """The query parameters as `kind`; unknown, repeated or misshapen ones are refused."""
    given: dict[str, str] = {}
    known = {field.encode_name for field in msgspec.structs.fields(kind)}  # type: ignore[arg-type]
    for name, values in request.args.lists():
        if name not in known:
            raise Problem("unknown-parameter", f"There is no parameter {name!r} here."[:200])
        if len(values) > 1:
            raise Problem("invalid-parameter", f"{name} is given more than once.")
        given[name] = values[0]
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Problem("invalid-parameter", str(error)) from None


def read_body() -> bytes:
    if (request.content_length or 0) > MOST_BODY:
        raise Problem("body-too-large", f"At most {MOST_BODY} octets.")
    read = request.stream.read(MOST_BODY + 1)
    if len(read) > MOST_BODY:
        raise Problem("body-too-large", f"At most {MOST_BODY} octets.")
    return read


def checked(decode: Callable[[bytes], T], raw: bytes) -> T:
    """`raw` decoded, or a problem that says where it does not fit (never its content)."""
    try:
        return decode(raw)
    except msgspec.ValidationError as error:
        raise Problem("invalid-body", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Problem("invalid-body", "This is not JSON in UTF-8.") from None


def fresh(body: bytes, status: int = 200, environ: dict[str, Any] | None = None) -> Response:
    """A JSON response with an ETag; 304 when the asker has this very content."""
    tag = etag(body)
    asked = (environ or request.environ).get("HTTP_IF_NONE_MATCH")
    if status == 200 and asked == tag:
        return Response(status=304, headers=[("ETag", tag)])
    return Response(body, status, [("ETag", tag)], content_type="application/json")


def page(items: list[T], name: Callable[[T], str], cursor: str | None) -> Listed[T]:
    """One page of a list that is in memory: the entries after the one named `cursor`."""
    start = 0
    if cursor is not None:
        start = next((at + 1 for at, item in enumerate(items) if name(item) == cursor), -1)
        if start < 0:
            raise Problem("invalid-parameter", "This cursor is not known (any more).")
    shown = items[start:start + PAGE]
    more = start + PAGE < len(items)
    return Listed(items=shown, next=name(shown[-1]) if more else None)
