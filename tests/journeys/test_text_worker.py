"""By text: what was asked for on another channel arrives on the mobile, once."""

from __future__ import annotations

import logging
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
import sqlalchemy as sa
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client as TwilioClient

import processes
from sms.sender import Sender, Sent
from sms.worker import Worker
from status_service import wording
from status_service.client import Answer
from status_service.storage import tables
from status_service.storage.engine import make_engine
from tests.journeys.owncase import MISSING, OwnCase
from tests.servers import Hall
from tests.sms.handset import NOWHERE, bureau, handset
from webhooks import StoreAway, Turns

SECONDS = 20.0  # that anything here may take at the very most


class Account:
    """What the customer of the (fake) Twilio account sees, by Twilio's own SDK."""

    def __init__(self, hall: Hall) -> None:
        base = hall.settings.twilio_api_base

        class Wire(TwilioHttpClient):  # type: ignore[misc]
            def request(self, method, url, *a, **k):  # type: ignore[no-untyped-def]
                return super().request(
                    method, url.replace("https://api.twilio.com", base), *a, **k)

        self._twilio = TwilioClient(hall.settings.twilio_account_sid,
                                    hall.settings.twilio_auth_token, http_client=Wire())

    def sent_to(self, number: str) -> list[str]:
        return [message.body for message in self._twilio.messages.list(to=number)]


@pytest.fixture
def account(hall: Hall, public_door: str) -> Account:
    assert hall.settings.twilio_api_base.startswith(public_door)
    return Account(hall)


@pytest.fixture(scope="session")
def number(hall: Hall) -> str:
    return bureau(hall).writes("71-550001")


class Counting(Sender):
    """The real sender, counting; `sent` is what it shall say instead of sending."""

    def __init__(self, hall: Hall, sent: Sent | None = None) -> None:
        super().__init__(hall.settings)
        self.sent, self.tries = sent, 0

    def send(self, to: str, text: str, notification: str) -> Sent:
        self.tries += 1
        return self.sent or super().send(to, text, notification)


def worker_of(hall: Hall, sender: Sender) -> Worker:
    return Worker(hall.settings, hall.client, Turns(hall.settings), sender)


def ask_for(hall: Hall, mobile: str, subject: str, kind: str = "answer",
            language: str = "zh-CN") -> str:
    """Another channel asks for a text; gives the key it asked with."""
    key = f"{mobile}:{subject}"
    assert hall.client.notify(key=key, medium="sms", recipient=mobile, kind=kind, subject=subject,
                              language=language)  # type: ignore[arg-type]
    return key


def row_of(hall: Hall, key: str) -> sa.Row[tuple[object, ...]]:
    engine = make_engine(hall.environ["DATABASE_URL"])
    t = tables.notifications
    with engine.connect() as connection:
        return connection.execute(sa.select(t).where(t.c.key == key)).one()


def until(true: Callable[[], bool]) -> bool:
    ends = time.monotonic() + SECONDS
    while not (found := true()) and time.monotonic() < ends:
        pass
    return found


@pytest.fixture(scope="module", autouse=True)
def empty_outbox(hall: Hall) -> Iterator[None]:
    """Whatever other stories asked for is taken out first, and not sent."""
    while claimed := hall.client.claim("sms", "tests", 100):
        for message in claimed:
            hall.client.report(message.id, "failed", error="not of these stories")
    yield


def test_a_text_arrives_once_and_its_delivery_is_known(hall: Hall, account: Account,
                                                       number: str) -> None:
    mobile = handset(hall).number
    key = ask_for(hall, mobile, number)
    ask_for(hall, mobile, number)  # pressed twice on the phone
    worker = worker_of(hall, Counting(hall))
    assert worker.round() == 1
    assert worker.round() == 0
    answer = hall.client.case(number)
    assert isinstance(answer, Answer)
    today = datetime.now(ZoneInfo(hall.settings.zone)).date()
    assert account.sent_to(mobile) == [wording.answer_text(answer, "zh-CN", today)]
    assert until(lambda: row_of(hall, key).state == "delivered")
    assert row_of(hall, key).provider_id.startswith("SM")


def test_a_guide_in_the_language_asked_for(hall: Hall, account: Account) -> None:
    mobile = handset(hall).number
    code = hall.client.matters()[0].code
    detail = hall.client.matter(code)
    assert detail is not None
    ask_for(hall, mobile, code, "guide", "en")
    assert worker_of(hall, Counting(hall)).round() == 1
    assert account.sent_to(mobile) == [wording.guide_text(detail, "en")]


def test_a_stop_after_the_asking_is_obeyed(hall: Hall, number: str) -> None:
    phone, sender = handset(hall), Counting(hall)
    key = ask_for(hall, phone.number, number)
    phone.texts("STOP").silent()
    worker_of(hall, sender).round()
    assert (sender.tries, row_of(hall, key).state) == (0, "refused")


def test_a_stop_that_waited_in_redis_goes_before_any_sending(hall: Hall, number: str) -> None:
    away, sender = handset(hall, service=NOWHERE), Counting(hall)
    key = ask_for(hall, away.number, number)
    away.texts("STOP").silent()
    assert row_of(hall, key).state == "queued"
    worker_of(hall, sender).round()
    assert (sender.tries, row_of(hall, key).state) == (0, "refused")


def test_nothing_is_sent_while_waiting_stops_cannot_be_read(hall: Hall, number: str) -> None:
    key, sender = ask_for(hall, handset(hall).number, number), Counting(hall)
    blind = msgspec.structs.replace(hall.settings, redis_url="redis://127.0.0.1:9/0")
    with pytest.raises(StoreAway):
        Worker(blind, hall.client, Turns(blind), sender).round()
    assert (sender.tries, row_of(hall, key).state) == (0, "queued")
    assert worker_of(hall, sender).round() == 1


@pytest.mark.parametrize(("sent", "state"), [
    (Sent("unknown", error="ReadTimeout"), "unknown"), (Sent("failed", error="21211"), "failed"),
    (Sent("retry", error="30001"), "queued")])
def test_what_went_wrong_is_reported_and_not_tried_again_at_once(
        hall: Hall, number: str, sent: Sent, state: str) -> None:
    key, sender = ask_for(hall, handset(hall).number, number), Counting(hall, sent)
    worker = worker_of(hall, sender)
    assert worker.round() == 1
    assert worker.round() == 0
    assert sender.tries == 1
    assert (row_of(hall, key).state, row_of(hall, key).error) == (state, sent.error)


def test_an_opt_out_at_the_provider_ends_in_the_ledger(hall: Hall, number: str) -> None:
    mobile, sender = handset(hall).number, Counting(hall, Sent("stopped", error="21610"))
    key = ask_for(hall, mobile, number)
    worker_of(hall, sender).round()
    assert (row_of(hall, key).state, row_of(hall, key).error) == ("failed", "21610")
    assert not hall.client.notify(key="again" + mobile, medium="sms", recipient=mobile,
                                  language="en", kind="answer", subject=number)


def test_the_program_sends_and_ends_when_told(hall: Hall, account: Account, number: str) -> None:
    program = subprocess.Popen([sys.executable, "-m", "sms.worker"], env=hall.environ,
                               cwd=processes.ROOT, stderr=subprocess.PIPE, text=True)
    mobile = handset(hall).number
    ask_for(hall, mobile, number)
    try:
        assert until(lambda: bool(account.sent_to(mobile)))
    finally:
        program.send_signal(signal.SIGTERM)
        _, log = program.communicate(timeout=SECONDS)
    assert program.returncode == 0
    assert "ended" in log
    assert mobile[1:] not in log


# -- one-time codes ---------------------------------------------------------------------


def code_of(account: Account, mobile: str) -> str:
    """The code in the one text that came to this phone."""
    [text] = account.sent_to(mobile)
    found = re.search(r"\b\d{6}\b", text.replace("是", " "))
    assert found, text
    return found[0]


@pytest.mark.parametrize(("asks", "word"), [
    ("验证码 {}", "有效"), ("CODE {}", "good for 5 minutes"), ("كود {}", "مىنۇت")])
def test_a_code_comes_to_the_registered_phone_and_serves(
        hall: Hall, account: Account, caplog: pytest.LogCaptureFixture, asks: str,
        word: str) -> None:
    own, stranger = OwnCase(hall), handset(hall)
    sender = Counting(hall)
    with caplog.at_level(logging.DEBUG):
        stranger.texts(asks.format(own.number))
        assert until(lambda: worker_of(hall, sender).round() > 0)
        code = code_of(account, own.phone)
    assert word in account.sent_to(own.phone)[0] and own.number not in account.sent_to(own.phone)[0]
    assert own.number[-4:] in account.sent_to(own.phone)[0]
    assert account.sent_to(stranger.number) == []
    assert code not in caplog.text and own.phone not in caplog.text
    stranger.texts(code)
    assert MISSING in (stranger.said or "") or "Site plan" in (stranger.said or "")


def test_a_text_that_comes_twice_sends_one_code(hall: Hall, account: Account) -> None:
    own, stranger = OwnCase(hall), handset(hall)
    stranger.texts(f"验证码 {own.number}")
    stranger.texts(f"验证码 {own.number}", sid=stranger.sid)
    assert until(lambda: worker_of(hall, Counting(hall)).round() > 0)
    code_of(account, own.phone)


def test_a_code_whose_sending_is_unsure_is_not_sent_again(hall: Hall, account: Account) -> None:
    own, stranger = OwnCase(hall), handset(hall)
    stranger.texts(f"验证码 {own.number}")
    unsure = Counting(hall, Sent("unknown", error="timeout"))
    assert until(lambda: worker_of(hall, unsure).round() > 0)
    again = Counting(hall)
    worker_of(hall, again).round()
    assert (unsure.tries, again.tries) == (1, 0)
    assert account.sent_to(own.phone) == []
