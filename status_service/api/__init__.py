"""The inner door: /v1 over HTTP, one resource a file; `errors` holds the error contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy.engine import Engine

from settings import Settings
from status_service.api import (
    carddesk,
    cardphone,
    cards,
    cases,
    desk,
    errors,
    evidence,
    meta,
    public,
    tasks,
)
from status_service.api.http import Api, Express
from status_service.api.notifications import register as register_notifications
from status_service.nightly import Nightly
from status_service.storage import migrate
from status_service.storage.engine import make_engine


class NotMigrated(Exception):
    """The record has not the form this version needs; run `python -m status_service migrate`."""


def create_app(settings: Settings | None = None, engine: Engine | None = None,
               clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Flask:
    """The WSGI application of the inner door. Settings come from the environment unless
    given; with those of its environment it is a process of the service, and takes its turn at
    the night's job. Raises SettingsError or NotMigrated rather than start half."""
    of_a_process = settings is None
    settings = settings or Settings.load()
    engine = engine or make_engine(settings.database_url)
    if not migrate.is_current(engine):
        raise NotMigrated("Run `python -m status_service migrate` first.")
    app = Flask("status_service", static_folder=None)
    errors.install(app)
    api = Api(app, settings, engine, clock)
    reader = cases.register(api)
    public.register(api)
    register_notifications(api, reader)
    cardphone.register(api, cards.register(api, reader))
    carddesk.register(api, reader)
    evidence.register(api, reader)
    desk.register(api)
    tasks.register(api)
    meta.register(api)
    app.extensions["hallway"] = api
    app.wsgi_app = Express(api)  # type: ignore[method-assign]
    if of_a_process:
        Nightly(engine, api.vault, settings, clock).start()
    return app
