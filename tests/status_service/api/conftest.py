"""The service's application on a small hall, with a token of each kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from settings import Settings
from status_service.api import create_app
from status_service.cases.calendar import published
from status_service.guides import hall
from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.trust import tokens
from tests.status_service.small_hall import NOW, SmallHall

DAYS = [{"day": day, "working": working, "provisional": provisional}
        for day, working, provisional in published(2025, 2026)]


class Asker:
    """Asks the service with one token; `json` is what it said."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def __call__(self, method: str, path: str, body: Any = None, *, data: bytes | None = None,
                 headers: dict[str, str] | None = None) -> TestResponse:
        return self._client.open(path, method=method, json=body, data=data,
                                 headers=self._headers | (headers or {}))


@pytest.fixture
def client(engine: Engine, tmp_path: Path) -> FlaskClient:
    with writing(engine).begin() as connection:
        connection.execute(tables.working_days.insert(), DAYS)
        hall.save(connection, SmallHall())
        tokens.add(connection, "channels", tokens.CHANNEL_SCOPES, token="channel")
        tokens.add(connection, "bureau", ("cases:write", "cases:read"), source="bureau",
                   token="bureau")
        tokens.add(connection, "none", ("metrics",), token="metrics")
    settings = Settings.load({"HALLWAY_STATE": str(tmp_path)})
    return create_app(settings, engine, lambda: NOW).test_client()


@pytest.fixture
def channel(client: FlaskClient) -> Asker:
    return Asker(client, "channel")


@pytest.fixture
def bureau(client: FlaskClient) -> Asker:
    return Asker(client, "bureau")
