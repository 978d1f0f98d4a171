"""The bench runs, measures what it says, and refuses to print what it did not measure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from stdnum.iso7064 import mod_11_10

from bench import __main__ as bench
from bench import importing, record, stand
from bench.load import BenchError, Measured, measure, wire


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with ExitStack() as ends:
        yield stand.start_baseline(ends, tmp_path_factory.mktemp("baseline"))


def asking(path: str, count: int) -> list[bytes]:
    return [wire("GET", path, {"Host": "127.0.0.1"})] * count


def test_everything_is_measured(tmp_path: Path) -> None:
    text = bench.report(bench.QUICK, tmp_path)
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in text.splitlines() if line.startswith("|")]
    turns = {(row[0], row[1]): row for row in rows if len(row) == 6}
    names = ("`GET /v1/cases/{number}`", "phone: a menu turn",
             "phone: an answer turn, with look-up", "text: an answer turn, with look-up")
    for name, cases in [(bench.BARE, ""), *((name, "300") for name in names)]:
        _, _, rate, p50, p99, ratio = turns[name, cases]
        assert float(rate.replace(",", "")) > 0
        assert 0 < float(p50) <= float(p99)
        assert float(ratio) > 0
    assert turns[bench.BARE, ""][-1] == "1.00"
    assert len([row for row in rows if len(row) == 5 and row[0] == "2,000"]) == 1
    small = {row[0]: row[1] for row in rows if len(row) == 3}
    assert 0 < float(small["cold start to home"].split()[0]) < 60
    assert 0 < float(small["card in to its holder's cases"].split()[0]) < 30_000
    assert 0 <= float(small["processor at rest"].rstrip("%")) < 100
    assert float(small["memory after 2 visitors"].split()[0]) > 50
    assert "CPython 3." in text


def test_a_refusal_is_no_measure(bare: str) -> None:
    with pytest.raises(BenchError, match="were refused"):
        measure(bare, asking("/nowhere", 20_000), 1)


def test_a_request_is_not_sent_twice(bare: str) -> None:
    with pytest.raises(BenchError, match="50 requests were too few"):
        measure(bare, asking("/bare/1", 50), 1)


def test_figures_are_of_the_run(bare: str) -> None:
    found = measure(bare, asking("/bare/1", 60_000), 1)
    assert 0.9 < found.seconds < 3
    assert found.rate == pytest.approx(found.requests / found.seconds)
    assert 0 < found.p50 <= found.p99


def test_the_table_says_medians_and_ratios_of_the_same_round() -> None:
    bare = bench.Line(bench.BARE, 0, "", 1, lambda _: ())
    other = bench.Line("other", 1_000_000, "", 1, lambda _: ())

    def figure(rate: int) -> Measured:
        return Measured(requests=rate, seconds=1, p50=1, p99=rate / 10, refused=0, broken=0, sent=0)

    text = bench.table({bare: [(figure(r), 1.0) for r in (100, 200, 400)],
                        other: [(figure(r), q) for r, q in ((50, .5), (90, .45), (100, .25))]})
    assert "| bare Flask JSON route |  | 200 | 1.0 | 20.0 | 1.00 |" in text
    assert "| other | 1,000,000 | 90 | 1.0 | 9.0 | 0.45 |" in text


def test_numbers_are_ours_and_the_same_every_time() -> None:
    numbers = record.numbers(500)
    assert numbers == record.numbers(500)
    assert numbers == record.numbers(600)[:500]
    assert len(set(numbers)) == 500
    assert all(mod_11_10.is_valid(number) for number in random.sample(numbers, 50))


def test_a_case_that_was_not_imported_is_no_measure(tmp_path: Path,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MATTERS", ("jsgcgh", "no-such-matter"))
    with pytest.raises(BenchError, match="import failed"):
        importing.measure(tmp_path, 10, stand.environ(tmp_path))
