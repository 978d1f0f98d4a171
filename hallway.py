"""The public door: where the phone's and the text's webs meet.

`create_public_app` is what granian serves to the world; `python -m hallway`
starts everything on one machine (see `embedded`).
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from flask import Flask, Response, abort, redirect
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

import ivr.web
import sms.web
from ivr.audio import Audio
from settings import Settings
from status_service.client import Client
from webhooks import MOST_BODY, Express, Turns

SHOWCASE = Path(__file__).parent / "status_service" / "sample" / "showcase.yaml"

log = logging.getLogger("hallway")

CAREFUL = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
           ("Referrer-Policy", "no-referrer"))


def now() -> datetime:
    """The time, UTC: the one clock that the webs are given."""
    return datetime.now(UTC)


def create_public_app(settings: Settings | None = None) -> Flask:
    """/ivr, /sms and /healthz; /try as well, unless a real account is connected.

    Settings come from the environment unless given. Raises SettingsError.
    """
    settings = settings or Settings.load()
    client = Client(settings.service_url, settings.service_token)
    turns = Turns(settings)
    app = Flask("hallway", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY
    app.register_blueprint(ivr.web.create_blueprint(settings, client, turns, now))
    app.register_blueprint(sms.web.create_blueprint(settings, client, turns, now))
    if settings.tries:
        import tryout.web  # noqa: PLC0415 - production does not even load it

        app.register_blueprint(
            tryout.web.create_blueprint(
                settings, showcase, captions(settings),
                sockets=Path(settings.kiosk_sockets) if settings.kiosk_sockets else None),
            url_prefix="/try")

    @app.get("/")
    def start() -> AnyResponse:
        if settings.tries:
            return redirect("/try")
        abort(404)

    @app.get("/healthz")
    def healthz() -> Response:
        return plain("ok")

    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, accident)
    app.after_request(careful)
    app.wsgi_app = Express(app, trouble, CAREFUL)  # type: ignore[method-assign]
    return app


class Example(msgspec.Struct, frozen=True):
    """One case of the sample hall's showcase; the file says more than is wanted here."""

    number: str
    about: dict[str, str]  # a line in each language
    query_code: str = ""


def showcase() -> list[dict[str, str]]:
    """Case numbers of the sample hall worth trying, each with its query code and a line in
    zh-CN, en and ug."""
    examples = msgspec.yaml.decode(SHOWCASE.read_bytes(), type=list[Example])
    return [{"number": example.number, "code": example.query_code, **example.about}
            for example in examples]


def captions(settings: Settings) -> Callable[[str], tuple[str, str] | None]:
    """What a recording of the phone says, and in which language, by its path: for the page
    in the browser, which shows what the telephone company would only play."""
    audio = Audio(settings)
    return lambda path: audio.open(path.rsplit("/", 1)[-1])


def plain(text: str, status: int = 200) -> Response:
    return Response(text + "\n", status=status, mimetype="text/plain")


def http_error(error: HTTPException) -> AnyResponse:
    """Errors of the outer door are a line of text: who calls it is a machine or curious."""
    if error.code is None or error.code < 400:
        return error.get_response()  # a redirect
    answer = plain(f"{error.code} {error.name}", error.code)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value  # such as Allow
    return answer


def accident(error: Exception) -> Response:
    """An error of ours: logged by place and type, for its message may name a person.

    Twilio takes the 500 as the sign to ask the fallback route.
    """
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s\n%s", type(error).__name__, places)
    return plain("500 Internal Server Error", 500)


def careful(response: AnyResponse) -> AnyResponse:
    """Nothing of a call or a text is kept by a browser or a proxy unless a view says so."""
    for name, value in CAREFUL:
        response.headers.setdefault(name, value)
    return response


def trouble(error: Exception) -> AnyResponse:
    """The answer for whatever was raised, as Flask's handlers above would give it."""
    refusal = http_error(error) if isinstance(error, HTTPException) else accident(error)
    return careful(refusal)


if __name__ == "__main__":
    import embedded

    sys.exit(embedded.main())
