"""Reading single cells: days, times, counts, lists. Each reader either gives the value or
raises Bad with why and what to do; what was read once is remembered, for files repeat."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from status_service.cases.write import Paused
from status_service.words import Pause

KEPT = 20_000  # values remembered of one column
LONGEST = 2_000  # characters of a text
MOST_DAYS = 3_650  # of a time limit
FIRST_YEAR, LAST_YEAR = 1900, 2200
EXCEL_EPOCH = date(1899, 12, 30).toordinal()


class Bad(Exception):
    """A cell that cannot be read. `value` may be shown unless its column is personal."""

    def __init__(self, why: str, todo: str) -> None:
        super().__init__(why)
        self.why = why
        self.todo = todo


def tidy(text: str) -> str:
    """Full-width digits and letters made usual, spaces at the ends and in runs removed."""
    if not text.isascii() and not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.split())


def blank(text: str) -> bool:
    return not text or text.isspace()


def read_number(text: str) -> str:
    """A case number as the back office writes it. Raises Bad where Excel spoilt it."""
    if text.isascii() and text.isdigit():
        return text
    text = tidy(text)
    if text.startswith('="') and text.endswith('"'):  # how some programs keep zeros for Excel
        text = text[2:-1]
    if "E+" in text and text[0].isdigit():
        raise Bad("Excel wrote this number in short and its digits are lost",
                  "Make the column text before the numbers are typed or exported.")
    return text


def fit(cells: list[str], width: int) -> list[str]:
    """As many cells as there are headings; Bad where that would be guessing."""
    if not "".join(cells).strip():
        return [""] * width
    if len(cells) > width and not "".join(cells[width:]).strip():
        return cells[:width]
    raise Bad(f"it has {len(cells)} columns instead of {width}",
              "Perhaps the line is cut off; export the file again." if len(cells) < width else
              "Put texts that hold the separator in quotation marks.")


def salvage(cells: list[str], place: int) -> str:
    """The number of a line that is otherwise broken, so that its case can be held back;
    empty where not even that can be trusted."""
    if len(cells) <= place or not cells[place].isprintable():
        return ""
    try:
        return read_number(cells[place])
    except Bad:
        return ""


class Instant(msgspec.Struct, frozen=True, gc=False):
    """A cell that says when."""

    day: date  # in the file's zone
    at: datetime  # in UTC
    mark: str  # the same, for keys


class Instants(dict[str, Instant]):
    """Text to when; `[text]` raises Bad.

    A day without a time is its first moment in the zone. Years must be believable:
    0024 and 20224 are slips of a hand, not dates.
    """

    def __init__(self, forms: tuple[str, ...], zone: str) -> None:
        super().__init__()
        self._forms = forms
        self._zone = ZoneInfo(zone)
        self._shifts: dict[date, timedelta | None] = {}

    def __missing__(self, text: str) -> Instant:
        try:
            local = self._read(text)
            day = local.date()
            if local.tzinfo is not None:
                utc = local.astimezone(UTC).replace(tzinfo=None)
                day = local.astimezone(self._zone).date()
            elif (shift := self._shift(day)) is not None:
                utc = local - shift
            else:
                utc = local.replace(tzinfo=self._zone).astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            raise Bad("it is not a date", self._advice(text)) from None
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise Bad("the year cannot be right", "Correct the date.")
        if len(self) >= KEPT:
            self.clear()
        mark = utc.isoformat() + "+00:00"  # read back at once: quicker than putting a zone on
        found = self[text] = Instant(day, datetime.fromisoformat(mark), mark)
        return found

    def _shift(self, day: date) -> timedelta | None:
        """How far the zone is ahead of UTC all that day; None on days that put clocks on or
        back. Kept by day: asking the zone for every time would take most of the reading."""
        if day not in self._shifts:
            midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone)
            first, last = midnight.utcoffset(), (midnight + timedelta(1)).utcoffset()
            self._shifts[day] = first if first == last else None
        return self._shifts[day]

    def _read(self, text: str) -> datetime:
        """The time as it stands there, with a zone only where one is written."""
        if not text.isascii() or text[-1:].isspace() or text[:1].isspace():
            text = tidy(text)
        if len(text) >= 8 and "W" not in text:  # weeks are no days
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                pass  # then one of the mapping's own forms
        text = tidy(text)
        for form in self._forms:
            try:
                return datetime.strptime(text, form)  # noqa: DTZ007 - the file's own zone
            except ValueError:
                continue
        raise ValueError("no form fits")

    def _advice(self, text: str) -> str:
        shape = "Write it like 2024-11-29."
        if text.isascii() and text.isdecimal() and len(text) == 5:
            day = date.fromordinal(EXCEL_EPOCH + int(text))
            return f"It looks like Excel's number for {day}; format the column as a date. {shape}"
        return shape


class Days(dict[str, date]):
    """Text to the day in the file's zone; `[text]` raises Bad."""

    def __init__(self, instants: Instants) -> None:
        super().__init__()
        self._instants = instants

    def __missing__(self, text: str) -> date:
        found = self._instants[text].day
        if len(self) >= KEPT:
            self.clear()
        self[text] = found
        return found


class Counts(dict[str, int]):
    """Text to a number of working days: `20`, `20个工作日`."""

    _form = re.compile(r"(\d{1,4})\s*(?:个?工作日|天|日|working days|days)?")

    def __missing__(self, text: str) -> int:
        found = self._form.fullmatch(tidy(text))
        if not found or int(found[1]) > MOST_DAYS:
            raise Bad("it is not a number of working days", "Write it like 20.")
        if len(self) < KEPT:
            self[text] = int(found[1])
        return int(found[1])


_ITEMS = re.compile(r"[;；\n、]")


def items(text: str) -> list[str]:
    """The items of a list in one cell, separated by ；, 、 or line breaks."""
    return [item for item in map(tidy, _ITEMS.split(text)) if item]


PAUSES = {"补正": Pause.SUPPLEMENT, "supplement": Pause.SUPPLEMENT,
          "听证": Pause.HEARING, "hearing": Pause.HEARING,
          "专家评审": Pause.EXPERT_REVIEW, "expert review": Pause.EXPERT_REVIEW,
          "其他": Pause.OTHER, "other": Pause.OTHER}
_SPAN = re.compile(r"(?P<reason>\D+?)\s*(?P<since>\d\S*?)\s*(?:至|到|to|~|/)\s*(?P<until>\d\S*)?")


def pauses(text: str, days: Days) -> tuple[Paused, ...]:
    """`补正 2024-03-05至2024-03-12；听证 2024-04-01至`: an open end still stands still."""
    found = []
    for item in items(text):
        span = _SPAN.fullmatch(item)
        reason = PAUSES.get(span["reason"].strip().casefold()) if span else None
        if span is None or reason is None:
            raise Bad("it is not a list of pauses",
                      "Write it like 补正 2024-03-05至2024-03-12; reasons are "
                      "补正, 听证, 专家评审, 其他.")
        since = days[span["since"]]
        until = days[span["until"]] if span["until"] else None
        if until is not None and until < since:
            raise Bad("a pause ends before it begins", "Correct the days.")
        found.append(Paused(since=since, reason=reason, until=until))
    return tuple(found)


def words(text: str, most: int = LONGEST) -> str:
    """A cell as one text, refused when it is longer than any honest one."""
    text = tidy(text)
    if len(text) > most:
        raise Bad(f"it is longer than {most:,} characters", "Shorten it.")
    return text


def shown(value: str, most: int = 40) -> str:
    """A value for a report: short, on one line, nothing that moves a terminal's cursor."""
    clean = "".join(sign if sign.isprintable() else "�" for sign in value)
    return clean if len(clean) <= most else clean[:most] + "…"
