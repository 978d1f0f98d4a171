"""Writing cases of files, which carry no version: what changed gets the next one.

A file may be older than what the record holds, when somebody imports last week's
again. Nothing in a file says so, but its events do: see `FileWriter._older`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from status_service.cases.store import MOST_KEYS, Held, Outcome, Writer
from status_service.cases.write import CaseWrite
from status_service.guides.hall import Hall
from status_service.storage import tables
from status_service.storage.tables import to_micros
from status_service.trust.personal import Vault


class Known:
    """What the record holds of a case's history."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.last: tuple[int, int, str] | None = None  # the latest: microseconds, id, key


class FileWriter(Writer):
    """A Writer for one mapping's files. `states`: see `ingest.merging`."""

    keeps_older_events = True  # an older state is history that the record may lack

    def __init__(self, source: str, hall: Hall, vault: Vault, states: bool,
                 statuses: Mapping[str, str] | None = None) -> None:
        super().__init__(source, hall, vault, statuses)
        self._states = states

    def _verdicts(self, connection: sa.Connection,
                  known: Sequence[tuple[Held, CaseWrite, bool]]) -> list[tuple[Outcome, int]]:
        """What is older stays; what else says something new gets the next version."""
        changed = [old.id for old, _, same in known if self._mine(old) and not same]
        histories = self._histories(connection, changed)
        found = []
        for old, write, same in known:
            if not self._mine(old):
                found.append((Outcome.REFUSED, old.version))
            elif same:
                found.append((Outcome.UNCHANGED, old.version))
            elif self._older(histories.get(old.id), write):
                found.append((Outcome.OLDER, old.version))
            else:
                found.append((Outcome.UPDATED, old.version + 1))
        return found

    def _mine(self, old: Held) -> bool:
        return old.source == self.source

    def _older(self, known: Known | None, write: CaseWrite) -> bool:
        """Whether the record knows more of a case than this file does.

        A file of phases tells all events of its cases: it is older when the record has them
        all and others besides. A file of states tells its cases' last states: it is older
        when its latest event is before the record's latest, or at the same time while the
        record's came after it.
        """
        if known is None:
            return False
        keys = {event.key for event in write.history}
        if not self._states:
            return keys < known.keys
        times = [to_micros(event.at) for event in write.history if event.at is not None]
        if known.last is None or not times:
            return False
        latest, _, last_key = known.last
        if max(times) != latest:
            return max(times) < latest
        return last_key not in keys and keys <= known.keys

    def _histories(self, connection: sa.Connection, ids: Sequence[int]) -> dict[int, Known]:
        t = tables.history
        found: dict[int, Known] = {}
        for start in range(0, len(ids), MOST_KEYS):
            rows = connection.execute(
                sa.select(t.c.case_id, t.c.key, sa.type_coerce(t.c.at, sa.BigInteger), t.c.id)
                .where(t.c.case_id.in_(ids[start:start + MOST_KEYS])))
            for case_id, key, at, place in rows:
                known = found.setdefault(case_id, Known())
                known.keys.add(key)
                if at is not None:
                    mark = (at, place, key)
                    known.last = max(known.last, mark) if known.last else mark
        return found
