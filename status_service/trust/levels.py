"""An office's own profile of levels: what of an answer needs better evidence here than by
default (`cases.answer.FIELD_LEVEL`). A file may only tighten."""

from __future__ import annotations

from pathlib import Path

import msgspec

from settings import SettingsError
from status_service.cases.answer import DEFAULT, Levels


def load(path: str) -> Levels:
    """The profile in a YAML file, "field: level" a line; the default one when `path` is "".

    Raises SettingsError: a profile that cannot be read whole is not taken in part.
    """
    if not path:
        return DEFAULT
    try:
        return Levels(msgspec.yaml.decode(Path(path).read_bytes(), type=dict[str, int]))
    except OSError as error:
        raise SettingsError(
            f"Set HALLWAY_LEVELS to a file that can be read: {error.strerror}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SettingsError('Each line of the file in HALLWAY_LEVELS is "field: level".') from None
    except ValueError as error:
        raise SettingsError(f"In the file of HALLWAY_LEVELS: {error}") from None
