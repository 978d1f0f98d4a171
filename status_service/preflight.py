"""`python -m status_service check`: try each connection before people rely on it."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import requests
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from settings import Settings, SettingsError
from status_service.client import Client, Refused, ServiceAway
from status_service.storage import migrate
from status_service.storage.engine import make_engine
from status_service.trust import auditread, tokens
from status_service.trust.audit import Broken
from status_service.trust.cards import register
from status_service.trust.cards.keys import Masters
from status_service.trust.personal import Vault

PATIENCE = 5.0  # seconds for each connection


def run(settings: Settings) -> int:
    """Print a line for each check; 0 when all is well, 1 when anything is not. What needs
    nobody today is a line too, and no failure."""
    checks: list[tuple[str, Callable[[Settings], str]]] = [
        ("record", record), ("audit", audit), ("redis", redis), ("card keys", card_keys),
        ("service", service), ("public address", public), ("Twilio account", twilio),
        ("Uyghur voice", voice)]
    bad = 0
    for name, check in checks:
        wrong = check(settings)
        bad += bool(wrong)
        print(f"{'no ' if wrong else 'yes'}  {name}{': ' + wrong if wrong else ''}",
              file=sys.stderr if wrong else sys.stdout)
    if soon := ending(settings):
        sys.stdout.write(f"soon  tokens: {soon}\n")
    return 1 if bad else 0


def record(settings: Settings) -> str:
    """What is wrong with the record, or nothing."""
    try:
        engine = make_engine(settings.database_url)
        current = migrate.is_current(engine)
    except (SQLAlchemyError, sa.exc.ArgumentError, ModuleNotFoundError) as error:
        return f"cannot be reached ({type(error).__name__}); see DATABASE_URL"
    return "" if current else "run `python -m status_service migrate`"


def audit(settings: Settings) -> str:
    """Whether the service can go on with the chain; whether it is whole, `audit check` says."""
    try:
        auditread.now_noted(make_engine(settings.database_url), Vault(settings.secret))
    except Broken as broken:
        return (f"{broken}, or HALLWAY_SECRET was changed; run "
                "`python -m status_service audit check`")
    except (SQLAlchemyError, sa.exc.ArgumentError, ModuleNotFoundError):
        return "cannot be read; see the record"
    return ""


def redis(settings: Settings) -> str:
    if importlib.util.find_spec("redis") is None:
        return "the package is not installed here; calls, texts and cards need it"
    client = importlib.import_module("redis")
    try:
        client.Redis.from_url(settings.redis_url, socket_connect_timeout=PATIENCE,
                              socket_timeout=PATIENCE).ping()
    except (client.RedisError, ValueError, OSError) as error:
        return f"cannot be reached ({type(error).__name__}); see REDIS_URL"
    return ""


def card_keys(settings: Settings) -> str:
    """What is missing for the cards of the record; without cards no key is needed."""
    try:
        there = Masters.parse(settings.card_keys).versions
        with make_engine(settings.database_url).connect() as connection:
            missing = register.key_counts(connection).keys() - there
    except SettingsError as error:
        return str(error)
    except (SQLAlchemyError, sa.exc.ArgumentError, ModuleNotFoundError):
        return "the record's cards cannot be looked at"
    return (f"the record has cards of version {', '.join(map(str, sorted(missing)))}; "
            "see HALLWAY_CARD_KEYS") if missing else ""


def ending(settings: Settings) -> str:
    """The tokens that expire soon, or did, or nothing; a record that is away is told above."""
    now = datetime.now(UTC)
    try:
        with make_engine(settings.database_url).connect() as connection:
            found = [f"{token.name} ({token.warning(now)})"
                     for token in tokens.listed(connection) if token.warning(now)]
    except (SQLAlchemyError, sa.exc.ArgumentError, ModuleNotFoundError):
        return ""
    return f"{', '.join(found)}; run `python -m status_service tokens rotate NAME`" if found else ""


def service(settings: Settings) -> str:
    try:
        Client(settings.service_url, settings.service_token).offices()
    except ServiceAway:
        return "does not answer; see HALLWAY_SERVICE_URL, and whether it runs"
    except Refused as refusal:
        if refusal.status in (401, 403):
            return ("does not know the token; run "
                    "`python -m status_service tokens add channels --channels`")
        return f"answered {refusal.status}"
    return ""


def public(settings: Settings) -> str:
    try:
        got = requests.get(settings.public_url + "/healthz", timeout=PATIENCE)
    except requests.RequestException as error:
        return (f"{settings.public_url} does not answer from here ({type(error).__name__}); "
                "see PUBLIC_BASE_URL")
    return "" if got.ok else f"{settings.public_url}/healthz answered {got.status_code}"


def twilio(settings: Settings) -> str:
    address = f"{settings.twilio_api_base}/2010-04-01/Accounts/{settings.twilio_account_sid}.json"
    try:
        got = requests.get(address, timeout=PATIENCE, auth=(
            settings.twilio_account_sid, settings.twilio_auth_token))
    except requests.RequestException as error:
        return f"does not answer ({type(error).__name__}); see TWILIO_API_BASE and the network"
    if got.status_code == 401:
        return "refused the credentials; see TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
    return "" if got.ok else f"answered {got.status_code}"


def voice(settings: Settings) -> str:
    return "" if shutil.which("espeak-ng") else "install espeak-ng: callers in Uyghur need it"
