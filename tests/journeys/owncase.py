"""A case of a test's own that waits for a document, and what came to its registered phone."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import processes
from status_service.client import Notification
from tests.servers import Hall
from tests.sms.handset import bureau, handset

CODE, WRONG = "640281", "640282"
MISSING = "总平面图"
PROJECT = "沙枣苑小区"
_numbers = count(1)
_phones = count(1)


class OwnCase:
    """A case of this test's own, waiting for a document; `holder` holds the registered phone."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.phone = f"+861370001{next(_phones):04d}"
        self.number = bureau(hall).writes(
            f"75551{next(_numbers):03d}", status="supplement", query_code=CODE,
            applicant={"name": "王小明", "phone": self.phone}, supply_by="2027-01-15",
            missing=[{"zh-CN": MISSING, "en": "Site plan", "ug": ""}],
            project={"zh-CN": PROJECT, "en": "", "ug": ""}, paused=[
                {"since": "2026-10-20", "reason": "supplement"}])
        self.stranger = handset(hall)
        self.holder = handset(hall)
        self.holder.number = self.phone

    def sent_code(self) -> Notification:
        """The next one-time code to the registered phone, as a worker gets it."""
        found: list[Notification] = []

        def arrived() -> bool:
            found.extend(one for one in self.hall.client.claim("sms", "test-text-trust")
                         if one.recipient == self.phone)
            return bool(found)

        processes.Program("the outbox", [], Path("/dev/null")).wait_ready(arrived, 20)
        assert found[0].kind == "code"
        return found[0]
