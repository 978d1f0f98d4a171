"""The messaging TwiML that we need, written directly: one message, or none.

Twilio refuses a document with a byte-order mark or a blank before it, and with
characters that XML 1.0 (section 2.2) does not allow.
"""

from __future__ import annotations

import re

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SILENCE = f"{_HEAD}<Response/>".encode()

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def message(text: str) -> bytes:
    """A reply of one message; nothing to say is an empty response."""
    if not text:
        return SILENCE
    plain = _FORBIDDEN.sub("", text)
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"{_HEAD}<Response><Message>{plain}</Message></Response>".encode()
