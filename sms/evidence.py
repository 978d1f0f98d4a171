"""Asking the service about a case for a sender, with what the text brings for evidence: a query
code, a one-time code, or the phone that it comes from, for which the provider vouches."""

from __future__ import annotations

import logging
from contextlib import suppress

from sms.talk import Found, LookUp, Opened, SendCode, ShowOneTime, TellLost
from status_service.client import (
    Answer,
    Client,
    Granted,
    Refused,
    ServiceAway,
    Several,
    TooMany,
    Unknown,
    Visit,
)

log = logging.getLogger("sms")


class Cases:
    """Every method may raise ServiceAway or Refused. What is above level 0 may be away while
    the rest is not: then the answer is what anyone may read."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def found(self, effect: LookUp | SendCode | ShowOneTime | TellLost, sender: str,
              conversation: str) -> Found:
        """What an effect brings. conversation: what grants are bound to."""
        visit = Visit("sms", conversation, sender)
        client = self._client
        if isinstance(effect, ShowOneTime):
            given = client.show_code(effect.number, effect.code, "one-time-code", visit)
            return self._opened(given, visit) or Opened(False)
        found = self._case(effect.spellings, visit)
        if isinstance(effect, LookUp) and effect.coded:
            if not isinstance(found, Unknown):  # it was one number: there is no code
                effect = LookUp(effect.spellings)
            else:
                found = self._case(effect.coded, visit)
        if not isinstance(found, Answer):
            return found
        match effect:
            case LookUp(code=code):
                return self._more(found, code, sender, visit)
            case SendCode(language=language):
                theirs = self._of_sender(found.number, sender, visit)
                client.send_code(found.number, language, visit, sender if theirs else "")
            case TellLost():
                client.lost(found.number, "query-code", visit)
        return found

    def _case(self, spellings: tuple[str, ...],
              visit: Visit) -> Answer | Several | Unknown | TooMany:
        slip = False
        for spelt in spellings:
            found = self._client.case(spelt, visit)
            if not isinstance(found, Unknown):
                return found
            slip = slip or found.slip
        return Unknown(slip)

    def _more(self, answer: Answer, code: str, sender: str, visit: Visit) -> Found:
        """The answer with what the code or else the sender's phone opens of it."""
        if not code and not answer.withheld:
            return answer
        try:
            if code:
                given = self._client.show_code(answer.number, code, "query-code", visit)
                if opened := self._opened(given, visit):
                    return opened
            known = self._of_sender(answer.number, sender, visit)
        except (ServiceAway, Refused) as error:
            log.warning("no evidence can be shown now (%s)", type(error).__name__)
            return answer
        if known and known.answer:
            return known.answer
        return Opened(False, answer) if code else answer

    def _of_sender(self, number: str, sender: str, visit: Visit) -> Opened | None:
        """What the phone that the text comes from opens; None where it is not registered."""
        return self._opened(self._client.show_phone(number, sender, visit), visit)

    def _opened(self, given: Granted | None, visit: Visit) -> Opened | None:
        """A reply is one look: its grant ends at once."""
        if given is None:
            return None
        with suppress(ServiceAway, Refused):  # it ends by itself
            self._client.end_grant(given.grant, visit)
        return Opened(True, given.answer)
