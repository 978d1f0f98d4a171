"""What the phone writes, held against Twilio's SDK and the verb schema; and the schema itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from ivr.audio import Audio
from ivr.prompts import Prompts
from ivr.talk import Line, Session, Step
from ivr.twiml import Writer
from status_service.client import LANGUAGES
from status_service.wording import Said
from tests.ivr import twiml_schema
from tests.ivr.conftest import phone_settings

PERSON, OWN = "+869914810012", "+869914810000"
SETTINGS = phone_settings(Path("/nonexistent"), "redis://unused")
AUDIO = Audio(SETTINGS)
WRITER = Writer(Prompts(PERSON, OWN), AUDIO, PERSON, OWN)
CHINESE = Session(language="zh-CN", chosen=True)


def canonical(document: bytes) -> bytes:
    return etree.tostring(etree.fromstring(document), method="c14n2")


def test_a_menu_is_what_the_sdk_writes() -> None:
    name = 'Müller & Söhne <"宏大">'
    mine = WRITER.write(Step(CHINESE, (Line("going_on", "zh-CN"), Said(name, "en"))), 7)
    theirs = VoiceResponse()
    gather = Gather(input="dtmf", action="/ivr/voice?step=7&lang=zh-CN", method="POST", timeout=7,
                    num_digits=1, finish_on_key="", action_on_empty_result=True, language="cmn-CN")
    gather.say("没有听到按键，我们用普通话继续。", voice="Polly.Zhiyu", language="cmn-CN")
    gather.say(name, voice="Polly.Joanna", language="en-US")
    theirs.append(gather)
    assert canonical(mine) == canonical(theirs.to_xml().encode())


def test_a_number_and_uyghur_are_what_the_sdk_writes() -> None:
    uyghur = Session(language="ug", chosen=True)
    mine = WRITER.write(Step(uyghur, (Said("سالام", "ug"),), "number"), 3)
    theirs = VoiceResponse()
    gather = Gather(input="dtmf", action="/ivr/voice?step=3&lang=ug", method="POST", timeout=8,
                    finish_on_key="#", action_on_empty_result=True)
    gather.play(f"/ivr/audio/{AUDIO.address('سالام', 'ug')}")
    theirs.append(gather)
    assert canonical(mine) == canonical(theirs.to_xml().encode())


def test_a_person_and_a_farewell_are_what_the_sdk_writes() -> None:
    theirs = VoiceResponse()
    theirs.say("正在为您转接人工，请不要挂机。", voice="Polly.Zhiyu", language="cmn-CN")
    theirs.append(Dial(PERSON, action="/ivr/voice?step=2&lang=zh-CN", method="POST", timeout=25,
                       caller_id=OWN))
    said = Step(CHINESE, (Line("connecting", "zh-CN"),), "person")
    expected = canonical(theirs.to_xml().encode())
    assert canonical(WRITER.write(said, 2)) == expected
    assert canonical(WRITER.person(("connecting",), ("zh-CN",), 2, "zh-CN")) == expected
    theirs = VoiceResponse()
    theirs.say("感谢您的来电，再见。", voice="Polly.Zhiyu", language="cmn-CN")
    theirs.hangup()
    expected = canonical(theirs.to_xml().encode())
    assert canonical(WRITER.write(Step(CHINESE, (Line("goodbye", "zh-CN"),), "nothing"), 2)) \
        == expected == canonical(WRITER.farewell(("goodbye",), ("zh-CN",)))


@given(st.text(min_size=1, max_size=300).filter(str.strip), st.sampled_from(LANGUAGES))
def test_whatever_a_back_office_writes_is_a_document(text: str, language: str) -> None:
    said = Step(CHINESE, (Line("going_on", "zh-CN"), Said("x" + text, language)))  # type: ignore[arg-type]
    twiml_schema.check(WRITER.write(said, 1))


# -- the schema refuses --------------------------------------------------------------

GOOD = ('<?xml version="1.0" encoding="UTF-8"?><Response><Gather action="/a" method="POST" '
        'actionOnEmptyResult="true"><Say>hello</Say></Gather></Response>')


def test_the_schema_takes_a_good_document() -> None:
    twiml_schema.check(GOOD.replace(
        "<Say>", '<Say voice="Polly.Joanna" language="en-US">').encode())


@pytest.mark.parametrize(("old", "new"), [
    ("<Say>hello</Say>", '<Say voice="Polly.Zhiyu" language="en-US">hello</Say>'),
    ("<Say>hello</Say>", '<say voice="Polly.Joanna" language="en-US">hello</say>'),
    ("<Say>hello</Say>", '<Say voice="Polly.Joanna" language="en-US"></Say>'),
    ("<Say>hello</Say>", "<Redirect>/b</Redirect>"),
    ("<Say>hello</Say>", "<Message>hello</Message>"),
    ("<Say>hello</Say>", ""),
    ("<Say>hello</Say>", "<Play>not an address</Play>"),
    ('actionOnEmptyResult="true"', 'actionOnEmptyResult="false"'),
    ('actionOnEmptyResult="true"', 'actionOnEmptyResult="yes"'),
    ('actionOnEmptyResult="true"', 'actionOnEmptyResult="true" num_digits="1"'),
    ('method="POST"', 'method="PUT"'),
    ('action="/a" ', ""),
    ("<Response><Gather", "<Response><Hangup/><Gather"),
    ("</Gather></Response>", "</Gather><Hangup/></Response>"),
    ("<Response>", "<Response>loose"),
    ('<?xml version="1.0" encoding="UTF-8"?>', ""),
    ("<Response>", '<!DOCTYPE Response [<!ENTITY a "b">]><Response>'),
    ("<Response>", "<Antwort>"),
])
def test_the_schema_refuses_a_bad_document(old: str, new: str) -> None:
    say = '<Say voice="Polly.Joanna" language="en-US">hello</Say>'
    document = GOOD.replace(old, new).replace("<Say>hello</Say>", say)
    with pytest.raises((AssertionError, etree.XMLSyntaxError, KeyError)):
        twiml_schema.check(document.encode())


@pytest.mark.parametrize("body", [
    "", "<Hangup/>", '<Dial timeout="20">+869914810012</Dial>',
    '<Dial action="/a">911</Dial>', "<Pause/>", '<Play loop="0">/a.wav</Play>'])
def test_the_schema_refuses_what_leaves_a_caller_alone(body: str) -> None:
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    with pytest.raises(AssertionError):
        twiml_schema.check(f"{head}<Response>{body}</Response>".encode())
