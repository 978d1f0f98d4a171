"""Speech as files: sealed addresses, real espeak-ng, and what happens without it."""

from __future__ import annotations

import io
import logging
import wave
from pathlib import Path

import pytest
from lxml import etree

from ivr import audio
from ivr.audio import Audio, AudioAway
from tests.ivr.conftest import Desk, make_desk, phone_settings

HELLO = "ئۇيغۇرچە ئۈچۈن 2 نى بېسىڭ."


@pytest.fixture
def speaker(tmp_path: Path) -> Audio:
    return Audio(phone_settings(tmp_path, "redis://unused"))


def test_an_address_hides_its_sentence_and_is_always_the_same(
        speaker: Audio, tmp_path: Path) -> None:
    address = speaker.address(HELLO, "ug")
    assert address == Audio(phone_settings(tmp_path, "redis://unused")).address(HELLO, "ug")
    assert address.isascii() and set("/+=").isdisjoint(address)
    assert speaker.open(address) == (HELLO, "ug")
    assert address != speaker.address(HELLO + " ", "ug")


def test_only_this_halls_addresses_are_opened(speaker: Audio, tmp_path: Path) -> None:
    address = speaker.address(HELLO, "ug")
    other = Audio(phone_settings(tmp_path, "redis://unused", HALLWAY_SECRET="z" * 40))
    assert other.open(address) is None
    flipped = address[:20] + ("A" if address[20] != "A" else "B") + address[21:]
    for garbage in ("", "x", "A" * 24, flipped, address[:-3], address + "AAAA", "é", "A" * 9000,
                    speaker.address("hello", "en")):  # English has a voice at Twilio
        assert speaker.open(garbage) is None


def test_the_caller_hears_uyghur(desk: Desk) -> None:
    call = desk.call().press("2")
    plays = [piece.text or "" for piece in etree.fromstring(call.document).iter("Play")]
    assert plays and call.voices() == {"play"}
    for url in plays:
        got = desk.line.web.get(url)
        assert got.status_code == 200 and got.content_type == "audio/wav"
        assert got.headers["Content-Language"] == "ug"
        with wave.open(io.BytesIO(got.data)) as sound:
            assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
            assert sound.getnframes() / sound.getframerate() > 1
            assert len(set(sound.readframes(20_000))) > 50, "silence"
    assert desk.line.web.post(plays[0]).status_code == 405


def test_a_sentence_is_rendered_once(speaker: Audio, tmp_path: Path) -> None:
    path = speaker.speech(HELLO, "ug")
    before = path.stat()
    assert speaker.speech(HELLO, "ug").stat() == before
    assert [file.suffix for file in (tmp_path / "audio").iterdir()] == [".wav"]


def test_garbage_is_not_found(desk: Desk) -> None:
    assert desk.line.web.get("/ivr/audio/garbage").status_code == 404
    assert desk.line.web.get("/ivr/audio/" + "A" * 200).status_code == 404


def test_without_a_speaker_uyghur_is_not_offered(
        redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    desk = make_desk(phone_settings(tmp_path, redis_url))
    assert "espeak-ng is not installed" in caplog.text
    call = desk.call().hears("普通话请按 1", "For English, press 3")
    assert call.voices() == {"cmn-CN", "en-US"}
    call.press("2").hears("这种语言暂时不能播报", "that language cannot be spoken").goes_on()
    call.press("3").hears("To ask about")
    silent = Audio(desk.settings)
    with pytest.raises(AudioAway):
        silent.speech(HELLO, "ug")
    assert desk.line.web.get(f"/ivr/audio/{silent.address(HELLO, 'ug')}").status_code == 503


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 3\n", "#!/bin/sh\nread line\nexec sleep 60\n"])
def test_a_speaker_that_fails_or_hangs_is_left_behind(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = tmp_path / "bin" / audio.PROGRAM
    program.parent.mkdir()
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setattr(audio, "DEADLINE", 0.2)
    speaker = Audio(phone_settings(tmp_path, "redis://unused"))
    with pytest.raises(AudioAway):
        speaker.speech(HELLO, "ug")
    assert list((tmp_path / "audio").iterdir()) == [], "half a file is left"


def test_old_renderings_are_forgotten(
        speaker: Audio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "MOST_FILES", 2)
    monkeypatch.setattr(audio, "SWEEP_EVERY", 4)
    paths = [speaker.speech(f"{n} نى بېسىڭ", "ug") for n in range(4)]
    left = sorted((tmp_path / "audio").iterdir())
    assert len(left) == 2 and set(left) <= set(paths)


def test_a_failed_rendering_is_logged_without_its_words(
        desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(audio, "DEADLINE", 0.000001)
    address = Audio(desk.settings).address("مەخپىي ئىسىم", "ug")
    with caplog.at_level(logging.DEBUG):
        assert desk.line.web.get(f"/ivr/audio/{address}").status_code == 503
    assert "AudioAway" in caplog.text and "مەخپىي" not in caplog.text
