"""The error contract of /v1, all of it: RFC 9457 problem documents with a stable `type`."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import msgspec
from flask import Flask, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

log = logging.getLogger("status_service")

BASE = "/problems/"  # relative to the service; GET it for the meaning

# name: (status, title). Names never change their meaning.
PROBLEMS: dict[str, tuple[int, str]] = {
    "unauthorized": (401, "A token is needed."),
    "forbidden": (403, "The token lacks the scope for this."),
    "not-found": (404, "There is nothing at this address."),
    "method-not-allowed": (405, "This address does not take that method."),
    "case-not-found": (404, "No case has this number."),
    "several-cases": (409, "Several cases share these digits."),
    "matter-not-found": (404, "There is no such matter."),
    "notification-not-found": (404, "There is no such notification."),
    "too-many": (429, "This source has asked about too many numbers; later again."),
    "not-a-number": (422, "This is not a case number."),
    "not-proven": (403, "This opens nothing here."),
    "no-grant": (401, "There is no such grant (any more), or it is not for this."),
    "card-session-over": (401, "There is no such card session (any more)."),
    "card-without-pin": (409, "This kind of card has no PIN."),
    "pin-needed": (403, "This needs a card whose PIN was proven."),
    "card-not-found": (404, "No card has this printed number."),
    "no-clerk": (400, "The request does not name the clerk."),
    "no-applicant": (409, "The back office did not say whose case this is."),
    "speaker-not-found": (404, "Nobody with this id speaks for this applicant."),
    "task-not-found": (404, "There is no such task."),
    "task-changed": (409, "The task has changed since it was looked at."),
    "not-now": (503, "This cannot be done now."),
    "unknown-parameter": (400, "The request has a parameter that nobody knows."),
    "invalid-parameter": (400, "A parameter has a value that does not fit."),
    "invalid-body": (422, "The body does not have the form this address takes."),
    "body-too-large": (413, "The body is too large."),
    "unknown-matter": (422, "The case names a matter that does not exist."),
    "unknown-office": (422, "The case names an office that does not exist."),
    "history-key-twice": (422, "Two entries of the history have the same key."),
    "time-without-zone": (422, "A time has no zone."),
    "number-taken": (409, "Another back office already uses this number."),
    "version-conflict": (409, "This version was sent before with other content."),
    "no-consent": (409, "The recipient has asked not to be written to."),
    "outcome-order": (409, "A notification's state only moves forward."),
    "invalid-address": (422, "This is not a phone number."),
    "record-away": (503, "The record cannot be reached now."),
    "error": (500, "Something went wrong here."),
}


class Problem(Exception):
    """Raised anywhere below a route; becomes the answer. `detail` holds no personal data."""

    def __init__(self, name: str, detail: str = "", **more: object) -> None:
        super().__init__(name)
        self.status, self.title = PROBLEMS[name]
        self.name = name
        self.detail = detail
        self.more = more

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "type": BASE + self.name, "title": self.title, "status": self.status}
        if self.detail:
            found["detail"] = self.detail
        return found | self.more

    def response(self) -> Response:
        answer = Response(msgspec.json.encode(self.document()), self.status,
                          mimetype="application/problem+json")
        if self.status == 401:
            answer.headers["WWW-Authenticate"] = 'Bearer realm="hallway"'
        if self.status == 429:
            answer.headers["Retry-After"] = str(self.more["seconds"])
        return answer


def install(app: Flask) -> None:
    """Make every error of `app` a problem document, whoever raised it."""

    @app.errorhandler(Problem)
    def known(problem: Problem) -> Response:
        return problem.response()

    @app.errorhandler(HTTPException)
    def flask_error(error: HTTPException) -> Response:
        if isinstance(error, NotFound):
            return Problem("not-found").response()
        if isinstance(error, MethodNotAllowed):
            answer = Problem("method-not-allowed").response()
            answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
            return answer
        if error.code == 413:
            return Problem("body-too-large").response()
        if error.code == 400:
            return Problem("invalid-body").response()
        return Problem("error").response()

    @app.errorhandler(Exception)
    def accident(error: Exception) -> Response:
        # By place and type only: the message of an exception may hold what names a person.
        places = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s\n%s", type(error).__name__, places)
        if type(error).__name__ in ("OperationalError", "TimeoutError"):
            return Problem("record-away").response()
        return Problem("error").response()
