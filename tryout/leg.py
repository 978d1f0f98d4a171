"""A call as the account keeps it: who with whom, its states, its status callbacks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from tryout.desk import API_VERSION, Desk, new_sid, places, rfc2822
from tryout.transcript import Transcript

FINAL = frozenset(("completed", "busy", "failed", "no-answer", "canceled"))
Direction = Literal["inbound", "outbound-api"]


@dataclass(frozen=True)
class Hooks:
    """Where a call gets its documents and tells its states."""

    url: str = ""
    method: str = "POST"
    twiml: bytes = b""  # instead of a url
    fallback_url: str = ""
    fallback_method: str = "POST"
    status_url: str = ""
    status_method: str = "POST"
    events: frozenset[str] = frozenset(("completed",))


class Leg:
    """Identity and states of one call; `Call` adds what is said on it."""

    def __init__(self, desk: Desk, hooks: Hooks, from_: str, to: str,
                 direction: Direction) -> None:
        self.sid = new_sid("CA")
        self.from_, self.to, self.direction = from_, to, direction
        self.status = "ringing" if direction == "inbound" else "queued"
        self.transcript = Transcript(desk.clock)
        self.created = self.updated = desk.clock()
        self.answered: datetime | None = None
        self.ended: datetime | None = None
        self._desk, self._hooks = desk, hooks
        self._callbacks = 0

    @property
    def duration(self) -> int:
        """Whole seconds from answer to end."""
        if not (self.answered and self.ended):
            return 0
        return round((self.ended - self.answered).total_seconds())

    def as_json(self) -> dict[str, Any]:
        """The Call resource as Twilio's 2010 API shows it."""
        account = self._desk.account_sid
        uri = f"/{API_VERSION}/Accounts/{account}/Calls/{self.sid}"
        return {
            "sid": self.sid, "account_sid": account, "api_version": API_VERSION,
            "from": self.from_, "from_formatted": self.from_, "to": self.to,
            "to_formatted": self.to, "direction": self.direction, "status": self.status,
            "date_created": rfc2822(self.created), "date_updated": rfc2822(self.updated),
            "start_time": rfc2822(self.answered), "end_time": rfc2822(self.ended),
            "duration": str(self.duration) if self.ended else None,
            "annotation": None, "answered_by": None, "caller_name": None,
            "forwarded_from": None, "group_sid": None, "parent_call_sid": None,
            "phone_number_sid": None, "price": None, "price_unit": "USD", "queue_time": "0",
            "trunk_sid": None, "uri": uri + ".json",
            "subresource_uris": {"recordings": uri + "/Recordings.json",
                                 "notifications": uri + "/Notifications.json"},
        }

    def _pick_up(self) -> None:
        if self.answered is None and not self.ended:
            self.answered = self._desk.clock()
            self.transcript.add("line", "answered")
            self._set_status("in-progress", "answered")

    def _over(self, status: str) -> None:
        self.ended = self._desk.clock()
        self.transcript.add("line", "ended", detail={"status": status})
        self._set_status(status, "completed")

    def _set_status(self, status: str, event: str) -> None:
        self.status = status
        self.updated = self._desk.clock()
        self._tell(event)

    def _tell(self, event: str) -> None:
        """A status callback, if this event is asked for."""
        if not self._hooks.status_url or event not in self._hooks.events:
            return
        more = {"Timestamp": rfc2822(self._desk.clock()) or "",
                "CallbackSource": "call-progress-events", "SequenceNumber": str(self._callbacks)}
        if self.status in FINAL:
            more |= {"CallDuration": str(self.duration), "Duration": str(-(-self.duration // 60))}
        self._callbacks += 1
        self._desk.call_back(self.sid, self._hooks.status_method, self._hooks.status_url,
                             {**self._parameters(), **more})

    def _parameters(self) -> dict[str, str]:
        """What every voice request carries."""
        return {
            "CallSid": self.sid, "AccountSid": self._desk.account_sid, "From": self.from_,
            "To": self.to, "Caller": self.from_, "Called": self.to, "CallStatus": self.status,
            "ApiVersion": API_VERSION, "Direction": self.direction,
            **places("From", "To", "Caller", "Called"),
        }
