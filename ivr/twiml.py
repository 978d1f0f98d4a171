"""A step of the dialogue as TwiML.

Written by hand, for the SDK's VoiceResponse takes 90 µs for one sentence and
185 µs for ten, as long as a whole bare request; the sentences that never change
are made into XML once. A test compares this writer with the SDK and holds every
document against the verb schema.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from ivr.audio import VOICES, Audio
from ivr.prompts import Prompts
from ivr.talk import Line, Step
from status_service.client import Language
from status_service.wording import Said

# Twilio's voice and the language it belongs to; a pair that does not match is refused.
SPEAKERS: dict[Language, tuple[str, str]] = {
    "zh-CN": ("Polly.Zhiyu", "cmn-CN"),
    "en": ("Polly.Joanna", "en-US"),
}
KEY_WAIT = 7  # seconds for one key: slow users are waited for (W3C COGA, o6p04)
NUMBER_WAIT = 8  # seconds, for the first digit and between two: Twilio has one timer for both
RING = 25  # seconds a person's phone rings, some five rings

_HEAD = '<?xml version="1.0" encoding="UTF-8"?><Response>'
_TAIL = "</Response>"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def turn_url(step: int, language: Language | None) -> str:
    """Where the next turn goes. The language is for the day the session cannot be had;
    None while the caller has not chosen one."""
    return f"/ivr/voice?step={step}" + (f"&lang={language}" if language else "")


class Writer:
    """Writes documents for one hall; made once, its fixed sentences with it."""

    def __init__(self, prompts: Prompts, audio: Audio, person_phone: str, own_number: str) -> None:
        self._prompts = prompts
        self._audio = audio
        self._person = escape(person_phone)
        self._own = escape(own_number)
        self._fixed = {key: self._spoken(text, key[1]) for key, text in prompts.fixed().items()}

    def write(self, said: Step, next_step: int) -> bytes:
        """The document for a finished step; `next_step` numbers the turn that follows."""
        session = said.session
        spoken = "".join(map(self._piece, said.say))
        url = turn_url(next_step, session.language if session.chosen else None)
        if said.expect == "person":
            spoken += self._dial(url)
        elif said.expect == "nothing":
            spoken += "<Hangup/>"
        else:
            spoken = self._gather(said.expect == "number", url, session.language) + spoken
            spoken += "</Gather>"
        return (_HEAD + spoken + _TAIL).encode()

    def person(self, prompts: tuple[str, ...], languages: tuple[Language, ...], next_step: int,
               known: Language | None) -> bytes:
        """Say the prompts, in each language, and call a person; `known` is the caller's."""
        said = "".join(self._fixed[prompt, one] for one in languages for prompt in prompts)
        return (_HEAD + said + self._dial(turn_url(next_step, known)) + _TAIL).encode()

    def farewell(self, prompts: tuple[str, ...], languages: tuple[Language, ...]) -> bytes:
        """Say the prompts, in each language, and end the call."""
        said = "".join(self._fixed[prompt, one] for one in languages for prompt in prompts)
        return (_HEAD + said + "<Hangup/>" + _TAIL).encode()

    def _piece(self, piece: Line | Said) -> str:
        if type(piece) is Line:
            if not piece.values:
                return self._fixed[piece.prompt, piece.language]
            return self._spoken(self._prompts.text(piece), piece.language)
        assert isinstance(piece, Said)  # noqa: S101 - for the type checker; a union of two
        return self._spoken(piece.text, piece.language)

    def _spoken(self, text: str, language: Language) -> str:
        text = _NOT_XML.sub("", text)
        if language in VOICES:
            return f"<Play>/ivr/audio/{self._audio.address(text, language)}</Play>"
        voice, locale = SPEAKERS[language]
        return f'<Say voice="{voice}" language="{locale}">{escape(text)}</Say>'

    def _gather(self, number: bool, url: str, language: Language) -> str:
        # `language` only matters for speech; Twilio has none for Uyghur.
        locale = f' language="{SPEAKERS[language][1]}"' if language in SPEAKERS else ""
        how = f'timeout="{NUMBER_WAIT}" finishOnKey="#"' if number else \
            f'timeout="{KEY_WAIT}" numDigits="1" finishOnKey=""'
        return (f'<Gather input="dtmf" action="{escape(url)}" method="POST" {how} '
                f'actionOnEmptyResult="true"{locale}>')

    def _dial(self, url: str) -> str:
        # With an action Twilio comes back in every case, also when nobody answered.
        return (f'<Dial action="{escape(url)}" method="POST" timeout="{RING}" '
                f'callerId="{self._own}">{self._person}</Dial>')
