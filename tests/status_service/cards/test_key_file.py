"""The root keys of the cards, from a file of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings import Settings, SettingsError
from status_service.trust.cards.keys import Masters

FIRST, SECOND = f"1:{'ab' * 16}", f"2:{'cd' * 16}"


def key_file(directory: Path, content: str, mode: int = 0o600) -> dict[str, str]:
    path = directory / "keys"
    path.write_text(content)
    path.chmod(mode)
    return {"HALLWAY_STATE": str(directory), "HALLWAY_CARD_KEYS_FILE": str(path)}


def test_a_version_a_line(tmp_path: Path) -> None:
    environ = key_file(tmp_path, f"# cut in May\n{FIRST}\n\n  {SECOND}\n")
    found = Settings.load(environ)
    assert Masters.parse(found.card_keys).versions == {1, 2}
    assert "ab" * 16 not in repr(found)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SettingsError, match="chmod 600") as refused:
        Settings.load(key_file(tmp_path, FIRST, mode))
    assert "ab" * 16 not in str(refused.value)


def test_two_sources_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not both"):
        Settings.load(key_file(tmp_path, FIRST) | {"HALLWAY_CARD_KEYS": SECOND})


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    environ = key_file(tmp_path, FIRST)
    Path(environ["HALLWAY_CARD_KEYS_FILE"]).unlink()
    with pytest.raises(SettingsError, match="HALLWAY_CARD_KEYS_FILE"):
        Settings.load(environ)


def test_what_is_not_a_key_is_told_without_it(tmp_path: Path) -> None:
    found = Settings.load(key_file(tmp_path, "1:abcdef\n"))
    with pytest.raises(SettingsError) as refused:
        Masters.parse(found.card_keys)
    assert "abcdef" not in str(refused.value)
