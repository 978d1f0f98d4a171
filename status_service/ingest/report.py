"""The report of an import: what was counted, what is wrong in which line, what to do."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, TextIO

from status_service.ingest.cells import shown

ON_SCREEN = 20  # problems shown on the screen; the report's file names all
REDACTED = "(redacted)"


class Problem(NamedTuple):
    """What is wrong with one line. `value` is already redacted where it is personal."""

    line: int
    column: str  # heading; empty when the line as a whole is meant
    value: str
    why: str
    todo: str

    def __str__(self) -> str:
        where = f"line {self.line}"
        if self.column:
            where += f", {self.column}"
        what = f" {shown(self.value)!r}" if self.value else ""
        return f"{where}{what}: {self.why}. {self.todo}"


class Counts(Counter[str]):
    """Counted: lines `read`, `blank`, `bad`, `repeated`; cases `created`, `updated`,
    `unchanged`, `older`, `refused`, `held back`."""


class Report:
    """Collects problems and notes; the first ones are kept for the screen, all go to `file`
    as they come, so that memory stays flat."""

    def __init__(self, path: Path | None = None, dry: bool = False) -> None:
        self.counts = Counts()
        self._dry = dry
        self.first: list[Problem] = []
        self.notes: list[str] = []
        self.about: list[str] = []  # what was read, and how
        self._casual: dict[tuple[str, str], tuple[int, int]] = {}
        self._path = path
        self._file: TextIO | None = None

    def __enter__(self) -> Report:
        if self._path is not None:
            self._file = self._path.open("w", encoding="utf-8-sig")  # so Excel sees UTF-8
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._file is not None:
            print(*self.summary(), sep="\n", file=self._file)
            self._file.close()

    def bad(self, problem: Problem) -> None:
        """A line, or a case named by its first line, that was not taken."""
        self.counts["problems"] += 1
        if len(self.first) < ON_SCREEN:
            self.first.append(problem)
        self._write(str(problem))

    def note(self, text: str) -> None:
        """Something a person should look at; nothing was lost by it."""
        self.counts["notes"] += 1
        if len(self.notes) < ON_SCREEN:
            self.notes.append(text)
        self._write("note: " + text)

    def casually(self, line: int, column: str, what: str) -> None:
        """Something small that may be true of very many lines: told once, with its count."""
        count, first = self._casual.get((column, what), (0, line))
        self._casual[column, what] = count + 1, first

    def _write(self, text: str) -> None:
        if self._file is not None:
            print(text, file=self._file)

    def summary(self) -> list[str]:
        """The counts and what was seen often, in lines."""
        c = self.counts
        found = [*self.about]
        found += [f"note: {column}, {count:,} line{'s'[:count > 1]}, first line {first}: {what}."
                  for (column, what), (count, first) in self._casual.items()]
        found.append(f"Lines: {c['read']:,} read, {c['bad']:,} bad, {c['repeated']:,} repeated, "
                     f"{c['blank']:,} blank.")
        told = [f"{c[word]:,} {word}" for word in ("created", "updated", "unchanged")]
        told += [f"{c[word]:,} {label}" for word, label in (
            ("older", "left as they are because the record knows more"),
            ("refused", "refused"),
            ("held back", "held back because one of their lines is bad")) if c[word]]
        found.append(("Cases, if this were no dry run: " if self._dry else "Cases: ")
                     + ", ".join(told) + ".")
        return found

    def on_screen(self) -> str:
        """All that a person at a terminal should see."""
        found = [str(p) for p in self.first]
        if self.counts["problems"] > len(self.first):
            found.append(f"… and {self.counts['problems'] - len(self.first):,} more; "
                         "--report FILE names them all.")
        found += ["note: " + text for text in self.notes]
        if self.counts["notes"] > len(self.notes):
            found.append(f"… and {self.counts['notes'] - len(self.notes):,} more notes; "
                         "--report FILE names them all.")
        return "\n".join(found + self.summary())
