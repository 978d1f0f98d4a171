"""/v1/tasks: what waits for a person, for a program that shows it to staff."""

from __future__ import annotations

from typing import Annotated

import msgspec

from status_service import tasks
from status_service.api.errors import Problem
from status_service.api.http import CLERK, PAGE, Api, Listed, clerk
from status_service.storage.engine import writing
from status_service.tasks import Task, TaskKind, TaskState
from status_service.trust.desk import By
from status_service.trust.tokens import Token

HEADERS = (CLERK,)
LONGEST_ID = 18  # digits that a BIGINT holds


class TaskQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which tasks: all, or those of a state and a kind."""

    state: TaskState | None = None
    kind: TaskKind | None = None
    cursor: str | None = None


class Settled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """version: of the task that was looked at. note: for colleagues; no personal data."""

    version: int
    note: Annotated[str, msgspec.Meta(max_length=200)] = ""


def register(api: Api) -> None:
    def settle(task: str, state: TaskState, body: Settled, token: Token) -> Task:
        by = str(By(token.name, clerk()))
        try:
            with writing(api.engine).begin() as connection:
                return tasks.settle(connection, _id(task, "task-not-found"), state,
                                    version=body.version, by=by, note=body.note, now=api.now())
        except tasks.NoTask:
            raise Problem("task-not-found") from None
        except tasks.TaskChanged as changed:
            raise Problem("task-changed", version=changed.version) from None

    @api.route("GET", "/v1/tasks", scope="tasks", parameters=TaskQuery, returns=Listed[Task],
               problems=("invalid-parameter",), summary="Tasks for staff, the oldest first.")
    def read(query: TaskQuery, token: Token) -> Listed[Task]:
        after = _id(query.cursor, "invalid-parameter") if query.cursor is not None else 0
        with api.engine.connect() as connection:
            found = tasks.listed(connection, state=query.state, kind=query.kind, after=after,
                                 most=PAGE + 1)
        more = len(found) > PAGE
        return Listed(items=found[:PAGE], next=str(found[PAGE - 1].id) if more else None)

    @api.route("GET", "/v1/tasks/{task}", scope="tasks", returns=Task,
               problems=("task-not-found",), summary="One task, and what to do about it.")
    def one(task: str, token: Token) -> Task:
        try:
            with api.engine.connect() as connection:
                return tasks.one(connection, _id(task, "task-not-found"))
        except tasks.NoTask:
            raise Problem("task-not-found") from None

    @api.route("POST", "/v1/tasks/{task}/done", scope="tasks", headers=HEADERS, body=Settled,
               returns=Task, problems=("no-clerk", "invalid-body", "task-not-found",
                                       "task-changed"),
               summary="The task is done. Harmless twice.")
    def done(task: str, body: Settled, token: Token) -> Task:
        return settle(task, "done", body, token)

    @api.route("POST", "/v1/tasks/{task}/reopen", scope="tasks", headers=HEADERS, body=Settled,
               returns=Task, problems=("no-clerk", "invalid-body", "task-not-found",
                                       "task-changed"),
               summary="The task is not done after all. Harmless twice.")
    def reopen(task: str, body: Settled, token: Token) -> Task:
        return settle(task, "open", body, token)


def _id(typed: str, problem: str) -> int:
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= LONGEST_ID):
        raise Problem(problem)
    return int(typed)
