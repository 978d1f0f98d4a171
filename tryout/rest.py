"""The fake of Twilio's REST API, version 2010-04-01: messages, calls, recordings.

Shapes, status codes and errors are Twilio's, held in the tests against its own
Python SDK. Basic authentication with the account's identifier and token.
"""

from __future__ import annotations

import hmac
import io
import wave
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from tryout.account import Account
from tryout.calls import Call
from tryout.desk import API_VERSION
from tryout.messages import Message
from tryout.refusals import Refusal

MOST_A_PAGE = 1000
RATE = 8000  # samples a second of a recording
AS_ACCEPTED = {"status": "queued"}  # the answer to a POST, however far the thing has come since


def create_rest(account: Account) -> Blueprint:
    """The blueprint to mount where `TWILIO_API_BASE` points."""
    rest = Blueprint("twilio", __name__, url_prefix="/twilio")
    root = f"/{API_VERSION}/Accounts/<account_sid>"

    @rest.errorhandler(Refusal)
    def refused(refusal: Refusal) -> Response:
        answer = jsonify(refusal.as_json())
        answer.status_code = refusal.status
        if refusal.status == 401:
            answer.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        return answer

    @rest.before_request
    def authenticate() -> None:
        given = request.authorization
        # Both are compared as bytes: compare_digest refuses text beyond ASCII.
        right = (given is not None and given.type == "basic"
                 and hmac.compare_digest((given.username or "").encode(), account.sid.encode())
                 and hmac.compare_digest((given.password or "").encode(), account.token.encode()))
        if not right:
            raise Refusal(20003)
        if (request.view_args or {}).get("account_sid", account.sid) != account.sid:
            raise Refusal(20404, request.path)

    @rest.get(root + ".json")
    def fetch_account(account_sid: str) -> Response:
        return jsonify({"sid": account_sid, "friendly_name": "Hallway, try it", "type": "Full",
                        "status": "active", "owner_account_sid": account_sid,
                        "uri": f"/{API_VERSION}/Accounts/{account_sid}.json"})

    @rest.post(root + "/Messages.json")
    def create_message(account_sid: str) -> tuple[Response, int]:
        form = request.form
        message = account.messages.create(form.get("From", ""), form.get("To", ""),
                                          form.get("Body", ""), form.get("StatusCallback", ""))
        return jsonify(message.as_json() | AS_ACCEPTED | {"date_sent": None}), 201

    @rest.get(root + "/Messages.json")
    def list_messages(account_sid: str) -> Response:
        found = [m for m in reversed(account.messages.all) if _wanted(m, m.sent)]
        return _page("messages", found)

    @rest.get(root + "/Messages/<sid>.json")
    def fetch_message(account_sid: str, sid: str) -> Response:
        for message in account.messages.all:
            if message.sid == sid:
                return jsonify(message.as_json())
        raise Refusal(20404, request.path)

    @rest.post(root + "/Calls.json")
    def create_call(account_sid: str) -> tuple[Response, int]:
        call = account.create_call(request.form, request.form.getlist("StatusCallbackEvent"))
        return jsonify(call.as_json() | AS_ACCEPTED), 201

    @rest.get(root + "/Calls.json")
    def list_calls(account_sid: str) -> Response:
        status = request.args.get("Status")
        found = [c for c in reversed(list(account.calls.values()))
                 if _wanted(c, c.answered) and status in (None, c.status)]
        return _page("calls", found)

    @rest.get(root + "/Calls/<sid>.json")
    def fetch_call(account_sid: str, sid: str) -> Response:
        return jsonify(the_call(sid).as_json())

    @rest.post(root + "/Calls/<sid>.json")
    def update_call(account_sid: str, sid: str) -> Response:
        call = the_call(sid)
        account.update_call(call, request.form)
        return jsonify(call.as_json())

    @rest.get(root + "/Recordings/<sid>.wav")
    @rest.get(root + "/Recordings/<sid>")
    def fetch_recording(account_sid: str, sid: str) -> Response:
        if sid not in account.desk.recordings:
            raise Refusal(20404, request.path)
        return Response(_silence(account.desk.recordings[sid]), content_type="audio/x-wav")

    @rest.route("/<path:anything>", methods=["GET", "POST", "PUT", "DELETE"])
    def unknown(anything: str) -> Response:
        raise Refusal(20404, request.path)

    def the_call(sid: str) -> Call:
        if sid not in account.calls:
            raise Refusal(20404, request.path)
        return account.calls[sid]

    return rest


def _wanted(item: Message | Call, at: datetime | None) -> bool:
    """Twilio's list filters that both lists share: To, From, and the day."""
    args = request.args
    day = args.get("DateSent") or args.get("StartTime")
    return (args.get("To", item.to) == item.to and args.get("From", item.from_) == item.from_
            and (not day or (at is not None and at.date().isoformat() == day[:10])))


def _page(name: str, found: Sequence[Message | Call]) -> Response:
    """One page of a list, newest first, with the addresses of its neighbours."""
    try:
        size = min(max(int(request.args.get("PageSize", 50)), 1), MOST_A_PAGE)
        page = max(int(request.args.get("Page", 0)), 0)
    except ValueError:
        raise Refusal(20001, "PageSize or Page") from None
    others = {k: v for k, v in request.args.items() if k not in ("Page", "PageSize")}
    path = request.path[request.path.index(f"/{API_VERSION}/"):]

    def address(number: int) -> str:
        return path + "?" + urlencode({**others, "PageSize": size, "Page": number})

    items = found[page * size:(page + 1) * size]
    more = len(found) > (page + 1) * size
    body: dict[str, Any] = {
        name: [item.as_json() for item in items], "page": page, "page_size": size,
        "start": page * size, "end": page * size + max(len(items) - 1, 0),
        "uri": address(page), "first_page_uri": address(0),
        "next_page_uri": address(page + 1) if more else None,
        "previous_page_uri": address(page - 1) if page else None,
    }
    return jsonify(body)


def _silence(seconds: float) -> bytes:
    """A recording's audio: nobody really spoke, so it is silence of the right length."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(2 * int(RATE * seconds)))
    return out.getvalue()
