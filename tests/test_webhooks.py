"""The doors of the webhooks: who is let in, and that the fast way is the same way."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

import hallway
from settings import Settings
from webhooks import MOST_PARAMETERS, form, signature

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.text(st.sampled_from("ab=&+%2BF8;é \x00"), max_size=60))
def test_a_form_is_read_as_urllib_reads_it(text: str) -> None:
    assert form(text) == parse_qs(text, keep_blank_values=True)


@given(st.dictionaries(TEXTS, st.lists(TEXTS, min_size=1, max_size=3), max_size=8))
def test_what_is_written_into_a_form_is_read_from_it(values: dict[str, list[str]]) -> None:
    assert form(urlencode(values, doseq=True)) == values


def test_a_form_without_end_is_refused() -> None:
    form("&".join(["a=1"] * MOST_PARAMETERS))
    with pytest.raises(ValueError, match="too many"):
        form("&".join(["a=1"] * (MOST_PARAMETERS + 1)))


@given(st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=12))
def test_our_signature_is_the_one_the_sdk_accepts(values: dict[str, str]) -> None:
    url = "https://hall.example/ivr/voice?step=3"
    signed = signature("token", url, {name: [value] for name, value in values.items()})
    assert RequestValidator("token").validate(url, values, signed)
    assert not RequestValidator("other").validate(url, values, signed)


@pytest.fixture
def door(clean_redis: str, tmp_path: Path) -> tuple[FlaskClient, FlaskClient, Settings]:
    """The public door as it is served, the same without Express, and the settings."""
    settings = Settings.load({
        "HALLWAY_STATE": str(tmp_path), "REDIS_URL": clean_redis, "TWILIO_AUTH_TOKEN": "first",
        "TWILIO_AUTH_TOKEN_SECONDARY": "second", "HALLWAY_SERVICE_URL": "http://127.0.0.1:9",
        "PUBLIC_BASE_URL": "https://hall.example"})
    plain = hallway.create_public_app(settings)
    plain.wsgi_app = plain.wsgi_app._app  # type: ignore[attr-defined, method-assign]
    return hallway.create_public_app(settings).test_client(), plain.test_client(), settings


PARAMETERS = {"CallSid": "CA1", "MessageSid": "SM1", "From": "+8613800000001", "Body": "帮助 ?+&=",
              "To": "+869914810000", "CallStatus": "ringing", "Empty": ""}


@pytest.mark.parametrize("path", ["/ivr/voice", "/ivr/voice?step=1&lang=en", "/ivr/fallback",
                                  "/sms/inbound", "/sms/fallback"])
def test_the_fast_way_answers_as_flask_does(
        door: tuple[FlaskClient, FlaskClient, Settings], path: str) -> None:
    fast, plain, _ = door
    for token, status in (("first", 200), ("second", 200), ("third", 403), ("", 403)):
        signed = signature(token, "https://hall.example" + path,
                           {name: [value] for name, value in PARAMETERS.items()})
        headers = {"X-Twilio-Signature": signed} if token else {}
        one, other = (way.post(path, data=PARAMETERS, headers=headers) for way in (fast, plain))
        assert (one.status_code, one.data) == (other.status_code, other.data)
        assert one.status_code == status
        assert dict(one.headers) == dict(other.headers)
        assert (b"<Response>" in one.data) == (status == 200)


@pytest.mark.parametrize("path", ["/ivr/voice", "/sms/inbound", "/ivr/nothing"])
def test_only_post_and_only_known_routes(
        door: tuple[FlaskClient, FlaskClient, Settings], path: str) -> None:
    fast, plain, _ = door
    for method in ("GET", "PUT", "HEAD"):
        assert fast.open(path, method=method).status_code == plain.open(
            path, method=method).status_code in (404, 405)


@pytest.mark.parametrize("signed", ["é", "x" * 4000, "===="])
def test_odd_signatures_are_refused(
        door: tuple[FlaskClient, FlaskClient, Settings], signed: str) -> None:
    got = door[0].post("/ivr/voice", data=PARAMETERS,
                       headers={"X-Twilio-Signature": signed.encode().decode("latin-1")})
    assert got.status_code == 403
