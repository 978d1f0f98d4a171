"""Reading CSV: whatever bytes come, there are rows, flaws or a refusal with a sentence."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from status_service.ingest.lines import FileRefused, Row, Source, open_csv

KNOWN = {"编号", "名称", "number", "name"}
BOTH = ("utf-8", "gb18030")


def score(cells: list[str]) -> int:
    return len(KNOWN & {c.strip() for c in cells})


def opened(content: bytes, path: Path) -> tuple[Source, list[Row]]:
    file = path / "file.csv"
    file.write_bytes(content)
    source = open_csv(file, BOTH, score)
    return source, list(source.rows)


@pytest.mark.parametrize(("encoding", "said"), [
    ("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8 with byte-order mark"), ("gb18030", "GB18030")])
def test_the_encoding_is_found_and_said(tmp_path: Path, encoding: str, said: str) -> None:
    content = "编号,名称\n1,规划许可\n2,𠮷\n".encode(encoding)
    source, rows = opened(content, tmp_path)
    assert source.how == f"{said}, separated by commas"
    assert source.heading.cells == ["编号", "名称"]
    assert [r.cells for r in rows] == [["1", "规划许可"], ["2", "𠮷"]]


def test_a_broken_byte_names_its_line_and_costs_no_other(tmp_path: Path) -> None:
    content = "编号,名称\n1,好\n".encode() + b"2,\xff\n" + "3,也好\n".encode()
    source, rows = opened(content, tmp_path)
    assert source.how.startswith("UTF-8")
    assert [(r.line, r.flaw is None) for r in rows] == [(2, True), (3, False), (4, True)]
    assert rows[1].flaw and rows[1].flaw[0] == "the byte 0xFF at position 3 is not UTF-8"
    assert rows[2].cells == ["3", "也好"]


def test_utf8_cut_in_a_character_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    # These bytes are all valid GB18030 as well: only the headings tell.
    whole = "编号,名称\n1,办件\n".encode()
    cut = whole + "2,规".encode()[:-1]
    source, rows = opened(cut, tmp_path)
    assert source.how.startswith("UTF-8")
    assert rows[0].cells == ["1", "办件"] and rows[1].flaw


def test_a_gb18030_file_with_english_headings(tmp_path: Path) -> None:
    source, rows = opened("number,name\n1,规划许可证\n".encode("gb18030"), tmp_path)
    assert source.how.startswith("GB18030")
    assert rows[0].cells == ["1", "规划许可证"]


def test_what_fits_both_encodings_is_said(tmp_path: Path) -> None:
    either = b"number,name\n1," + b"\xd0\xa1\xd0\xa2" + b"\n"
    assert either.decode("utf-8") != either.decode("gb18030")
    source, _ = opened(either, tmp_path)
    assert "fits UTF-8 and GB18030" in source.remarks[0]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators(tmp_path: Path, separator: str) -> None:
    _, rows = opened(f"编号{separator}名称\n1{separator}a\n".encode(), tmp_path)
    assert rows[0].cells == ["1", "a"]


def test_a_quoted_line_break_belongs_to_its_field(tmp_path: Path) -> None:
    _, rows = opened("编号,名称\n1,\"两\n行\"\n2,b\n".encode(), tmp_path)
    assert [(r.line, r.cells) for r in rows] == [(2, ["1", "两\n行"]), (4, ["2", "b"])]


def test_an_open_quote_costs_only_its_line(tmp_path: Path) -> None:
    lines = "".join(f"{n},x\n" for n in range(3, 3_000))
    _, rows = opened(f'编号,名称\n1,a\n2,"open\n{lines}'.encode(), tmp_path)
    assert [r.line for r in rows if r.flaw] == [3]
    assert len(rows) == 2 + 2_997 and rows[-1].cells == ["2999", "x"]


def test_a_huge_field_costs_only_its_line(tmp_path: Path) -> None:
    huge = "x" * 200_000
    _, rows = opened(f"编号,名称\n1,{huge}\n2,b\n".encode(), tmp_path)
    assert rows[0].flaw and "131,072" in rows[0].flaw[0]
    assert rows[1].cells == ["2", "b"]


def test_nul_and_a_missing_last_line_break_are_said(tmp_path: Path) -> None:
    source, rows = opened("编号,名称\n1,a\0b\n2,b".encode(), tmp_path)
    assert rows[0].flaw and "NUL" in rows[0].flaw[0]
    assert rows[1].cells == ["2", "b"]
    assert "last line (3)" in source.remarks[0]


@pytest.mark.parametrize(("content", "why"), [
    (b"", "empty"), (b"\xef\xbb\xbf \r\n", "empty"), ("编号".encode("utf-16"), "UTF-16"),
    (b"\xd0\xcf\x11\xe0old", "old Excel"), (b"a,b\rc,d\r", "CR alone")])
def test_whole_files_that_are_refused(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(FileRefused, match=why):
        opened(content, tmp_path)


@given(st.binary(max_size=400))
@example(b'number,name\n"')
@example(b"number,name\n\x81\n")
def test_any_bytes_give_rows_or_a_refusal(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        try:
            source, rows = opened(content, Path(directory))
        except FileRefused as refused:
            assert str(refused).endswith(".")
            return
    lines = [source.heading.line, *(r.line for r in rows)]
    assert lines == sorted(set(lines))
    assert lines[-1] <= content.count(b"\n") + 1


_cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=12)


@given(st.lists(st.lists(_cells, min_size=3, max_size=3), max_size=20),
       st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]), st.sampled_from([",", ";", "\t"]))
def test_what_was_written_is_read(table: list[list[str]], encoding: str, separator: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows([["编号", "名称", "other"], *table])
    with tempfile.TemporaryDirectory() as directory:
        _, rows = opened(out.getvalue().encode(encoding), Path(directory))
    assert [r.cells for r in rows] == table
    assert not any(r.flaw for r in rows)
