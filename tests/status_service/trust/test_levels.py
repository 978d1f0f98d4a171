"""An office tightens what a number alone opens."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine

from settings import Settings, SettingsError
from status_service.api import create_app
from status_service.cases.answer import DEFAULT
from status_service.trust.levels import load
from tests.status_service.api.conftest import Asker
from tests.status_service.cards.conftest import Clock
from tests.status_service.trust.conftest import CODE, OURS, PROJECT, Visitor


@pytest.fixture
def tight(client: object, engine: Engine, settings: Settings, clock: Clock,
          tmp_path: Path) -> Asker:
    """The same hall under a profile of its own."""
    profile = tmp_path / "levels.yaml"
    profile.write_text("stage: 1\nsince: 1\ndeadline: 2\nproject: 3\n")
    strict = msgspec.structs.replace(settings, levels=str(profile))
    return Asker(create_app(strict, engine, clock).test_client(), "channel")


def test_every_door_keeps_to_the_profile(tight: Asker, channel: Asker) -> None:
    before = channel("GET", f"/v1/cases/{OURS}").json
    anyone = tight("GET", f"/v1/cases/{OURS}").json
    assert before and anyone
    gone = {"stage", "since", "deadline"}
    assert gone <= before.keys() and not gone & anyone.keys()
    assert gone | {"project"} <= set(anyone["withheld"])
    history = tight("GET", f"/v1/cases/{OURS}/history").json
    assert history and all(entry.keys() <= {"status"} for entry in history["items"])
    coded = Visitor(tight).shows(OURS, CODE).json
    assert coded and coded["answer"].keys() & gone == {"stage", "since"}
    assert set(coded["answer"]["withheld"]) == {"deadline", "project"}
    assert PROJECT.zh not in str(coded)


def test_without_a_file_it_is_the_default() -> None:
    assert load("") is DEFAULT


@pytest.mark.parametrize(("content", "said"), [
    ("matter: 1", "'matter' cannot be withheld"), ("missing: 0", "missing needs level 1"),
    ("stage: high", "field: level"), ("- stage", "field: level"), ("stage: [", "field: level"),
    ("\xff".encode("latin-1").decode("latin-1") * 3 + ": x", "field: level")])
def test_a_profile_that_is_wrong_stops_the_start(tmp_path: Path, content: str,
                                                 said: str) -> None:
    file = tmp_path / "levels.yaml"
    file.write_text(content)
    with pytest.raises(SettingsError, match=said):
        load(str(file))


def test_a_profile_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="HALLWAY_LEVELS to a file"):
        load(str(tmp_path / "none.yaml"))
