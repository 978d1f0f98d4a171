"""The rows of an Excel workbook (.xlsx), streamed: what Excel made of dates and numbers is
turned back into text where that is certain, and said where it is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl

from status_service.ingest.lines import FileRefused, Row, Score, Source

MAGIC = b"PK\x03\x04"
MOST_HEADING = 20  # rows within which the headings must stand
MOST_DIGITS = 15  # significant digits that Excel keeps of a number
ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})


def open_workbook(path: Path, score: Score) -> Source:
    """The table of the sheet that holds most of the mapping's columns. Raises FileRefused."""
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        found = _find(book, score)
    except FileRefused:
        raise
    except Exception as error:  # a parser of foreign bytes raises whatever they lead it to
        raise FileRefused(f"This workbook cannot be read ({type(error).__name__}). Open it in "
                          "Excel and save it again as .xlsx.") from error
    sheet, heading = found
    place = {"at": heading.line}

    def rows() -> Iterator[Row]:
        try:
            for line, values in _raw_rows(sheet):
                if line <= heading.line:
                    continue
                place["at"] = line
                yield _row(line, values, len(heading.cells))
        except Exception as error:  # as above; what was read before stays
            yield Row(place["at"] + 1, [], (
                f"the workbook is broken from here on ({type(error).__name__})",
                "Open it in Excel, save it again and import it again."))
        finally:
            book.close()

    remarks = []
    if len(book.sheetnames) > 1:
        remarks.append(f"The workbook has {len(book.sheetnames)} sheets; "
                       f"{sheet.title!r} was read.")
    return Source(heading, rows(), f"Excel workbook, sheet {sheet.title!r}", None,
                  lambda: place["at"], remarks)


def _find(book: Any, score: Score) -> tuple[Any, Row]:
    """The sheet and its headings: the row, among the first ones, that knows most columns."""
    best: tuple[int, Any, Row] | None = None
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what the file says of its own size is often wrong
        for line, values in _raw_rows(sheet):
            if line > MOST_HEADING:
                break
            row = _row(line, values, 0)
            if any(cell.strip() for cell in row.cells):
                known = score(row.cells)
                if best is None or known > best[0]:
                    best = known, sheet, row
    if best is None:
        book.close()
        raise FileRefused("This workbook is empty.")
    return best[1], best[2]


def _raw_rows(sheet: Any) -> Iterator[tuple[int, Iterable[Any]]]:
    return enumerate(sheet.iter_rows(values_only=True), 1)


def _row(line: int, values: Iterable[Any], width: int) -> Row:
    cells: list[str] = []
    numeric: list[int] = []
    flaw = None
    for at, value in enumerate(values):
        if value is None:
            cells.append("")
        elif isinstance(value, str):
            if "\0" in value:
                flaw = "a cell holds NUL", "Type the cell again."
            elif value in ERRORS:
                flaw = f"a formula ends in {value}", "Correct the formula or type the value."
            cells.append(value)
        else:
            if not isinstance(value, (date, time, bool)):
                numeric.append(at)
            cells.append(_text(value))
    cells.extend([""] * (width - len(cells)))
    return Row(line, cells, flaw, tuple(numeric))


def _text(value: Any) -> str:
    """A cell as it would be written by hand."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 10 ** MOST_DIGITS:
        return str(int(value))
    return value.isoformat() if isinstance(value, (date, time)) else str(value)
