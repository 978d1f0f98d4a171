from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from tests.status_service.ingest.desk import Desk, small_hall


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    """A desk at an empty record, once on each kind of database."""
    return Desk(engine, tmp_path)


@pytest.fixture
def hall_desk(desk: Desk) -> Desk:
    """A desk at a record with a small hall."""
    desk.open_hall(small_hall())
    return desk
