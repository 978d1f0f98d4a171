"""The lines of a CSV file: in which encoding, with which separator, and where each begins.

Nothing is guessed silently: an encoding fits strictly or a line is named that it
does not fit. A line that cannot be read costs that line and no other.
"""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

CHUNK = 1 << 20  # octets read at a time where lines do not matter
MOST_HEADER = 1 << 16  # octets within which the headings must stand
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
SIGNATURES = {
    b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"%PDF": "a PDF",
}


class FileRefused(Exception):
    """The file as a whole cannot be read; nothing was written. Its text says what to do."""


class Row(msgspec.Struct, gc=False):
    """One line of a table. `flaw` says why it cannot be read: (why, what to do)."""

    line: int  # as an editor counts, or the row of a sheet
    cells: list[str]
    flaw: tuple[str, str] | None = None
    numeric: tuple[int, ...] = ()  # columns that a workbook keeps as numbers


class Source(NamedTuple):
    """A table found in a file. `remarks` are for the report."""

    heading: Row
    rows: Iterator[Row]
    how: str  # encoding and separator, or the sheet, for the report
    total: int | None  # what `position` runs up to: octets or rows; None: unknown
    position: Callable[[], int]
    remarks: list[str]  # grows while the rows are read


Score = Callable[[list[str]], int]  # how many of the mapping's columns these headings hold


def open_csv(path: Path, encodings: Iterable[str], score: Score) -> Source:
    """The table of a CSV file. Raises FileRefused."""
    size = path.stat().st_size
    raw = path.open("rb")
    try:
        start = raw.read(MOST_HEADER)
        for signature, what in SIGNATURES.items():
            if start.startswith(signature):
                raise FileRefused(f"This file is {what}. Save it as CSV (UTF-8) or as .xlsx.")
        bom = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
        if not start[bom:].strip():
            raise FileRefused("This file is empty.")
        if b"\r" in start and b"\n" not in start:
            raise FileRefused("The lines of this file end with CR alone. Save it as CSV (UTF-8).")
        remarks: list[str] = []
        order = ("utf-8",) if bom else tuple(encodings)
        encoding = _encoding(raw, bom, order, score, remarks)
        raw.seek(bom)
        feed = _Feed(raw, encoding)
        separator = _separator(start[bom:], encoding, score)
        rows = _rows(feed, separator, remarks)
        heading = next((row for row in rows if any(map(str.strip, row.cells)) or row.flaw), None)
    except BaseException:
        raw.close()
        raise
    if heading is None or heading.flaw:
        raw.close()
        why = heading.flaw[0] if heading and heading.flaw else "it has none"
        raise FileRefused(f"The headings of this file cannot be read: {why}.")
    how = (f"{encoding.upper()}{' with byte-order mark' if bom else ''}, separated by "
           f"{SEPARATORS[separator]}")
    return Source(heading, _closing(rows, raw), how, size,
                  lambda: size if raw.closed else raw.tell(), remarks)


def _closing(rows: Iterator[Row], raw: BinaryIO) -> Iterator[Row]:
    with raw:
        yield from rows


def _encoding(raw: BinaryIO, start: int, order: tuple[str, ...], score: Score,
              remarks: list[str]) -> str:
    """The first of `order` that the whole file fits, if the headings do not speak for another.

    Where none fits, the one that the headings speak for, or that fits most lines; the lines
    it does not fit are bad lines.
    """
    misfits = {encoding: _misfits(raw, start, encoding) for encoding in order}
    fitting = [encoding for encoding in order if not misfits[encoding]]
    raw.seek(start)
    head = raw.read(MOST_HEADER).lstrip(b"\r\n").split(b"\n", 1)[0]
    if not head.isascii():
        known = {e: max(score(_split(head, e, sep)) for sep in SEPARATORS) for e in order}
        best = max(order, key=lambda e: (known[e], e in fitting))
        if known[best]:
            return best
    if fitting:
        if len(fitting) > 1 and not _ascii(raw, start) and _only_short(raw, start):
            remarks.append(f"The file fits {' and '.join(e.upper() for e in fitting)} and was "
                           f"read as {fitting[0].upper()}: look whether names are right.")
        return fitting[0]
    return min(order, key=lambda e: misfits[e])


def _misfits(raw: BinaryIO, start: int, encoding: str) -> int:
    """How many lines are not strictly in this encoding."""
    raw.seek(start)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := raw.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raw.seek(start)
        return sum(_broken(line, encoding) for line in raw) or 1
    return 0


def _broken(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return True
    return False


def _ascii(raw: BinaryIO, start: int) -> bool:
    raw.seek(start)
    return all(chunk.isascii() for chunk in iter(lambda: raw.read(CHUNK), b""))


def _only_short(raw: BinaryIO, start: int) -> bool:
    """Whether, read as UTF-8, no character takes three octets, as every Chinese one does:
    then what looks like UTF-8 may as well be GB18030."""
    raw.seek(start)
    return all(not chunk.translate(None, _BELOW_E0)
               for chunk in iter(lambda: raw.read(CHUNK), b""))


_LF = ord("\n")
_BELOW_E0 = bytes(range(0xE0))


def _split(head: bytes, encoding: str, separator: str) -> list[str]:
    text = head.decode(encoding, "replace").rstrip("\r\n")
    try:
        return next(csv.reader([text], delimiter=separator), [])
    except csv.Error:
        return []


def _separator(start: bytes, encoding: str, score: Score) -> str:
    """The separator that makes most of the mapping's columns out of the headings."""
    head = start.lstrip(b"\r\n").split(b"\n", 1)[0]
    return max(SEPARATORS, key=lambda sep: (score(_split(head, encoding, sep)),
                                            head.count(sep.encode())))


class _Feed:
    """Physical lines for the CSV parser. Those of the record at hand are kept, so that an
    open quote does not swallow the lines after it."""

    def __init__(self, raw: BinaryIO, encoding: str) -> None:
        self._raw = raw
        self._encoding = encoding
        self._again: deque[str] = deque()
        self.taken: list[str] = []  # physical lines of the record at hand
        self.flaws: dict[int, tuple[str, str]] = {}  # by physical line
        self.ended = True  # whether the last line read had a line break
        self._read = 0  # physical lines so far

    def lines(self) -> Iterator[str]:
        """Every line, and first those that were put back."""
        taken, again, encoding, readline = (
            self.taken, self._again, self._encoding, self._raw.readline)
        while True:
            while again:
                taken.append(again.popleft())
                yield taken[-1]
            octets = readline()
            if not octets:
                return
            self._read += 1
            try:
                line = octets.decode(encoding)
            except UnicodeDecodeError as error:
                line = octets.decode(encoding, "surrogateescape")
                self.flaws[self._read] = (
                    f"the byte 0x{octets[error.start]:02X} at position {error.start + 1} is not "
                    f"{encoding.upper()}", "Export the file again in one encoding, UTF-8.")
            if b"\0" in octets:
                self.flaws[self._read] = (
                    "it holds NUL bytes",
                    "The file was damaged or is no text; export it again.")
            self.ended = octets[-1] == _LF
            taken.append(line)
            yield line

    def put_back(self) -> None:
        """All lines of the record at hand but its first are to be read again."""
        self._again.extendleft(reversed(self.taken[1:]))


def _rows(feed: _Feed, separator: str, remarks: list[str]) -> Iterator[Row]:
    """The records; a broken one costs its first physical line only."""
    line = 1
    reader = csv.reader(feed.lines(), delimiter=separator, strict=True)
    while True:
        feed.taken.clear()
        flaw = None
        try:
            cells = next(reader)
            span = len(feed.taken)
        except StopIteration:
            break
        except csv.Error as error:
            feed.put_back()
            reader = csv.reader(feed.lines(), delimiter=separator, strict=True)
            cells, span, flaw = [], 1, _csv_flaw(str(error))
        if feed.flaws:
            found = [feed.flaws.pop(at) for at in range(line, line + span) if at in feed.flaws]
            flaw = flaw or (found[0] if found else None)
        yield Row(line, cells, flaw)
        line += span
    if not feed.ended:
        remarks.append(f"The file does not end with a line break: see whether its last line "
                       f"({line - 1}) is whole.")


def _csv_flaw(error: str) -> tuple[str, str]:
    """The parser's words in ours."""
    if "field larger" in error:
        return ("a field is longer than 131,072 characters",
                "Perhaps a quotation mark is not closed; correct the line.")
    if "unexpected end" in error:
        return ("a quotation mark is opened and never closed",
                "Close it, or double it where it belongs to the text.")
    if "expected after" in error:
        return ("a quotation mark stands in the middle of a field",
                "Double quotation marks within a quoted field.")
    if "new-line" in error:
        return ("a CR stands within the line", "Export the file again with usual line ends.")
    return (f"it is no CSV ({error})", "Export the file again.")
