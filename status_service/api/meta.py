"""What is not about cases: the OpenAPI document, the meaning of problems, health, figures."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import sqlalchemy as sa
from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from status_service.api.errors import PROBLEMS, Problem
from status_service.api.http import Api, Nothing, Operation, fresh
from status_service.trust.tokens import SCOPES, Token

VERSION = "1.0.0"


class ProblemDocument(msgspec.Struct, omit_defaults=True):
    """RFC 9457. `type` is stable; some problems carry more members."""

    type: str
    title: str
    status: int
    detail: str = ""


class Health(msgspec.Struct):
    """Whether this process can do its work."""

    status: str


def register(api: Api) -> None:
    @api.route("GET", "/healthz", scope=None, returns=Health, summary="The process lives.")
    def healthz() -> Health:
        return Health("ok")

    @api.route("GET", "/readyz", scope=None, returns=Health, problems=("record-away",),
               summary="The record answers.")
    def readyz() -> Health:
        try:
            with api.engine.connect() as connection:
                connection.execute(sa.text("SELECT 1"))
        except SQLAlchemyError:
            raise Problem("record-away") from None
        return Health("ok")

    @api.route("GET", "/metrics", scope="metrics", returns=None, media="text/plain",
               summary="Figures for Prometheus; no personal data.")
    def metrics(token: Token) -> Response:
        return Response(generate_latest(api.registry), content_type=CONTENT_TYPE_LATEST)

    @api.route("GET", "/problems/{name}", scope=None, returns=ProblemDocument,
               problems=("not-found",), summary="What a problem type means.")
    def problem(name: str) -> ProblemDocument:
        if name not in PROBLEMS:
            raise Problem("not-found")
        status, title = PROBLEMS[name]
        return ProblemDocument(type=f"/problems/{name}", title=title, status=status)

    @api.route("GET", "/openapi.json", scope=None, returns=None,
               summary="This interface, as OpenAPI 3.1.")
    def openapi() -> Response:
        return fresh(msgspec.json.encode(document(api.operations)))


def document(operations: list[Operation]) -> dict[str, Any]:
    """OpenAPI 3.1 made from the types that check the requests."""
    types = [t for o in operations
             for t in (o.body, o.lines, o.returns, o.parameters) if t not in (None, Nothing)]
    types.append(ProblemDocument)
    schemas, components = msgspec.json.schema_components(
        types, ref_template="#/components/schemas/{name}")
    schema = {id(t): s for t, s in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for o in operations:
        paths.setdefault(o.path, {})[o.method.lower()] = _operation(o, schema, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hallway case-status service", "version": VERSION,
            "description": "How far a case has come, and how such a case is made.",
            "license": {"name": "see the repository"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {
                "type": "http", "scheme": "bearer",
                "description": "Scopes: " + "; ".join(f"{k}: {v}" for k, v in SCOPES.items())}},
        },
    }


def _operation(o: Operation, schema: dict[int, Any],
               components: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if o.returns is not None:
        content = {"content": {o.media: {"schema": schema[id(o.returns)]}}}
    good = {"description": "As asked.", **content}
    names = list(o.problems)
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", o.path)]
    if o.parameters is not Nothing:
        properties = components[o.parameters.__name__]["properties"]
        parameters += [{"name": name, "in": "query", "schema": _plain(form)}
                       for name, form in properties.items()]
    parameters += [{"name": name, "in": "header", "required": True,
                    "schema": {"type": "string"}} for name in o.headers]
    names.append("unknown-parameter")
    found: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{o.method.lower()}{o.path}").strip("_"),
        "summary": o.summary, "responses": {"200": good}}
    if o.created:
        found["responses"]["201"] = {"description": "Made anew.", **content}
    if o.scope:
        found["security"] = [{"token": []}]
        names += ["unauthorized", "forbidden"]
        found["x-scope"] = o.scope
    else:
        found["security"] = []
    if parameters:
        found["parameters"] = parameters
    taken = o.body or o.lines
    if taken is not None:
        media = "application/json" if o.body is not None else "application/x-ndjson"
        found["requestBody"] = {"required": True, "content": {
            media: {"schema": schema[id(taken)]}}}
        if o.body is not None:
            names += ["invalid-body", "body-too-large"]
    by_status: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        by_status.setdefault(str(PROBLEMS[name][0]), []).append(name)
    for status, found_names in sorted(by_status.items()):
        found["responses"][status] = {
            "description": "; ".join(f"{n}: {PROBLEMS[n][1]}" for n in found_names),
            "content": {"application/problem+json": {
                "schema": {"$ref": "#/components/schemas/ProblemDocument"}}}}
    return found


def _plain(form: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema without its default: leaving it out is the default."""
    return {k: v for k, v in form.items() if k != "default"}


