"""What the routes tell the audit, and what the audit tells the applicant (see trust.audit)."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from status_service.api.errors import Problem
from status_service.api.http import Api
from status_service.cases import number as case_number
from status_service.cases.answer import Answer
from status_service.storage import tables
from status_service.trust import auditread
from status_service.trust.audit import Asked, AuditAway, Look, Outcome
from status_service.trust.cards.sessions import CardSession


class Looks:
    """One per process. What cannot be written down is not answered: Problem `not-now`."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._zone = ZoneInfo(api.settings.zone)

    def write(self, *looks: Look) -> None:
        try:
            self._api.audit.write(*looks)
        except AuditAway:
            raise Problem("not-now") from None

    def told(self, answers: Sequence[tuple[int, Answer]], visit: str) -> tuple[Answer, ...]:
        """The answers, of the cases with these ids, with who looked besides `visit` where
        their level may hear it."""
        needed = self._api.levels.needed["looked"]
        wanted = [case for case, answer in answers if answer.level >= needed]
        if not wanted:
            return tuple(answer for _, answer in answers)
        with self._api.engine.connect() as connection:
            looked = auditread.looked(connection, self._api.vault, wanted, visit,
                                      self._api.now(), self._zone)
        return tuple(msgspec.structs.replace(answer, looked=looked.get(case))
                     for case, answer in answers)

    # -- cards -------------------------------------------------------------------------

    def card(self, name: str, session: CardSession, outcome: Outcome, level: int = 0) -> None:
        """The card of this session proved itself, or did not."""
        self.write(Look("card", outcome, level, "kiosk", session.owner, source=session.kiosk,
                        visit=name))

    def own(self, name: str, session: CardSession, answers: Sequence[Answer],
            number: str | None) -> tuple[Answer, ...]:
        """The answers that a proven card opens: each is written down, and says who looked.
        number: the one case that was asked for."""
        asked: Asked = "own-cases" if number is None else "case"
        ids = self._ids(answers)
        found = self.told([(ids[answer.number], answer) for answer in answers], name)
        looks = [Look(asked, "shown", session.level, "kiosk", session.owner,
                      ids[answer.number], answer.number, session.kiosk, name)
                 for answer in answers]
        self.write(*(looks or [Look(asked, "not-found", 0, "kiosk", session.owner, None,
                                    number or "", session.kiosk, name)]))
        return found

    def _ids(self, answers: Sequence[Answer]) -> dict[str, int]:
        """The ids of the cases by the numbers that the answers have."""
        t = tables.cases.c
        keys = [case_number.keys(answer.number)[0] for answer in answers]
        with self._api.engine.connect() as connection:
            return {row.number: row.id for row in connection.execute(
                sa.select(t.number, t.id).where(t.number_key.in_(keys)))}
