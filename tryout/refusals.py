"""What Twilio's REST refuses, and the numbers that provoke it.

Codes and their meaning: Twilio's error dictionary; the numbers: "Test
credentials". Unlike there, they work beside the account's own numbers, so that
one account shows both what goes well and what does not.
"""

from __future__ import annotations

from typing import Any

import phonenumbers

MAGIC_SENDER = "+15005550006"  # accepted as a sender; nothing is delivered, no callbacks

_FROM_TEXT = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
_TO_TEXT = {"+15005550001": 21211, "+15005550002": 21612, "+15005550003": 21408,
            "+15005550004": 21610, "+15005550009": 21614}
_FROM_CALL = {"+15005550001": 21212}
_TO_CALL = {"+15005550001": 21217, "+15005550002": 21214, "+15005550003": 21215,
            "+15005550004": 21216}

_TEXTS = {
    20001: "Invalid parameter: {}",
    20003: "Authenticate",
    20004: "Method not allowed",
    20404: "The requested resource {} was not found",
    21201: "No 'To' number is specified",
    21205: "Url is not a valid URL: {}",
    21210: "The source phone number provided, {}, is not yet verified for your account.",
    21211: "Invalid 'To' Phone Number: {}",
    21212: "Invalid From Number (caller ID): {}",
    21213: "No 'From' number is specified",
    21214: "The phone number you are attempting to call, {}, cannot be reached.",
    21215: "Account not authorized to call {}.",
    21216: "Account not allowed to call {}.",
    21217: "Phone number {} does not appear to be valid.",
    21220: "Call is not in-progress. Cannot redirect.",
    21408: "Permission to send an SMS has not been enabled for the region of {}",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The 'From' phone number provided ({}) is not a valid message-capable Twilio "
           "phone number for this destination.",
    21609: "The 'StatusCallback' URL {} is not a valid URL.",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "The 'To' phone number: {}, is not currently reachable.",
    21614: "To number: {}, is not a mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
}
_STATUS = {20003: 401, 20004: 405, 20404: 404}


class Refusal(Exception):
    """An error of the REST API; `as_json()` is its body, `status` its HTTP status."""

    def __init__(self, code: int, about: str = "", text: str = "") -> None:
        self.code = code
        self.text = text or _TEXTS[code].format(about)
        self.status = _STATUS.get(code, 400)
        super().__init__(self.text)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.text,
                "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
                "status": self.status}


def check_text(from_: str, to: str, own: frozenset[str]) -> None:
    """Whether a text may go from one to the other. Raises Refusal."""
    if not to:
        raise Refusal(21604)
    if not from_:
        raise Refusal(21603)
    if from_ in _FROM_TEXT:
        raise Refusal(_FROM_TEXT[from_], from_)
    if from_ not in own and from_ != MAGIC_SENDER:
        raise Refusal(21606, from_)
    if to in _TO_TEXT:
        raise Refusal(_TO_TEXT[to], to)
    if not _possible(to):
        raise Refusal(21211, to)


def check_call(from_: str, to: str, own: frozenset[str]) -> None:
    """Whether a call may go from one to the other. Raises Refusal."""
    if not to:
        raise Refusal(21201)
    if not from_:
        raise Refusal(21213)
    if from_ in _FROM_CALL:
        raise Refusal(_FROM_CALL[from_], from_)
    if from_ not in own and from_ != MAGIC_SENDER:
        raise Refusal(21210, from_)
    if to in _TO_CALL:
        raise Refusal(_TO_CALL[to], to)
    if not _possible(to):
        raise Refusal(21211, to)


def takes_no_texts(number: str) -> bool:
    """Whether a number is a landline: a text to it is sent and never arrives (30006)."""
    parsed = phonenumbers.parse(number)
    return phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.FIXED_LINE


def _possible(number: str) -> bool:
    if not (number.startswith("+") and number[1:].isascii() and number[1:].isdigit()):
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False
