"""The status codes of a back office, from the same mapping file that its tables use."""

from __future__ import annotations

from functools import lru_cache

from status_service.ingest import mapping


@lru_cache(maxsize=32)
def status_table(name: str) -> dict[str, str]:
    """Code to our status for mapping NAME; KeyError with the names there are when there is
    no such mapping, or with what is wrong in it."""
    try:
        return mapping.load(name).status_words()
    except mapping.MappingError as error:
        raise KeyError(str(error)) from None
