"""The real service: what it still had to write when it was told to stop, and its commands."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from status_service.evidenceclient import Visit
from status_service.storage import tables
from status_service.storage.engine import make_engine
from tests.servers import hall_server, run_service_command

SHOWCASE, CODE = "264718305921", "402816"  # see status_service/sample/showcase.yaml


@pytest.mark.parametrize("record", ["sqlite", "postgresql"])
def test_what_was_asked_last_is_written_when_the_service_stops(
        record: str, tmp_path: Path, redis_url: str, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path}/hallway.db"
    if record == "postgresql":
        postgres = request.getfixturevalue("postgres")
        url = postgres.url(postgres.database())
    with hall_server(tmp_path, url, redis_url) as hall:
        for _ in range(30):
            assert hall.get(f"/v1/cases/{SHOWCASE}").status_code == 200
        opened = hall.client.show_code(SHOWCASE, CODE, "query-code",
                                       Visit("phone", "a call", "+8613900000000"))
        assert opened is not None
        assert hall.get(f"/v1/cases/{SHOWCASE}").status_code == 200
    engine = make_engine(url)  # it has been stopped
    t = tables.audit.c
    with engine.connect() as connection:
        found = connection.execute(sa.select(t.level, sa.func.count()).group_by(t.level)).all()
    engine.dispose()
    assert sorted(map(tuple, found)) == [(0, 31), (1, 1)]
    assert "32 rows are whole" in run_service_command(hall.environ, "audit", "check")
    shown = run_service_command(hall.environ, "audit", "show", SHOWCASE)
    assert shown.count("level 0") == 31 and "level 1  phone  channels" in shown
    assert "0  rows of the audit" in run_service_command(hall.environ, "retention", "--dry-run")
