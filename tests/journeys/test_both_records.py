"""The hall is the same hall on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from settings import Settings
from status_service import sample
from status_service.cases import calendar
from status_service.client import Answer, Client
from status_service.storage.engine import make_engine
from tests.servers import Hall


def sample_numbers(settings: Settings) -> list[str]:
    """Every case of the sample hall."""
    engine = make_engine(settings.database_url)
    with engine.connect() as connection:
        days = calendar.load(connection)
    engine.dispose()
    today = datetime.now(ZoneInfo(settings.zone)).date()
    return [number for number, _ in sample.load(today, days).cases]


def told(client: Client, number: str) -> object:
    """The answer, but for when the record was written."""
    answer = client.case(number)
    return msgspec.structs.replace(answer, as_of=None) if isinstance(answer, Answer) else answer


def test_every_case_has_the_same_answer_on_both_records(hall: Hall, postgres_hall: Hall) -> None:
    assert postgres_hall.settings.database_url.startswith("postgresql")
    numbers = sample_numbers(hall.settings)
    assert len(numbers) >= 200
    found = 0
    for number in [*numbers, "000000000000", "2025-00117"]:
        answer = told(hall.client, number)
        assert told(postgres_hall.client, number) == answer
        found += isinstance(answer, Answer)
    assert found == len(numbers)


def test_what_the_hall_tells_anyone_is_the_same_on_both_records(
        hall: Hall, postgres_hall: Hall) -> None:
    one, other = hall.client, postgres_hall.client
    assert one.offices() == other.offices() != []
    assert one.notices() == other.notices() != []
    assert one.categories() == other.categories() != []
    matters = one.matters()
    assert matters == other.matters() != []
    for matter in matters:
        mine, theirs = one.matter(matter.code), other.matter(matter.code)
        assert mine and theirs and mine.matter == theirs.matter
    for words in ("许可", "pipeline", "ghxk", "jzz"):
        assert one.matters(query=words) == other.matters(query=words)
