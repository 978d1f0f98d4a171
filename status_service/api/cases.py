"""/v1/cases: a case by its number, its history, and the writing of one or of many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from math import ceil
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from flask import Response, has_request_context, request, stream_with_context

from status_service.api.errors import Problem
from status_service.api.http import PAGE, Api, Listed, Page, checked, fresh
from status_service.cases import number as case_number
from status_service.cases.answer import Answer, HistoryEntry, at_level
from status_service.cases.compose import compose
from status_service.cases.store import Outcome, Writer, Written
from status_service.cases.write import CaseWrite, Short
from status_service.evidenceclient import CHANNEL, SOURCE
from status_service.ingest.statuses import status_table
from status_service.storage import tables
from status_service.storage.engine import Lookup, writing
from status_service.storage.tables import from_micros
from status_service.trust.audit import Asked, Look
from status_service.trust.audit import Outcome as LookOutcome
from status_service.trust.enquiries import Enquiries
from status_service.trust.tokens import Token
from status_service.words import CHANNELS, LocalText, Status

_CHANNEL, _SOURCE = ("HTTP_" + name.upper().replace("-", "_") for name in (CHANNEL, SOURCE))
MOST_CANDIDATES = 5  # cases named when digits fit several: a menu is no wider (design)
MOST_LINE = 64 * 1024  # octets of one line of a stream
GROUP = 200  # lines of a stream written in one transaction and answered together

_encode = msgspec.json.Encoder().encode
_body = msgspec.json.Decoder(CaseWrite).decode


class PutOutcome(msgspec.Struct, frozen=True):
    """What became of a case that was sent; `older`: it is behind ours and was ignored."""

    number: str
    outcome: Outcome
    version: int  # the version we hold now


class BatchLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a stream."""

    number: Short
    case: CaseWrite


class Cases:
    """Reading cases. One per process; safe to use from many threads."""

    def __init__(self, api: Api) -> None:
        t = tables.cases
        columns = (t.c.number, t.c.status, t.c.updated_at, t.c.body, t.c.id)
        self._api = api
        self._enquiries = Enquiries(api.now)
        self._zone = ZoneInfo(api.settings.zone)
        self._by_number = Lookup(
            api.engine, sa.select(*columns).where(t.c.number_key == sa.bindparam("key")), "key")
        self._by_digits = Lookup(
            api.engine, sa.select(*columns).where(t.c.digits_key == sa.bindparam("key"))
            .order_by(t.c.id).limit(MOST_CANDIDATES), "key")

    def today(self) -> date:
        return self._api.now().astimezone(self._zone).date()

    def may_ask(self, typed: str, channel: str, source: str) -> None:
        """Count that this source looks this number up. Raises Problem."""
        wait = self._enquiries.wait(channel, source, case_number.keys(typed)[0])
        if wait is not None:
            raise Problem("too-many", seconds=ceil(wait.total_seconds()))

    def answer(self, typed: str) -> Answer:
        """What anyone may hear of the case with this number, however typed. Raises Problem."""
        return self.shown(self.row(typed), 0)

    def shown(self, row: Any, level: int) -> Answer:
        """What somebody at this level may hear of the case of a row."""
        return at_level(self.composed(row), level, self._api.levels)

    def composed(self, row: Any) -> Answer:
        """The whole answer of a row as `row` gives it."""
        hall, calendar = self._api.knowledge.get()
        return compose(row[0], Status(row[1]), _body(row[3]), from_micros(row[2]),
                       hall, calendar, self.today())

    def row(self, typed: str) -> Any:
        """(number, status, updated_at, body, id) of the one case with this number."""
        key, digits = case_number.keys(typed)
        if not key or len(key) > case_number.LONGEST:
            raise Problem("not-a-number", "A case number has digits or letters.")
        rows = self._by_digits.all(digits) if key == digits else self._by_number.all(key)
        if len(rows) == 1:
            return rows[0]
        if rows:
            raise Problem("several-cases", candidates=[self._candidate(r) for r in rows])
        raise Problem("case-not-found",
                      check_digit_wrong=key == digits and case_number.check_digit_wrong(digits))

    def _candidate(self, row: Any) -> dict[str, Any]:
        body = _body(row[3])
        hall, _ = self._api.knowledge.get()
        return {"number": row[0], "received_on": body.received_on.isoformat(),
                "matter": msgspec.to_builtins(hall.matters[body.matter].name)}


def register(api: Api) -> Cases:
    """The routes; the reader is handed back for whoever else needs answers."""
    cases = Cases(api)
    later = api.audit.later

    def seen(number: str, asked: Asked, token: Token, environ: Mapping[str, Any]) -> Any:
        """The row of a case that is shown at level 0; who asked is written down."""
        channel, source = environ.get(_CHANNEL, ""), environ.get(_SOURCE, "")
        channel = channel if channel in CHANNELS else ""
        try:
            if source:  # a program of the office asks for itself: whose token it has, is known
                cases.may_ask(number, channel, source)
            row = cases.row(number)
        except Problem as problem:
            if has_request_context():  # Express asks Flask once more: one look, one row
                outcome: LookOutcome = "limited" if problem.name == "too-many" else "not-found"
                later(Look(asked, outcome, 0, channel, token.name, None, number, source))
            raise
        later(Look(asked, "shown", 0, channel, token.name, row[4], "", source))
        return row

    @api.route("GET", "/v1/cases/{number}", scope="cases:read", returns=Answer, hot=True,
               summary="How far a case has come, at level 0; the number however it is typed.",
               headers=(CHANNEL, SOURCE),
               problems=("case-not-found", "several-cases", "not-a-number", "too-many"))
    def read(number: str, token: Token, environ: Mapping[str, Any]) -> bytes:
        return _encode(cases.shown(seen(number, "case", token, environ), 0))

    @api.route("GET", "/v1/cases/{number}/history", scope="cases:read", parameters=Page,
               returns=Listed[HistoryEntry], summary="The events of a case, oldest first.",
               problems=("case-not-found", "several-cases", "not-a-number", "invalid-parameter"))
    def history(number: str, query: Page, token: Token) -> Listed[HistoryEntry]:
        row = seen(number, "history", token, request.environ)
        hall, _ = api.knowledge.get()
        stages = {s.code: s.name for s in hall.matters[_body(row[3]).matter].stages}
        return _history(api, row[4], stages, query.cursor)

    @api.route("PUT", "/v1/cases/{number}", scope="cases:write", body=CaseWrite,
               returns=PutOutcome, created=True,
               summary="State a case whole. Repeating changes nothing; older versions are ignored.",
               problems=("invalid-body", "unknown-matter", "unknown-office", "not-a-number",
                         "history-key-twice", "time-without-zone", "number-taken",
                         "version-conflict"))
    def put(number: str, body: CaseWrite, token: Token) -> Response:
        with writing(api.engine).begin() as connection:
            [written] = _writer(api, token).put_many(connection, [(number, body)], api.now())
        if written.problem:
            raise Problem(*written.problem)
        answer = PutOutcome(written.number, written.outcome, written.version)
        return fresh(_encode(answer), 201 if written.outcome is Outcome.CREATED else 200)

    @api.route("POST", "/v1/cases/batch", scope="cases:write", returns=PutOutcome, lines=BatchLine,
               media="application/x-ndjson",
               summary="State many cases, a line each: {number, case}; answered line by line.",
               problems=("invalid-body",))
    def batch(token: Token) -> Response:
        writer = _writer(api, token)
        lines = read_lines(request.stream)
        return Response(stream_with_context(_answered(api, writer, lines)),
                        mimetype="application/x-ndjson")

    return cases


def _writer(api: Api, token: Token) -> Writer:
    hall, _ = api.knowledge.get()
    statuses = status_table(token.mapping) if token.mapping else None
    return Writer(token.source or token.name, hall, api.vault, statuses)


def _history(api: Api, case_id: int, stages: dict[str, LocalText],
             cursor: str | None) -> Listed[HistoryEntry]:
    t = tables.history
    if cursor is not None and not cursor.isdecimal():
        raise Problem("invalid-parameter", "This cursor is not known.")
    with api.engine.connect() as connection:
        rows = connection.execute(
            sa.select(t.c.id, t.c.status, t.c.at, t.c.stage)
            .where(t.c.case_id == case_id, t.c.id > int(cursor or 0))
            .order_by(t.c.id).limit(PAGE + 1)).all()
    hidden = {path for path, needed in api.levels.needed.items() if needed > 0}
    entries = [HistoryEntry(status=r.status, at=None if "since" in hidden else r.at,
                            stage=None if "stage" in hidden else stages.get(r.stage or ""))
               for r in rows[:PAGE]]
    return Listed(items=entries, next=str(rows[PAGE - 1].id) if len(rows) > PAGE else None)


class Readable(Protocol):
    """A request's body as it comes in."""

    def readline(self, size: int = -1, /) -> bytes: ...


def read_lines(stream: Readable) -> Iterator[tuple[int, bytes | None]]:
    """(line number, line) of a stream; None for a line that is too long, which is passed
    over. Blank lines are counted and left out."""
    at = 0
    while True:
        line = stream.readline(MOST_LINE + 1)
        if not line:
            return
        at += 1
        if len(line) > MOST_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = stream.readline(MOST_LINE + 1)
            yield at, None
        elif line.strip():
            yield at, line


def _answered(api: Api, writer: Writer,
              lines: Iterator[tuple[int, bytes | None]]) -> Iterator[bytes]:
    """The answers, a group at a time: a group is written whole before it is answered, so
    what was answered is in the record, and a stream cut off loses nothing that was."""
    group: list[tuple[int, BatchLine | Problem]] = []
    while True:
        for at, line in lines:
            group.append((at, _parsed(line)))
            if len(group) == GROUP:
                break
        if not group:
            return
        yield from _written(api, writer, group)
        group = []


def _parsed(line: bytes | None) -> BatchLine | Problem:
    if line is None:
        return Problem("body-too-large", f"A line has at most {MOST_LINE} octets.")
    try:
        return checked(_line, line)
    except Problem as problem:
        return problem


_line = msgspec.json.Decoder(BatchLine).decode


def _written(api: Api, writer: Writer,
             group: list[tuple[int, BatchLine | Problem]]) -> Iterator[bytes]:
    good = [(line.number, line.case) for _, line in group if isinstance(line, BatchLine)]
    with writing(api.engine).begin() as connection:
        outcomes = iter(writer.put_many(connection, good, api.now()))
    for at, line in group:
        if isinstance(line, Problem):
            yield _said(at, None, line)
            continue
        written: Written = next(outcomes)
        if written.problem:
            yield _said(at, line.number, Problem(*written.problem))
        else:
            yield _encode({"line": at, "number": written.number, "outcome": written.outcome,
                           "version": written.version}) + b"\n"


def _said(at: int, number: str | None, problem: Problem) -> bytes:
    found: dict[str, Any] = {"line": at, "outcome": "refused", "problem": problem.document()}
    if number is not None:
        found["number"] = number
    return _encode(found) + b"\n"
