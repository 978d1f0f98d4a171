"""Which documents run and which are refused, and with which of Twilio's codes."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from tryout.twiml import MESSAGING, SPOKEN, VOICE, BadTwiml, read_messaging, read_voice

XML = "text/xml; charset=utf-8"


def voice(inside: str) -> bytes:
    return f"<Response>{inside}</Response>".encode()


@pytest.mark.parametrize("inside", [
    "", "<!-- a word to the reader -->", "\n  <Hangup/>\n",
    "<Say>你好</Say>", '<Say language="zh-CN" voice="Polly.Zhiyu">按 1</Say>',
    'a<Say>1</Say>'[1:], '<Say loop="0">on and on</Say>',
    '<Say>Press <break time="200ms"/> <say-as interpret-as="digits">12</say-as></Say>',
    "<Play>/ivr/audio/x</Play>", '<Play digits="1w2"/>', '<Pause length="3"/>',
    '<Gather numDigits="1" action="/next?a=1&amp;b=2"><Say>1</Say><Play>x</Play><Pause/></Gather>',
    '<Gather finishOnKey="" input="dtmf speech" timeout="auto" actionOnEmptyResult="true"/>',
    '<Redirect method="GET">/again</Redirect>', '<Reject reason="busy"/>',
    '<Dial timeout="20" callerId="+869914810000">+8699148100</Dial>',
    '<Dial action="/after"><Number sendDigits="1w">+8699148100</Number><Sip>sip:a@b</Sip></Dial>',
    '<Record maxLength="30" playBeep="true" finishOnKey="#"/>',
])
def test_a_good_document_runs(inside: str) -> None:
    assert len(read_voice(XML, voice(inside))) in (0, 1)


@pytest.mark.parametrize(("code", "content_type", "body"), [
    (12300, "text/html", voice("")),
    (12300, "", voice("")),
    (12300, "application/json", b"{}"),
    (12100, XML, b""),
    (12100, XML, b"OK"),
    (12100, XML, b"\n" + voice("")),
    (12100, XML, b"\xef\xbb\xbf" + voice("")),
    (12100, XML, b"<Response><Say>x</Response>"),
    (12100, XML, b"<Response><Say>\xff</Say></Response>"),
    (12100, XML, b"<response/>"),
    (12100, XML, b"<html/>"),
    (12100, XML, b'<!DOCTYPE Response [<!ENTITY a "x">]><Response><Say>&a;</Say></Response>'),
    (12100, XML, b"<!DOCTYPE Response><Response/>"),
    (12100, XML, voice("<Say>" + "x" * 70_000 + "</Say>")),
    (12200, XML, b'<Response version="1"/>'),
    (12200, XML, voice("words of its own")),
    (12200, XML, voice("<Hangup/>words behind")),
    (12200, XML, voice("<say>x</say>")),
    (12200, XML, voice("<Message>x</Message>")),
    (12200, XML, voice("<Enqueue>x</Enqueue>")),
    (12200, XML, voice("<Number>+86</Number>")),
    (12200, XML, voice('<Say lang="en">x</Say>')),
    (12200, XML, voice("<Say/>")),
    (12200, XML, voice("<Say>  </Say>")),
    (12200, XML, voice("<Say>" + "x" * 4097 + "</Say>")),
    (13512, XML, voice('<Say language="ug">x</Say>')),
    (12200, XML, voice('<Say loop="-1">x</Say>')),
    (12200, XML, voice("<Say><Play>x</Play></Say>")),
    (12200, XML, voice("<Play/>")),
    (12200, XML, voice('<Play digits="1">x</Play>')),
    (12200, XML, voice("<Play>two words</Play>")),
    (12200, XML, voice('<Pause length="0"/>')),
    (12200, XML, voice("<Pause>x</Pause>")),
    (12200, XML, voice('<Gather numDigits="0"/>')),
    (12200, XML, voice('<Gather finishOnKey="##"/>')),
    (12200, XML, voice('<Gather method="post"/>')),
    (12200, XML, voice('<Gather timeout="5s"/>')),
    (12200, XML, voice('<Gather numdigits="1"/>')),
    (12200, XML, voice("<Gather><Hangup/></Gather>")),
    (12200, XML, voice("<Gather>press 1</Gather>")),
    (12200, XML, voice("<Redirect/>")),
    (12200, XML, voice('<Reject reason="tired"/>')),
    (12200, XML, voice("<Dial/>")),
    (12200, XML, voice("<Dial><Number/></Dial>")),
    (12200, XML, voice('<Record maxLength="no"/>')),
])
def test_a_bad_document_is_refused_by_its_code(code: int, content_type: str, body: bytes) -> None:
    with pytest.raises(BadTwiml) as refused:
        read_voice(content_type, body)
    assert refused.value.code == code
    assert len(refused.value.text) > 10


@pytest.mark.parametrize(("inside", "texts"), [
    ("", []),
    ("<Message>你好</Message>", ["你好"]),
    ("<Message><Body>a\nb</Body></Message><Message>c</Message>", ["a\nb", "c"]),
    ('<Message to="+8613812345678" statusCallback="/s">x</Message>', ["x"]),
])
def test_messaging(inside: str, texts: list[str]) -> None:
    assert [verb.text for verb in read_messaging(XML, voice(inside))] == texts


@pytest.mark.parametrize(("code", "inside"), [
    (12200, "<Say>x</Say>"), (12200, "<Message/>"), (12200, "<Message><Media>x</Media></Message>"),
    (12200, "<Sms>x</Sms>"), (12200, '<Message language="en">x</Message>'),
    (21617, "<Message>" + "x" * 1601 + "</Message>"),
])
def test_bad_messaging(code: int, inside: str) -> None:
    with pytest.raises(BadTwiml) as refused:
        read_messaging(XML, voice(inside))
    assert refused.value.code == code


def test_no_body_is_no_reply() -> None:
    assert read_messaging("", b"") == ()


def camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


# What the SDK can write and this telephone refuses on purpose, verb by verb.
REFUSED = {
    "Gather": set[str](),
    "Dial": {"record", "trim", "recordingStatusCallback", "recordingStatusCallbackMethod",
             "recordingStatusCallbackEvent", "recordingConfigurationId", "recordingTrack",
             "referUrl", "referMethod", "events", "passports"},
    "Record": {"transcribeCallback", "recordingConfigurationId"},
    "Number": {"url", "method", "statusCallbackEvent", "statusCallback", "statusCallbackMethod",
               "byoc", "machineDetection", "amdStatusCallbackMethod", "amdStatusCallback",
               "machineDetectionTimeout", "machineDetectionSpeechThreshold",
               "machineDetectionSpeechEndThreshold", "machineDetectionSilenceTimeout"},
    "Sip": {"url", "method", "statusCallbackEvent", "statusCallback", "statusCallbackMethod",
            "machineDetection", "amdStatusCallbackMethod", "amdStatusCallback",
            "machineDetectionTimeout", "machineDetectionSpeechThreshold",
            "machineDetectionSpeechEndThreshold", "machineDetectionSilenceTimeout"},
}
CONTENT = {"message", "url", "number", "phoneNumber", "sipUrl", "body"}


@pytest.mark.parametrize(("rules", "builder", "name"), [
    (VOICE, VoiceResponse, name)
    for name in ("Say", "Play", "Pause", "Gather", "Redirect", "Reject", "Dial", "Record")
] + [(VOICE, Dial, "Number"), (VOICE, Dial, "Sip"), (VOICE, Gather, "Say"),
     (MESSAGING, MessagingResponse, "Message"), (MESSAGING, MessagingResponse, "Redirect")])
def test_attributes_are_those_of_twilios_own_builder(
        rules: dict[str, object], builder: type, name: str) -> None:
    written = {camel(p) for p in inspect.signature(getattr(builder, name.lower())).parameters}
    ours = set(rules[name].attributes)  # type: ignore[attr-defined]
    content = CONTENT if name not in ("Number", "Sip") else CONTENT - {"url"}
    assert ours == written - {"self", "kwargs"} - content - REFUSED.get(name, set())


def test_what_the_sdk_writes_is_read() -> None:
    response = VoiceResponse()
    gather = response.gather(num_digits=1, action="/next", timeout=7, action_on_empty_result=True)
    gather.say("请按一", language="zh-CN")
    gather.play("/ivr/audio/a")
    response.redirect("/again", method="GET")
    first, second = read_voice(XML, str(response).encode())
    assert (first.name, [v.name for v in first.children]) == ("Gather", ["Say", "Play"])
    assert first.children[0].text == "请按一"
    assert (first.number("timeout", 5), first.true("actionOnEmptyResult")) == (7, True)
    assert (second.text, second.get("method", "POST")) == ("/again", "GET")


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), min_size=1)


@given(WORDS.filter(lambda s: s.split()), st.sampled_from(sorted(SPOKEN)))
def test_whatever_the_sdk_says_comes_out_as_it_went_in(words: str, language: str) -> None:
    response = VoiceResponse()
    response.say(words, language=language)
    (verb,) = read_voice(XML, str(response).encode())
    assert verb.text.split() == words.split()
    assert verb.get("language", "") == language


@given(st.binary(max_size=300))
def test_garbage_is_refused_and_never_crashes(body: bytes) -> None:
    try:
        verbs = read_voice(XML, body)
    except BadTwiml as refused:
        assert refused.code in (12100, 12200, 13512)
    else:
        assert body.startswith(b"<") and isinstance(verbs, tuple)
