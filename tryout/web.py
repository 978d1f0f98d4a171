"""/try: the page, what it asks of the account and of the kiosk, and the fake REST API.

Mounted in development only. The account calls the real webhooks at the public
address, with real signatures; nothing here reaches into them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import yaml
from flask import Blueprint, Response, abort, jsonify, request, send_from_directory

from tryout.account import Account
from tryout.calls import Call, NotNow
from tryout.desk import Line
from tryout.kiosk import Sockets, create_kiosk
from tryout.messages import Message
from tryout.rest import create_rest
from tryout.transcript import Entry

PAGE = Path(__file__).parent / "page"
WORDS = Path(__file__).parent / "words.yaml"
LONGEST_TEXT = 1600  # characters
_NUMBER = re.compile(r"\+[1-9][0-9]{4,14}")
_KEYS = re.compile(r"[0-9*#]{1,64}")

Showcase = Callable[[], list[dict[str, str]]]
Captions = Callable[[str], tuple[str, str] | None]


class Connection(Protocol):
    """What the account needs to know of the product: the same that Twilio's console knows."""

    @property
    def twilio_account_sid(self) -> str: ...
    @property
    def twilio_auth_token(self) -> str: ...
    @property
    def twilio_api_base(self) -> str: ...
    @property
    def twilio_number(self) -> str: ...
    @property
    def public_url(self) -> str: ...


def open_account(connection: Connection) -> Account:
    """The account that these settings speak of."""
    return Account(connection.twilio_account_sid, connection.twilio_auth_token,
                   [Line.under(connection.public_url, connection.twilio_number)],
                   api_url=connection.twilio_api_base)


def no_showcase() -> list[dict[str, str]]:
    return []


def no_captions(path: str) -> tuple[str, str] | None:
    return None


def create_blueprint(connection: Connection, showcase: Showcase = no_showcase,
                     captions: Captions = no_captions, account: Account | None = None,
                     sockets: Path | None = None) -> Blueprint:
    """The blueprint to mount at /try.

    `showcase` gives numbers worth trying, each with its query code (`code`, "" without one)
    and a line in zh-CN, en and ug.
    `captions` gives the words and the language of a recording by its path, where
    somebody knows them; without it the page says only in which language it is.
    `sockets` is the directory where the kiosk and the software card listen, if there is one.
    """
    account = account or open_account(connection)
    web = Blueprint("tryout", __name__, static_folder=str(PAGE), static_url_path="/page")
    web.register_blueprint(create_rest(account))
    kiosk = Sockets(sockets)
    web.register_blueprint(create_kiosk(kiosk), url_prefix="/kiosk")
    _add_page(web, account, showcase, kiosk)
    _add_calls(web, account, captions)
    _add_texts(web, account)
    return web


def _add_page(web: Blueprint, account: Account, showcase: Showcase, kiosk: Sockets) -> None:
    words = yaml.safe_load(WORDS.read_text("utf-8"))["words"]

    @web.get("/")
    def page() -> Response:
        return send_from_directory(PAGE, "index.html")

    @web.get("/about")
    def about() -> Response:
        """What the page needs to begin: its words, the hall's numbers, numbers to try, and
        whether there is a kiosk."""
        return jsonify({"words": words, "numbers": sorted(account.lines),
                        "showcase": showcase(), "kiosk": kiosk.there})

    @web.get("/alerts")
    def alerts() -> Response:
        """What the application did wrong, as Twilio's debugger would list it."""
        after = request.args.get("after", 0, type=int)
        return jsonify([{"n": a.n, "code": a.code, "text": a.text, "url": a.url}
                        for a in account.alerts if a.n > after])


def _add_calls(web: Blueprint, account: Account, captions: Captions) -> None:
    def the_call(sid: str) -> Call:
        return account.calls.get(sid) or abort(404)

    def state(call: Call, after: int = 0) -> Response:
        waiting = call.waiting
        return jsonify({
            "sid": call.sid, "status": call.status, "direction": call.direction,
            "over": call.ended is not None, "waiting": asdict(waiting) if waiting else None,
            "entries": [_entry(e, captions) for e in call.transcript.since(after)],
        })

    @web.post("/calls")
    def start() -> Response:
        body = _body()
        from_, to = _handset(body), str(body.get("to", ""))
        if to not in account.lines:
            abort(400)
        call = account.ring(from_, to)
        account.desk.errands.put("drive " + call.sid, call.begin)
        return state(call)

    @web.get("/calls/<sid>")
    def look(sid: str) -> Response:
        return state(the_call(sid), request.args.get("after", 0, type=int))

    @web.post("/calls/<sid>/<act>")
    def act(sid: str, act: str) -> Response:
        """One act of the person at the telephone; the answer is what came of it."""
        call, body = the_call(sid), _body()
        acts: dict[str, Callable[[], None]] = {
            "keys": lambda: call.press(_keys(body)),
            "wait": partial(call.wait, body.get("turn")),
            "hangup": call.hang_up,
            "answer": call.answer,
            "decline": lambda: call.decline(_how(body)),
            "speak": call.speak,
        }
        if act not in acts:
            abort(404)
        try:
            acts[act]()
        except NotNow:
            return _conflict(state(call, _after(body)))
        return state(call, _after(body))

    @web.get("/calls/<sid>/audio/<int:n>")
    def audio(sid: str, n: int) -> Response:
        """What a <Play> played, as the account fetched it."""
        kept = the_call(sid).audio
        if n >= len(kept):
            abort(404)
        return Response(kept[n][1], content_type=kept[n][0])


def _add_texts(web: Blueprint, account: Account) -> None:
    @web.post("/texts")
    def send() -> Response:
        body = _body()
        from_, to, words = _handset(body), str(body.get("to", "")), body.get("body")
        if to not in account.lines or not isinstance(words, str) \
                or not 0 < len(words) <= LONGEST_TEXT:
            abort(400)
        return jsonify(_bubble(account.messages.receive(from_, to, words), from_))

    @web.post("/handset")
    def handset() -> Response:
        """The texts on one handset after a place, and the call that makes it ring.

        A POST, for a phone number has no place in an address.
        """
        body = _body()
        number = _handset(body)
        found, place = account.messages.of(number, _after(body))
        ringing = account.ringing_at(number)
        return jsonify({"messages": [_bubble(m, number) for m in found], "next": place,
                        "ringing": ringing.sid if ringing else None})

    @web.get("/texts/<sid>/exchanges")
    def exchanges(sid: str) -> Response:
        """What was exchanged with the webhook about one text."""
        for message in account.messages.all:
            if message.sid == sid:
                return jsonify(message.exchanges)
        abort(404)


def _body() -> dict[str, Any]:
    """The JSON object sent. Only JSON is taken: another site's form cannot send it."""
    body = request.get_json()
    if not isinstance(body, dict):
        abort(400)
    return body


def _handset(body: dict[str, Any]) -> str:
    number = str(body.get("from", ""))
    if not _NUMBER.fullmatch(number):
        abort(400)
    return number


def _after(body: dict[str, Any]) -> int:
    after = body.get("after", 0)
    return after if isinstance(after, int) else 0


def _keys(body: dict[str, Any]) -> str:
    keys = str(body.get("keys", ""))
    if not _KEYS.fullmatch(keys):
        abort(400)
    return keys


def _how(body: dict[str, Any]) -> Any:
    how = body.get("how", "busy")
    if how not in ("busy", "no-answer", "failed"):
        abort(400)
    return how


def _conflict(answer: Response) -> Response:
    answer.status_code = 409
    return answer


def _entry(entry: Entry, captions: Captions) -> dict[str, Any]:
    text, language = entry.text, entry.language
    if entry.kind == "play":
        known = captions(entry.detail["path"])
        if known:
            text, language = known
    return {"n": entry.n, "at": entry.at.isoformat(), "who": entry.who, "kind": entry.kind,
            "text": text, "language": language, "seconds": entry.seconds, "audio": entry.audio,
            "interruptible": entry.interruptible, "detail": dict(entry.detail)}


def _bubble(message: Message, owner: str) -> dict[str, Any]:
    size = message.size
    return {"sid": message.sid, "mine": message.from_ == owner, "body": message.body,
            "at": message.created.isoformat(), "automatic": message.automatic,
            "encoding": size.encoding, "units": size.units, "segments": size.segments}
