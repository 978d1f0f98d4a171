"""What every test may ask for. Servers are started once a test process, when first asked
for, on ports and directories of their own; so the tests run side by side."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine

from status_service.storage import migrate
from status_service.storage.engine import make_engine
from tests import servers
from tests.servers import Hall, Postgres


def migrated(url: str) -> None:
    engine = make_engine(url)
    migrate.upgrade(engine)
    engine.dispose()  # a database in use cannot be copied


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A private Redis."""
    with servers.redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def clean_redis(redis_url: str) -> str:
    """The private Redis, emptied. Not for tests that use `hall`, whose sessions live there."""
    with redis.Redis.from_url(redis_url) as connection:
        connection.flushall()
    return redis_url


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A private PostgreSQL."""
    with servers.postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a migrated, empty database to copy from."""
    name = postgres.database()
    migrated(postgres.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty record of this test's own, once on SQLite, once on PostgreSQL."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "record.db")
        yield f"sqlite:///{tmp_path}/record.db"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.database(request.getfixturevalue("postgres_template"))
    try:
        yield postgres.url(name)
    finally:
        postgres.drop(name)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on `database_url`."""
    engine = make_engine(database_url)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def hall(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Hall]:
    """The real service with the sample hall, on SQLite. Shared: write only cases of your own."""
    state = tmp_path_factory.mktemp("hall")
    with servers.hall_server(state, f"sqlite:///{state}/hallway.db", redis_url) as running:
        yield running


@pytest.fixture(scope="session")
def postgres_hall(tmp_path_factory: pytest.TempPathFactory, redis_url: str,
                  postgres: Postgres) -> Iterator[Hall]:
    """The same on PostgreSQL."""
    state = tmp_path_factory.mktemp("postgres-hall")
    database = postgres.url(postgres.database())
    with servers.hall_server(state, database, redis_url) as running:
        yield running


@pytest.fixture(scope="session")
def public_door(hall: Hall) -> Iterator[str]:
    """The base URL of the real public door before `hall`, with /try."""
    with servers.public_door_server(hall) as base:
        yield base


@pytest.fixture(scope="session")
def worker(hall: Hall, public_door: str) -> Iterator[None]:
    """The text worker of `hall`, sending through the fake account of `public_door`."""
    with servers.text_worker(hall):
        yield


# -- a real Chromium -----------------------------------------------------------------

WITHOUT_CHROMIUM = os.environ.get("HALLWAY_WITHOUT_CHROMIUM") == "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what drives a Chromium only where somebody said so; it is never passed over."""
    if WITHOUT_CHROMIUM:
        left_out = [item for item in items if item.get_closest_marker("chromium")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if WITHOUT_CHROMIUM:
        terminalreporter.write_line(
            "Not tested: whatever drives a Chromium (HALLWAY_WITHOUT_CHROMIUM=1).", yellow=True)
