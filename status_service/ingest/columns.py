"""The headings of a table against the columns of a mapping."""

from __future__ import annotations

import difflib

from status_service.ingest.lines import FileRefused
from status_service.ingest.mapping import Mapping, plain


class Columns:
    """Where each field of the mapping stands in one table. Raises FileRefused when a needed
    column is missing or stands twice: then nothing of the file is read."""

    def __init__(self, mapping: Mapping, headings: list[str]) -> None:
        self._headings = [" ".join(h.split()) for h in headings]
        places: dict[str, list[int]] = {}
        for place, heading in enumerate(self._headings):
            places.setdefault(plain(heading), []).append(place)
        self.at: dict[str, int] = {}
        self.width = len(headings)
        missing = []
        for name, column in mapping.columns.items():
            found = [p for h in dict.fromkeys(map(plain, column.headings))
                     for p in places.get(h, [])]
            if len(found) > 1:
                raise FileRefused(f"Two columns are both {column.headings[0]}: "
                                  f"{' and '.join(self._headings[p] for p in found)}. "
                                  "Leave one. Nothing was written.")
            if found:
                self.at[name] = found[0]
            elif column.required:
                missing.append(column.headings)
        if missing:
            raise FileRefused(self._refusal(missing))
        used = set(self.at.values())
        self.unused = [h for p, h in enumerate(self._headings) if p not in used and h]

    def heading(self, name: str) -> str:
        """The heading of a field as the file has it."""
        place = self.at.get(name)
        return name if place is None else self._headings[place]

    def _refusal(self, missing: list[tuple[str, ...]]) -> str:
        said = []
        for headings in missing:
            near = difflib.get_close_matches(headings[0].casefold(), [
                h.casefold() for h in self._headings], n=1)
            hint = next((h for h in self._headings if near and h.casefold() == near[0]), "")
            said.append(" or ".join(headings) + (f" (is it {hint}?)" if hint else ""))
        found = ", ".join(h for h in self._headings if h)[:1_000]
        return (f"Columns are missing: {'; '.join(said)}. Found: {found or 'none'}. "
                "Nothing was written.")


def score(mapping: Mapping, headings: list[str]) -> int:
    """How many of the mapping's columns these headings hold."""
    held = set(map(plain, headings))
    return sum(any(plain(h) in held for h in c.headings) for c in mapping.columns.values())
