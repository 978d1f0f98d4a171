"""The walls stand, and every check of them can fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, Response
from werkzeug.routing import Rule

import hallway
from processes import ROOT
from settings import Settings
from tests import house
from webhooks import Doors


@pytest.mark.parametrize("check", house.CHECKS, ids=lambda check: check.__name__)
def test_the_house_keeps_its_rules(check: Callable[[Path], list[str]]) -> None:
    assert check(ROOT) == []


@pytest.mark.parametrize(("name", "code"), [
    ("ivr/web.py", "import sms.web"),
    ("ivr/web.py", "from sms import grammar"),
    ("ivr/web.py", "from status_service import storage"),
    ("ivr/web.py", "from status_service.cases.answer import Answer"),
    ("ivr/deep/inner.py", "def later():\n    from ...sms import grammar"),
    ("sms/web.py", "import importlib\nimportlib.import_module('status_service.storage')"),
    ("sms/worker.py", "import status_service"),
    ("status_service/api/app.py", "import ivr"),
    ("status_service/api/app.py", "import webhooks"),
    ("tryout/account.py", "from webhooks import signature"),
    ("tryout/account.py", "from status_service.client import Client"),
    ("tryout/softcard/card.py", "from tryout import refusals"),
    ("tryout/softcard/card.py", "from ..wire import read"),
    ("webhooks.py", "import status_service.client"),
])
def test_a_broken_wall_is_seen(tmp_path: Path, name: str, code: str) -> None:
    plant(tmp_path, name, code)
    assert len(house.broken_walls(tmp_path)) == 1


@pytest.mark.parametrize(("name", "code"), [
    ("ivr/web.py", "from status_service.client import Answer\nfrom webhooks import Doors"),
    ("ivr/web.py", "from status_service.wording import answer_speech\nimport settings, redis"),
    ("ivr/web.py", "from status_service import client, wording\nfrom .dialogue import step"),
    ("status_service/api/app.py", "from status_service.cases import compose"),
    ("hallway.py", "import ivr.web, tryout.web"),
])
def test_an_open_door_is_no_broken_wall(tmp_path: Path, name: str, code: str) -> None:
    plant(tmp_path, name, code)
    assert house.broken_walls(tmp_path) == []


@pytest.mark.parametrize(("check", "name", "text"), [
    (house.long_files, "ivr/web.py", "x = 1\n" * (house.MOST_LINES + 1)),
    (house.unfinished, "ivr/web.py", f"# {house.UNFINISHED[0]}: later\n"),
    (house.modules_without_a_word, "ivr/web.py", "x = 1\n"),
    (house.idle_tests, "tests/test_a.py", "def test_a():\n    time.sleep(1)\n    assert x\n"),
    (house.idle_tests, "tests/test_a.py", "@pytest.mark.skip\ndef test_a():\n    assert x\n"),
    (house.idle_tests, "tests/test_a.py", "def test_a():\n    make(1)\n"),
])
def test_a_broken_rule_is_seen(tmp_path: Path, check: Callable[[Path], list[str]],
                               name: str, text: str) -> None:
    plant(tmp_path, name, text)
    assert len(check(tmp_path)) == 1


def plant(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


# -- the public door -------------------------------------------------------------


def open_doors(app: Flask) -> list[str]:
    """Routes of the webhooks that anyone could use, or that take more than Twilio's POST."""
    complaints = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(("/ivr/", "/sms/")):
            continue
        methods = (rule.methods or set()) - {"OPTIONS", "HEAD"}
        if rule.rule.startswith("/ivr/audio/"):  # a player fetches it; its name is the secret
            if methods != {"GET"}:
                complaints.append(f"{rule.rule} takes {sorted(methods)}")
            continue
        if methods != {"POST"}:
            complaints.append(f"{rule.rule} takes {sorted(methods)}")
        if not getattr(app.view_functions[rule.endpoint], "guarded", False):
            complaints.append(f"{rule.rule} is not guarded")
    return complaints


def routes(app: Flask) -> set[str]:
    return {rule.rule.split("<")[0] for rule in app.url_map.iter_rules()}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({"HALLWAY_STATE": str(tmp_path)})


PRODUCTION = {
    "HALLWAY_MODE": "production",
    "DATABASE_URL": "postgresql://hallway@db.example/hallway",
    "REDIS_URL": "redis://redis.example/0",
    "HALLWAY_SERVICE_URL": "http://inside.example:8001",
    "HALLWAY_SERVICE_TOKEN": "t" * 40,
    "PUBLIC_BASE_URL": "https://hall.example",
    "HALLWAY_SECRET": "s" * 40,
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKEN": "1" * 32,
    "TWILIO_NUMBER": "+869914810000",
    "HALLWAY_PERSON_PHONE": "+869914810012",
}


REAL_ACCOUNT = {name: PRODUCTION[name] for name in
                ("PUBLIC_BASE_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")}


def test_every_webhook_is_guarded_and_takes_post_only(settings: Settings) -> None:
    app = hallway.create_public_app(settings)
    assert open_doors(app) == []
    assert routes(app) >= {"/ivr/voice", "/ivr/status", "/ivr/fallback", "/ivr/audio/",
                           "/sms/inbound", "/sms/status", "/sms/fallback", "/healthz", "/"}


@pytest.mark.parametrize(("rule", "method", "guarded", "expected"), [
    ("/ivr/voice", "GET", True, "/ivr/voice takes ['GET']"),
    ("/sms/new", "POST", False, "/sms/new is not guarded"),
    ("/ivr/audio/x", "POST", False, "/ivr/audio/x takes ['POST']"),
])
def test_an_open_door_is_seen(settings: Settings, rule: str, method: str, guarded: bool,
                              expected: str) -> None:
    def view(*_: object) -> Response:
        return Response()

    app = Flask("planted")
    app.url_map.add(Rule(rule, endpoint="planted", methods=[method]))
    app.view_functions["planted"] = Doors(settings).guarded(view) if guarded else view
    assert open_doors(app) == [expected]


@pytest.mark.parametrize("environ", [PRODUCTION, REAL_ACCOUNT], ids=["production", "real account"])
def test_nobody_tries_in_the_name_of_a_real_account(
        tmp_path: Path, environ: dict[str, str]) -> None:
    app = hallway.create_public_app(
        Settings.load(environ | {"HALLWAY_STATE": str(tmp_path)}))
    assert not [rule for rule in routes(app) if rule.startswith("/try")]
    assert app.test_client().get("/").status_code == 404
    assert app.test_client().get("/try").status_code == 404
    assert open_doors(app) == []


def test_the_public_door_speaks_plainly(settings: Settings) -> None:
    web = hallway.create_public_app(settings).test_client()
    assert web.get("/healthz").text == "ok\n"
    assert web.get("/").headers["Location"].startswith("/try")
    wrong = web.get("/ivr/voice")
    assert (wrong.status_code, wrong.text) == (405, "405 Method Not Allowed\n")
    assert "POST" in wrong.headers["Allow"]
    assert web.post("/sms/inbound", data={"Body": "1"}).status_code == 403
    for answer in (wrong, web.get("/nowhere")):
        assert answer.mimetype == "text/plain"
        assert answer.headers["Cache-Control"] == "no-store"


def test_an_accident_names_nobody(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    app = hallway.create_public_app(settings)

    caller = "+8613900000000"

    @app.get("/accident")
    def accident() -> Response:
        raise ValueError(f"called by {caller}")

    answer = app.test_client().get("/accident")
    assert (answer.status_code, answer.text) == (500, "500 Internal Server Error\n")
    assert "ValueError" in caplog.text
    assert "accident" in caplog.text  # where it happened
    assert "13900000000" not in caplog.text
