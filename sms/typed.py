"""Evening out what people type: width, case, signs, and the letters that Uyghur
keyboards and Arabic ones write differently."""

from __future__ import annotations

import unicodedata

# Arabic keyboards' letters for the Uyghur ones; ئ before a vowel is often left out.
_UYGHUR = str.maketrans({
    "ي": "ى", "ی": "ى", "ې": "ى", "ک": "ك", "ه": "ە", "ة": "ە", "ـ": None, "ئ": None,
})


def even_out(text: str) -> str:
    """Lower case, plain width, no invisible signs; words still apart."""
    return "".join(
        sign for sign in unicodedata.normalize("NFKC", text).casefold()
        if unicodedata.category(sign) not in ("Cf", "Cs")).strip()


def fold(text: str) -> str:
    """Only the letters and digits of an evened-out text, Uyghur ones unified: what a
    keyword is compared by."""
    return "".join(sign for sign in text.translate(_UYGHUR) if sign.isalnum())
