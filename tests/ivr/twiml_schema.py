"""Twilio's voice verbs as a schema: names, attributes, values, nesting, limits.

Written from the published verb reference, imports no product code. `check`
raises AssertionError with what Twilio would refuse or warn of (12100, 12200).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

URL = re.compile(r"(https?://[^\s]+|/[^\s]*)").fullmatch
PHONE = re.compile(r"\+[1-9][0-9]{6,14}").fullmatch
METHOD = re.compile("GET|POST").fullmatch
SECONDS = re.compile("[1-9][0-9]{0,3}").fullmatch
COUNT = re.compile("[1-9][0-9]{0,2}").fullmatch
TRUTH = re.compile("true|false").fullmatch
# A voice and the only language it has; Twilio refuses other pairs (13520 and its kin).
VOICES = {"Polly.Zhiyu": "cmn-CN", "Polly.Joanna": "en-US"}

Check = Callable[[str], object]
ATTRIBUTES: dict[str, dict[str, Check]] = {
    "Response": {},
    "Say": {"voice": VOICES.__contains__, "language": set(VOICES.values()).__contains__,
            "loop": COUNT},
    "Play": {"loop": COUNT, "digits": re.compile("[0-9*#wW]+").fullmatch},
    "Pause": {"length": SECONDS},
    "Gather": {
        "input": re.compile("dtmf|speech|dtmf speech").fullmatch, "action": URL,
        "method": METHOD, "timeout": SECONDS, "numDigits": COUNT,
        "finishOnKey": re.compile("[0-9*#]?").fullmatch, "actionOnEmptyResult": TRUTH,
        "language": set(VOICES.values()).__contains__,
    },
    "Redirect": {"method": METHOD},
    "Hangup": {},
    "Reject": {"reason": re.compile("rejected|busy").fullmatch},
    "Dial": {"action": URL, "method": METHOD, "timeout": SECONDS, "callerId": PHONE,
             "timeLimit": SECONDS, "hangupOnStar": TRUTH, "answerOnBridge": TRUTH},
}
CHILDREN: dict[str, set[str]] = {
    "Response": {"Say", "Play", "Pause", "Gather", "Redirect", "Hangup", "Reject", "Dial"},
    "Gather": {"Say", "Play", "Pause"},
}
WORDS: dict[str, Check] = {
    "Say": lambda text: 0 < len(text) <= 4000,
    "Play": URL,
    "Redirect": URL,
    "Dial": PHONE,
}
FINAL = {"Redirect", "Hangup", "Reject"}  # nothing after them is reached


def check(document: bytes) -> etree._Element:
    """The root of a document Twilio takes without a warning."""
    assert document.startswith(b'<?xml version="1.0" encoding="UTF-8"?>'), document[:60]
    assert len(document) <= 64 * 1024, "longer than Twilio takes"
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(document, parser)
    assert b"<!DOCTYPE" not in document, "a DTD"
    assert root.tag == "Response", root.tag
    _element(root)
    _reachable(root)
    return root


def _element(element: etree._Element) -> None:
    name = element.tag
    assert isinstance(name, str) and name in ATTRIBUTES, f"no verb {name!r}"
    given = {str(attribute): str(value) for attribute, value in element.attrib.items()}
    for attribute, value in given.items():
        test = ATTRIBUTES[name].get(attribute)
        assert test, f"<{name}> has no attribute {attribute}"
        assert test(value), f"<{name} {attribute}={value!r}>"
    if name == "Say":
        assert VOICES[given["voice"]] == given["language"], given
    for child in element:
        assert child.tag in CHILDREN.get(str(name), ()), f"<{child.tag}> in <{name}>"
        assert not (child.tail or "").strip(), f"loose text in <{name}>"
        _element(child)
    text = (element.text or "").strip()
    if name in WORDS:
        assert WORDS[name](text), f"<{name}> says {text[:60]!r}"
    else:
        assert not text, f"text in <{name}>: {text[:60]!r}"


def _reachable(root: etree._Element) -> None:
    """Every verb can be reached, and the document never just runs out, for then the line
    goes dead: it ends by handing over, by waiting for keys, or by a spoken farewell."""
    verbs = list(root)
    assert verbs, "an empty document hangs up"
    for verb in verbs[:-1]:
        assert verb.tag not in FINAL, f"unreachable after <{verb.tag}>"
        assert "action" not in verb.attrib, f"unreachable after <{verb.tag} action>"
    last = verbs[-1]
    if last.tag == "Gather":
        assert last.attrib.get("actionOnEmptyResult") == "true", "silence falls off the end"
        assert "action" in last.attrib, "an action that is the present document loops"
        assert len(last), "a Gather without a prompt"
    elif last.tag == "Dial":
        assert "action" in last.attrib, "when nobody answers the line goes dead"
    elif last.tag == "Hangup":
        assert any(verb.tag in ("Say", "Play") for verb in verbs), "a hang-up without a word"
    else:
        assert last.tag == "Redirect", f"the document ends with <{last.tag}>"
