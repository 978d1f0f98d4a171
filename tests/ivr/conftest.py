"""A phone line before the service double, on a real private Redis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask

from ivr.audio import Audio
from ivr.web import create_blueprint
from settings import Settings
from status_service.client import Client
from tests.ivr.call import Call, Line
from tests.ivr.service_double import ServiceDouble
from webhooks import Turns

TUESDAY_MORNING = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
SUNDAY = datetime(2026, 3, 8, 4, 0, tzinfo=UTC)


@dataclass
class Desk:
    """What a test may change while a call goes on."""

    settings: Settings
    service: ServiceDouble
    turns: Turns
    line: Line
    time: datetime = TUESDAY_MORNING

    def call(self, caller: str = "+8613899887766") -> Call:
        return Call(self.line, caller).dial()


def make_desk(settings: Settings) -> Desk:
    """A phone line of its own over `settings`."""
    service = ServiceDouble()
    turns = Turns(settings)
    app = Flask("phone")
    app.register_blueprint(create_blueprint(
        settings, cast(Client, service), turns, lambda: made.time))
    audio = Audio(settings)

    def ear(url: str) -> str:
        opened = audio.open(url.rpartition("/")[2])
        assert opened, f"nobody can play {url}"
        return opened[0]

    made = Desk(settings, service, turns, Line(app.test_client(), settings, ear))
    return made


def phone_settings(state: Path, redis_url: str, **more: str) -> Settings:
    return Settings.load({
        "HALLWAY_STATE": str(state), "REDIS_URL": redis_url,
        "PUBLIC_BASE_URL": "https://phone.example.gov.cn", "TWILIO_AUTH_TOKEN": "5" * 32,
        "HALLWAY_SECRET": "of the phone's tests " + "x" * 32} | more)


@pytest.fixture
def desk(redis_url: str, tmp_path: Path) -> Desk:
    return make_desk(phone_settings(tmp_path, redis_url))


@pytest.fixture
def call(desk: Desk) -> Callable[..., Call]:
    """A caller who has just dialled."""
    return desk.call


def english(desk: Desk) -> Call:
    """A caller at the main menu, in English."""
    return desk.call().press("3")


__all__: list[Any] = ["Desk", "english", "make_desk", "phone_settings"]
