"""The status codes of a back office, from the same mapping file that its tables use."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

MAPPINGS = Path(__file__).parent / "mappings"


@lru_cache(maxsize=32)
def status_table(mapping: str) -> dict[str, str]:
    """Code to our status for mapping NAME; KeyError with the names there are when there is
    no such file."""
    path = MAPPINGS / f"{mapping}.yaml"
    names = sorted(p.stem for p in MAPPINGS.glob("*.yaml"))
    if mapping not in names:
        raise KeyError(f"no mapping {mapping!r}; there are: {', '.join(names)}")
    table = yaml.safe_load(path.read_text(encoding="utf-8")).get("statuses") or {}
    return {str(code): str(status) for code, status in table.items()}
