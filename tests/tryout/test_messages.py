"""Texts that come in: forwarded, answered, stopped, and what goes wrong with them."""

from __future__ import annotations

import re

import pytest
from flask import Response

from tests.tryout.office import CALLER, HALL, SID, Office
from tryout.account import Account
from tryout.messages import HELPED, STARTED, STOPPED
from tryout.refusals import Refusal


def bubbles(account: Account) -> list[str]:
    return [m.body for m in account.messages.of(CALLER)[0]]


def send(account: Account, body: str) -> None:
    account.messages.receive(CALLER, HALL, body)
    account.settle()


def test_a_text_is_forwarded_and_its_answer_arrives(office: Office, account: Account) -> None:
    office.twiml("/sms/inbound", "<Message>审查中\n请等待</Message>")
    send(account, "２４－０１９６５１ ")
    asked, = office.at("/sms/inbound")
    assert re.fullmatch("SM[0-9a-f]{32}", asked["MessageSid"])
    assert asked.items() >= {
        "SmsSid": asked["MessageSid"], "SmsMessageSid": asked["MessageSid"], "AccountSid": SID,
        "From": CALLER, "To": HALL, "Body": "２４－０１９６５１ ", "NumMedia": "0",
        "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01",
        "FromCountry": ""}.items()
    assert bubbles(account) == ["２４－０１９６５１ ", "审查中\n请等待"]
    assert account.messages.all[1].direction == "outbound-reply"


@pytest.mark.parametrize("answer", ["", "<Response/>"])
def test_no_reply_is_no_bubble(office: Office, account: Account, answer: str) -> None:
    office.answers["/sms/inbound"] = answer
    send(account, "hello")
    assert bubbles(account) == ["hello"]
    assert account.alerts == []


def test_the_same_text_can_come_twice(office: Office, account: Account) -> None:
    office.twiml("/sms/inbound")
    message = account.messages.receive(CALLER, HALL, "1")
    account.messages.repeat(message)
    account.settle()
    first, second = office.at("/sms/inbound")
    assert first == second


@pytest.mark.parametrize("word", ["STOP", " stop ", "Unsubscribe", "END", "quit", "CANCEL",
                                  "STOPALL", "REVOKE", "OPTOUT"])
def test_stop_blocks_answers_and_is_still_forwarded(office: Office, account: Account,
                                                    word: str) -> None:
    office.twiml("/sms/inbound", "<Message>sorry to see you go</Message>")
    send(account, word)
    assert office.at("/sms/inbound")[0]["Body"] == word
    assert bubbles(account) == [word, STOPPED]
    assert [a.code for a in account.alerts] == [21610]
    with pytest.raises(Refusal) as refused:
        account.messages.create(HALL, CALLER, "news")
    assert refused.value.code == 21610
    assert account.messages.create(HALL, "+8613900000000", "news")


def test_start_opens_again(office: Office, account: Account) -> None:
    office.twiml("/sms/inbound")
    for word in ("STOP", "HELP", "start"):
        send(account, word)
    assert bubbles(account) == ["STOP", STOPPED, "HELP", "start", STARTED]
    assert account.messages.create(HALL, CALLER, "news")


@pytest.mark.parametrize(("word", "answer"), [
    ("STOP PLEASE", []), ("stop.", []), ("YES", []), ("HELP", [HELPED]), ("info", [HELPED])])
def test_only_the_single_words_count(office: Office, account: Account, word: str,
                                     answer: list[str]) -> None:
    office.twiml("/sms/inbound")
    send(account, word)
    assert bubbles(account) == [word, *answer]
    assert not account.messages.stopped(HALL, CALLER)


@pytest.mark.parametrize(("broken", "code"), [
    (Response(status=500), "11200"), (Response("OK", content_type="text/plain"), "12300"),
    ("<Response><Say>x</Say></Response>", "12200")])
def test_the_fallback_answers_instead(office: Office, account: Account,
                                      broken: str | Response, code: str) -> None:
    office.answers["/sms/inbound"] = broken
    office.twiml("/sms/fallback", "<Message>Please try again later</Message>")
    send(account, "1")
    told, = office.at("/sms/fallback")
    assert (told["ErrorCode"], told["Body"]) == (code, "1")
    assert told["ErrorUrl"].endswith("/sms/inbound")
    assert bubbles(account) == ["1", "Please try again later"]
    assert [str(a.code) for a in account.alerts] == [code]


def test_without_a_fallback_a_text_is_dropped_silently(office: Office, account: Account) -> None:
    send(account, "1")
    assert bubbles(account) == ["1"]
    assert [a.code for a in account.alerts] == [11200, 11200]


def test_a_redirect_is_followed_and_circles_end(office: Office, account: Account) -> None:
    office.twiml("/sms/inbound", "<Message>one</Message><Redirect>/sms/more</Redirect>"
                                 "<Message>never</Message>")
    office.twiml("/sms/more", "<Message>two</Message>")
    send(account, "1")
    assert bubbles(account) == ["1", "one", "two"]
    office.twiml("/sms/more", "<Redirect>/sms/more</Redirect>")
    send(account, "2")
    assert account.alerts[-1].code == 14106


def test_ten_replies_and_no_more(office: Office, account: Account) -> None:
    office.twiml("/sms/inbound", "<Message>x</Message>" * 11)
    send(account, "1")
    assert bubbles(account) == ["1"] + ["x"] * 10
    assert account.alerts[-1].code == 14109


def test_a_reply_tells_its_states(office: Office, account: Account) -> None:
    office.twiml("/sms/inbound", '<Message statusCallback="/sms/status">x</Message>')
    office.answers["/sms/status"] = Response(status=204)
    send(account, "1")
    assert [t["MessageStatus"] for t in office.at("/sms/status")] == [
        "sending", "sent", "delivered"]


def test_a_handset_asks_from_where_it_was(office: Office, account: Account) -> None:
    office.twiml("/sms/inbound", "<Message>x</Message>")
    send(account, "1")
    found, place = account.messages.of(CALLER)
    assert (len(found), place) == (2, 2)
    assert account.messages.of(CALLER, place) == ([], 2)
    assert account.messages.of("+8613900000000") == ([], 2)
