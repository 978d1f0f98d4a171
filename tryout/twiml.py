"""TwiML documents, read and checked apart from running them.

Strict: what Twilio would only warn about (an unknown attribute, 12200) is an
error here, so that it is found before a caller finds it. Attributes and nesting
follow Twilio's TwiML reference and its published schema; verbs that this
telephone cannot run (Enqueue, Connect, Pay ...) are refused by name.

Error codes are Twilio's: 12100 not well-formed, 12200 against the schema,
12300 wrong content type, 13512 a language Twilio cannot speak.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

MOST_DOCUMENT = 64 * 1024  # octets (Twilio's limit for a TwiML document)
MOST_SAY = 4096  # characters of one <Say>
MOST_MESSAGE = 1600  # characters of one <Message>
CONTENT_TYPES = ("text/xml", "application/xml")

# Languages of Twilio's <Say>, beside the short names of its oldest voices.
_SPOKEN = """
ar-AE ar-XA arb bg-BG bn-IN ca-ES cmn-CN cmn-TW cs-CZ cy-GB da-DK de-AT de-DE el-GR en-AU en-CA
en-GB en-GB-WLS en-IE en-IN en-NZ en-US en-ZA es-ES es-MX es-US eu-ES fi-FI fil-PH fr-BE fr-CA
fr-FR gl-ES gu-IN he-IL hi-IN hu-HU id-ID is-IS it-IT ja-JP kn-IN ko-KR lt-LT lv-LV ml-IN mr-IN
ms-MY nb-NO nl-BE nl-NL pa-IN pl-PL pt-BR pt-PT ro-RO ru-RU sk-SK sr-RS sv-SE ta-IN te-IN th-TH
tr-TR uk-UA vi-VN yue-CN yue-HK zh-CN zh-HK zh-TW de en en-gb es fr it
"""
SPOKEN = frozenset(_SPOKEN.split())


class BadTwiml(Exception):
    """A document Twilio would not run as it stands; `code` is Twilio's error code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True)
class Verb:
    """One element of a checked document: attributes as written, text stripped."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple[Verb, ...] = ()

    def get(self, name: str, default: str) -> str:
        return self.attributes.get(name, default)

    def number(self, name: str, default: int) -> int:
        """A whole number; `auto` and an absent attribute are `default`."""
        value = self.attributes.get(name, "auto")
        return default if value == "auto" else int(value)

    def true(self, name: str, default: bool = False) -> bool:
        return self.attributes.get(name, str(default)).lower() == "true"


Check = Callable[[str], bool]


def _matches(pattern: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def _one_of(*words: str) -> Check:
    return lambda value: value in words


def _whole(least: int, most: int) -> Check:
    return lambda v: v.isascii() and v.isdigit() and len(v) < 9 and least <= int(v) <= most


def _anything(value: str) -> bool:
    return True


_TRUTH = _one_of("true", "false")
_METHOD = _one_of("GET", "POST")
_URL = _matches(r"\S+")
_KEYS = _matches(r"[0-9*#]*")
_ACTION = {"action": _URL, "method": _METHOD}
_INPUTS = ("dtmf", "speech", "dtmf speech", "speech dtmf")


@dataclass(frozen=True)
class Rule:
    """What a verb may carry. `text`: whether words of its own are forbidden or needed."""

    attributes: Mapping[str, Check] = field(default_factory=dict)
    children: frozenset[str] = frozenset()
    text: Literal["none", "may", "must"] = "none"


_SSML_ATTRIBUTES: dict[str, Check] = dict.fromkeys(
    ("strength", "time", "level", "{http://www.w3.org/XML/1998/namespace}lang", "alphabet", "ph",
     "volume", "rate", "pitch", "interpret-as", "format", "alias", "role"), _anything)
_SSML_NAMES = frozenset(
    ("break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"))
_SSML = {name: Rule(_SSML_ATTRIBUTES, _SSML_NAMES, "may") for name in _SSML_NAMES}

VOICE: dict[str, Rule] = {
    **_SSML,
    "Say": Rule({"voice": _URL, "language": _anything, "loop": _whole(0, 1000)},
                _SSML_NAMES, "must"),
    "Play": Rule({"loop": _whole(0, 1000), "digits": _matches("[0-9*#wW]+")}, text="may"),
    "Pause": Rule({"length": _whole(1, 3600)}),
    "Gather": Rule({
        **_ACTION, "input": _one_of(*_INPUTS), "timeout": _matches(r"auto|[0-9]{1,4}"),
        "numDigits": _whole(1, 1000), "finishOnKey": _matches("[0-9*#]?"),
        "actionOnEmptyResult": _TRUTH, "speechTimeout": _matches(r"auto|[0-9]{1,4}"),
        "maxSpeechTime": _whole(1, 3600), "language": _anything, "hints": _anything,
        "profanityFilter": _TRUTH, "partialResultCallback": _URL,
        "partialResultCallbackMethod": _METHOD, "speechModel": _URL, "enhanced": _TRUTH,
        "bargeIn": _one_of("true"), "debug": _TRUTH,
    }, frozenset(("Say", "Play", "Pause"))),
    "Redirect": Rule({"method": _METHOD}, text="must"),
    "Hangup": Rule(),
    "Reject": Rule({"reason": _one_of("rejected", "busy")}),
    "Dial": Rule({
        **_ACTION, "timeout": _whole(1, 600), "hangupOnStar": _TRUTH,
        "timeLimit": _whole(1, 86400), "callerId": _URL, "answerOnBridge": _TRUTH,
        "ringTone": _matches("[a-z]{2}(-[a-z]+)?"), "sequential": _TRUTH,
    }, frozenset(("Number", "Sip")), "may"),
    "Number": Rule({"sendDigits": _matches("[0-9*#wW]+")}, text="must"),
    "Sip": Rule({"username": _anything, "password": _anything}, text="must"),
    "Record": Rule({
        **_ACTION, "timeout": _whole(1, 3600), "finishOnKey": _KEYS,
        "maxLength": _whole(1, 14400), "playBeep": _TRUTH,
        "trim": _one_of("trim-silence", "do-not-trim"), "transcribe": _one_of("false"),
        "recordingStatusCallback": _URL, "recordingStatusCallbackMethod": _METHOD,
        "recordingStatusCallbackEvent": _matches("(in-progress|completed|absent)( .+)?"),
    }),
}
VOICE_VERBS = frozenset(
    ("Say", "Play", "Pause", "Gather", "Redirect", "Hangup", "Reject", "Dial", "Record"))

MESSAGING: dict[str, Rule] = {
    "Message": Rule({**_ACTION, "to": _URL, "from": _URL, "statusCallback": _URL},
                    frozenset(("Body",)), "may"),
    "Body": Rule(text="must"),
    "Redirect": Rule({"method": _METHOD}, text="must"),
}
MESSAGING_VERBS = frozenset(("Message", "Redirect"))


class _NoDoctype(TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise BadTwiml(12100, "A document type declaration is not allowed in TwiML.")


def read_voice(content_type: str, body: bytes) -> tuple[Verb, ...]:
    """The verbs of a voice document. Raises BadTwiml."""
    return _read(content_type, body, VOICE, VOICE_VERBS)


def read_messaging(content_type: str, body: bytes) -> tuple[Verb, ...]:
    """The verbs of a messaging document; an empty body is no reply. Raises BadTwiml."""
    if not body:
        return ()
    return _read(content_type, body, MESSAGING, MESSAGING_VERBS)


def _read(content_type: str, body: bytes, rules: Mapping[str, Rule],
          verbs: frozenset[str]) -> tuple[Verb, ...]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in CONTENT_TYPES:
        raise BadTwiml(12300, f"Content-Type is {kind or 'missing'}; TwiML is text/xml.")
    if len(body) > MOST_DOCUMENT:
        raise BadTwiml(12100, f"The document has more than {MOST_DOCUMENT} octets.")
    if not body.startswith(b"<"):
        raise BadTwiml(12100, "The document does not begin with '<': a byte order mark, "
                              "a blank or no document at all comes first.")
    parser = XMLParser(target=_NoDoctype())  # noqa: S314 - document types are refused above
    try:
        parser.feed(body)
        root: Element = parser.close()
    except (ParseError, ValueError) as error:
        raise BadTwiml(12100, f"Not well-formed XML: {error}") from None
    if root.tag != "Response":
        raise BadTwiml(12100, f"The root is <{root.tag}>; TwiML begins with <Response>.")
    if root.attrib:
        raise BadTwiml(12200, "<Response> takes no attributes.")
    _no_stray_text(root)
    return tuple(_verb(child, rules, verbs, "Response") for child in root)


def _no_stray_text(element: Element) -> None:
    for text in (element.text, *(child.tail for child in element)):
        if text and text.strip():
            raise BadTwiml(12200, f"<{element.tag}> may not contain the words "
                                  f"{text.strip()[:40]!r}.")


def _verb(element: Element, rules: Mapping[str, Rule], allowed: frozenset[str],
          parent: str) -> Verb:
    name = element.tag
    if name not in allowed:
        raise BadTwiml(12200, f"<{name}> may not stand in <{parent}>.")
    rule = rules[name]
    for attribute, value in element.attrib.items():
        check = rule.attributes.get(attribute)
        if check is None:
            raise BadTwiml(12200, f"<{name}> has no attribute '{attribute}'.")
        if not check(value):
            raise BadTwiml(12200, f"<{name} {attribute}> may not be {value[:40]!r}.")
    if rule.text == "none":
        _no_stray_text(element)
    text = "".join(element.itertext()).strip()
    if name not in ("Message", "Body"):  # a text's own line breaks are meant
        text = " ".join(text.split())
    children = tuple(_verb(child, rules, rule.children, name) for child in element)
    if rule.text == "must" and not text:
        raise BadTwiml(12200, f"<{name}> is empty.")
    verb = Verb(name, dict(element.attrib), text, children)
    _check_whole(verb)
    return verb


def _check_whole(verb: Verb) -> None:
    """What concerns a verb as a whole rather than one attribute."""
    language = verb.get("language", "en-US")
    if verb.name in ("Say", "Gather") and language not in SPOKEN:
        raise BadTwiml(13512, f"Twilio has no voice for language '{language}' in <{verb.name}>.")
    if verb.name == "Say" and len(verb.text) > MOST_SAY:
        raise BadTwiml(12200, f"<Say> has more than {MOST_SAY} characters.")
    if verb.name == "Play" and bool(verb.text) == ("digits" in verb.attributes):
        raise BadTwiml(12200, "<Play> needs either an address or digits.")
    if verb.name in ("Play", "Redirect") and " " in verb.text:
        raise BadTwiml(12200, f"<{verb.name}> holds more than an address.")
    if verb.name == "Dial" and not verb.text:
        raise BadTwiml(12200, "<Dial> needs somebody to call.")
    if verb.name == "Message":
        if not verb.text:
            raise BadTwiml(12200, "<Message> is empty.")
        if len(verb.text) > MOST_MESSAGE:
            raise BadTwiml(21617, f"<Message> has more than {MOST_MESSAGE} characters.")
