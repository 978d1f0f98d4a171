"""Speech as files, for languages the telephone company has no voice for (Uyghur).

A sentence is sealed into its own address, so that any process can speak it
without having heard of it before, and nobody else can make this machine speak
or read what was said: AES-SIV (RFC 5297), which is deterministic, so that equal
sentences have equal addresses and are rendered once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import os
import shutil
import subprocess
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from settings import Settings
from status_service.client import LANGUAGES, Language

log = logging.getLogger("ivr.audio")

PROGRAM = "espeak-ng"
VOICES: dict[Language, tuple[str, ...]] = {"ug": ("-v", "ug", "-s", "140")}  # words a minute
DEADLINE = 5.0  # seconds for one sentence; the caller hears silence meanwhile
MOST_TEXT = 4000  # characters; what Twilio takes in one <Say>
MOST_ADDRESS = 6000  # characters of an address worth opening
MOST_FILES = 4000  # kept rendered, some 150 kB each
SWEEP_EVERY = 256  # renderings between two looks at how many files there are


class AudioAway(Exception):
    """The sentence cannot be rendered: no program, or it failed or took too long."""


class Audio:
    """Seals, opens and renders sentences. One per process; safe in many threads."""

    def __init__(self, settings: Settings) -> None:
        self._sealer = AESSIV(hashlib.sha512(b"ivr-audio:" + settings.secret.encode()).digest())
        self._folder = settings.state / "audio"
        self._program = shutil.which(PROGRAM)
        self._rendered = 0
        if self._program is None:
            log.error("%s is not installed: the phone cannot speak %s and does not offer it",
                      PROGRAM, ", ".join(VOICES))

    @property
    def mute(self) -> tuple[Language, ...]:
        """Languages that need this room and cannot be spoken on this machine."""
        return () if self._program else tuple(VOICES)

    def address(self, text: str, language: Language) -> str:
        """The opaque part of the sentence's URL: ASCII, the same for the same sentence."""
        plain = zlib.compress(f"{language}\0{text[:MOST_TEXT]}".encode(), 9)
        return base64.urlsafe_b64encode(self._sealer.encrypt(plain, None)).rstrip(b"=").decode()

    def open(self, address: str) -> tuple[str, Language] | None:
        """The sentence and its language; None for an address this hall did not make."""
        if len(address) > MOST_ADDRESS or not address.isascii():
            return None
        try:
            sealed = base64.urlsafe_b64decode(address + "=" * (-len(address) % 4))
            plain = zlib.decompress(self._sealer.decrypt(sealed, None)).decode()
        except (binascii.Error, ValueError, InvalidTag):
            return None
        spoken, _, text = plain.partition("\0")
        language = next((one for one in LANGUAGES if one == spoken), None)
        return (text, language) if language in VOICES and language else None

    def speech(self, text: str, language: Language) -> Path:
        """The sentence as a WAV file (16 bit, mono, 22,050 Hz). Raises AudioAway."""
        digest = hashlib.sha256(f"{' '.join(VOICES[language])}\0{text}".encode()).hexdigest()
        path = self._folder / f"{digest}.wav"
        if not path.exists():
            self._render(text, language, path)
        return path

    def _render(self, text: str, language: Language, path: Path) -> None:
        if self._program is None:
            raise AudioAway(f"{PROGRAM} is not installed")
        self._folder.mkdir(parents=True, exist_ok=True)
        # Written beside and renamed: nobody is ever handed half a file.
        handle, unfinished = tempfile.mkstemp(dir=self._folder, suffix=".part")
        os.close(handle)
        try:
            subprocess.run([self._program, *VOICES[language], "--stdin", "-b", "1",
                            "-w", unfinished],
                           input=text.encode(), check=True, timeout=DEADLINE,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            Path(unfinished).rename(path)
        except (subprocess.SubprocessError, OSError) as error:
            raise AudioAway(type(error).__name__) from None
        finally:
            Path(unfinished).unlink(missing_ok=True)
        self._rendered += 1
        if self._rendered % SWEEP_EVERY == 0:
            self._sweep()

    def _sweep(self) -> None:
        """Forget the oldest files: sentences with numbers and dates in them never end."""
        with suppress(FileNotFoundError):  # another process sweeps at the same moment
            files = sorted(self._folder.glob("*.wav"), key=lambda file: file.stat().st_mtime)
            for file in files[: max(0, len(files) - MOST_FILES)]:
                file.unlink(missing_ok=True)
