"""Works out the effects of a step: asks the service, hands the result back as an input."""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec
import phonenumbers
from phonenumbers import PhoneNumberType

from ivr.prompts import HOME
from ivr.talk import (
    Away,
    CategoriesFound,
    CodeOnItsWay,
    Effect,
    FindCase,
    FindMatter,
    FindPerson,
    Found,
    Gone,
    GuideFound,
    Input,
    ListCategories,
    ListMatters,
    ListNotices,
    ListOffices,
    LostTold,
    MattersFound,
    NotFound,
    NoticesFound,
    NotOpened,
    OfficesFound,
    Opened,
    PersonFound,
    SendCode,
    SendText,
    SeveralFound,
    ShowCode,
    TellLost,
    TextForbidden,
    TextQueued,
    TooMany,
)
from status_service import client
from status_service.client import (
    Client,
    Language,
    Office,
    Refused,
    ServiceAway,
    Several,
    Unknown,
    Visit,
)

log = logging.getLogger("ivr")

# Numbers that are certainly not a phone in somebody's hand.
NO_TEXT = (PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP, PhoneNumberType.PAGER,
           PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE,
           PhoneNumberType.SHARED_COST, PhoneNumberType.UAN)


def visit_of(call: str, caller: str) -> Visit:
    """This call as the service counts it: by the number that is shown, which proves nothing but
    costs something to change; a hidden one by the call."""
    return Visit("phone", call, caller if _parsed(caller) else f"call {call}")


def textable(caller: str) -> str | None:
    """The caller's number in E.164 if a text can reach it.

    None for a hidden caller ("anonymous", empty), a SIP address, a landline.
    """
    number = _parsed(caller)
    if number is None or not phonenumbers.is_valid_number(number):
        return None
    if phonenumbers.number_type(number) in NO_TEXT:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _parsed(number: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number, HOME)
    except phonenumbers.NumberParseException:
        return None


def at_work(offices: list[Office], person_phone: str, at: datetime) -> bool:
    """Is the office with the person's phone open at `at` (time in its zone)?

    If no office has that phone: is any open? Holidays are not known here; on one,
    nobody answers and the caller is told the number to call.
    """
    person = _parsed(person_phone)
    theirs = [office for office in offices if person and _parsed(office.phone) == person]
    clock = at.strftime("%H:%M")
    return any(at.isoweekday() in hours.days and hours.opens <= clock < hours.closes
               for office in theirs or offices for hours in office.hours)


class Lookups:
    """What the service knows, for one call turn after another."""

    def __init__(self, client: Client, person_phone: str) -> None:
        self._client = client
        self._person = person_phone

    def person_at_work(self, at: datetime) -> bool:
        """Whether to ring the person's phone. When nobody can say, ring: if nobody
        answers, the caller still hears the number."""
        try:
            return at_work(self._client.offices(), self._person, at)
        except (ServiceAway, Refused, msgspec.MsgspecError) as error:
            log.warning("office hours cannot be had (%s)", type(error).__name__)
            return True

    def result(self, effect: Effect, at: datetime, caller: str, key: str, call: str) -> Input:
        """What came of `effect`. `caller` is who called, `key` makes a text unique, `call`
        is what grants are bound to."""
        try:
            return self._ask(effect, at, caller, key, visit_of(call, caller))
        except ServiceAway as error:
            log.warning("the service is away (%s)", error)
        except Refused as error:
            log.error("the service refused %s: %s", type(effect).__name__, error)
        if isinstance(effect, SendText):
            return Away(at, "text")
        return Away(at, "code" if isinstance(effect, ShowCode | SendCode | TellLost) else "lookup")

    def end(self, grant: str, call: str) -> None:
        """The call is over, and what it has opened is closed. Harmless twice."""
        try:
            self._client.end_grant(grant, visit_of(call, ""))
        except (ServiceAway, Refused) as error:
            log.warning("a grant was not ended (%s); it ends by itself", type(error).__name__)

    def _ask(self, effect: Effect, at: datetime, caller: str, key: str, visit: Visit) -> Input:
        client = self._client
        match effect:
            case FindCase(typed, grant):
                return self._case(typed, grant, at, visit)
            case ShowCode(number, code, kind, former):
                given = client.show_code(number, code, kind, visit)
                if given is None:
                    return NotOpened(at)
                if former:
                    self.end(former, visit.name)
                return Opened(at, given.answer, given.grant)
            case SendCode(number, language):
                client.send_code(number, language, visit)
                return CodeOnItsWay(at)
            case TellLost(number):
                client.lost(number, "query-code", visit)
                return LostTold(at)
            case ListCategories():
                return CategoriesFound(at, tuple(client.categories()))
            case ListMatters(category):
                return MattersFound(at, tuple(client.matters(category=category)))
            case FindMatter(code):
                matter = client.matter(code)
                return Gone(at) if matter is None else GuideFound(at, matter)
            case ListNotices():
                return NoticesFound(at, tuple(client.notices()))
            case ListOffices():
                return OfficesFound(at, tuple(client.offices()))
            case FindPerson():
                return PersonFound(at, self.person_at_work(at))
            case SendText(kind, subject, language):
                return self._text(kind, subject, language, at, caller, key)

    def _case(self, typed: str, grant: str, at: datetime, visit: Visit) -> Input:
        found = self._client.case(typed, visit)
        match found:
            case Several():
                return SeveralFound(at, found.candidates)
            case Unknown():
                return NotFound(at, found.slip)
            case client.TooMany():
                return TooMany(at)
        if grant:
            try:
                found = self._client.granted_case(found.number, grant, visit) or found
            except (ServiceAway, Refused) as error:
                log.warning("a grant cannot be used now (%s)", type(error).__name__)
        return Found(at, found)

    def _text(self, kind: str, subject: str, language: Language, at: datetime, caller: str,
              key: str) -> Input:
        recipient = textable(caller)
        if recipient is None:  # the caller's number changed within the call: nobody to text
            return Away(at, "text")
        queued = self._client.notify(key=key, medium="sms", recipient=recipient,
                                     language=language, kind=kind, subject=subject)
        return TextQueued(at) if queued else TextForbidden(at)
