"""`python -m bench`: everything measured side by side, printed as one Markdown table.

Each round measures every line once, in an order of its own; a line's figures are
the medians of its rounds, its ratio the median of the rounds' ratios to the bare
route of the same round. So a slow minute of the machine falls on all alike.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tqdm import tqdm

import processes
from bench import importing, kiosk
from bench.load import BenchError, Measured, measure, wire
from bench.stand import WAITING, Stand, environ, machine, start_baseline, start_redis
from bench.turns import Requests
from processes import StartError

MOST_RATE = 12_000  # requests a second prepared for a line that may be asked again
MOST_TURNS = 4_000  # turns a second prepared for a line whose turns are all new
BARE = "bare Flask JSON route"


class Plan(NamedTuple):
    """How long and how much."""

    sizes: tuple[int, ...]
    rounds: int
    seconds: float
    imports: tuple[int, ...]
    kiosk: kiosk.Plan


FULL = Plan(sizes=(10_000, 1_000_000), rounds=5, seconds=5, imports=(100_000, 1_000_000),
            kiosk=kiosk.FULL)
QUICK = Plan(sizes=(300,), rounds=1, seconds=1, imports=(2_000,), kiosk=kiosk.QUICK)


class Line(NamedTuple):
    """One line of the table: what, over how many cases, where, and its requests."""

    name: str
    cases: int
    base_url: str
    most: int  # requests prepared a second
    requests: Callable[[int], Iterable[bytes]]


def lines(stand: Stand) -> list[Line]:
    """What is measured over one record."""
    made = Requests(stand)
    made.rehearse()
    inner, outer = stand.settings.service_url, stand.settings.public_url
    return [
        Line("`GET /v1/cases/{number}`", stand.cases, inner, MOST_RATE, made.lookups),
        Line("phone: a menu turn", stand.cases, outer, MOST_TURNS, made.menus),
        Line("phone: an answer turn, with look-up", stand.cases, outer, MOST_TURNS, made.answers),
        Line("text: a help turn", stand.cases, outer, MOST_TURNS, made.helps),
        Line("text: an answer turn, with look-up", stand.cases, outer, MOST_TURNS, made.texts),
    ]


def run(plan: Plan, state: Path) -> dict[Line, list[tuple[Measured, float]]]:
    """Every line's rounds: (figures, ratio to the bare route of the same round)."""
    chance = random.Random()
    with ExitStack() as ends, tempfile.TemporaryDirectory(prefix="hallway-bench-") as redis:
        url = start_redis(ends, Path(redis))
        stands = [Stand(state, cases, url) for cases in plan.sizes]
        base = start_baseline(ends, state / "log")
        bare = Line(BARE, 0, base, MOST_RATE, lambda count: (
            wire("GET", f"/bare/{number}", {"Host": "127.0.0.1"}) for number in range(count)))
        measured = [bare]
        for stand in stands:
            stand.start(ends)
            measured += lines(stand)
        found: dict[Line, list[tuple[Measured, float]]] = {line: [] for line in measured}
        with tqdm(total=plan.rounds * len(measured), desc="Measuring", unit=" runs") as bar:
            for _ in range(plan.rounds):
                figures: dict[Line, Measured] = {}
                for line in chance.sample(measured, len(measured)):
                    bar.set_postfix_str(f"{line.name}, {line.cases:,} cases")
                    prepared = line.requests(round(line.most * (plan.seconds + 1)))
                    figures[line] = measure(line.base_url, prepared, plan.seconds)
                    bar.update()
                for line, figure in figures.items():
                    found[line].append((figure, figure.rate / figures[bare].rate))
    return found


def table(found: dict[Line, list[tuple[Measured, float]]]) -> str:
    """The figures as Markdown."""
    rows = ["| measured | cases | a second | p50 ms | p99 ms | of the bare route |",
            "|---|---:|---:|---:|---:|---:|"]
    for line, rounds in found.items():
        rate, p50, p99 = (median(getattr(figure, name) for figure, _ in rounds)
                          for name in ("rate", "p50", "p99"))
        ratio = median(ratio for _, ratio in rounds)
        rows.append(f"| {line.name} | {f'{line.cases:,}' if line.cases else ''} | {rate:,.0f} "
                    f"| {p50:.1f} | {p99:.1f} | {ratio:.2f} |")
    return "\n".join(rows)


def main(argv: list[str] | None = None) -> int:
    """0 when everything was measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true",
                        help="few cases and one short round: shows that it runs, not how fast")
    plan = QUICK if parser.parse_args(argv).quick else FULL
    state = processes.ROOT / "var" / "bench"
    try:
        print(report(plan, state))
    except (BenchError, StartError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def report(plan: Plan, state: Path) -> str:
    """Measure and say it in Markdown."""
    found = run(plan, state)
    imports = [importing.measure(state / "import", cases, environ(state / "import"))
               for cases in plan.imports]
    screen = kiosk.measure(state, plan.kiosk)
    return "\n".join([
        "", table(found), "", importing.table(imports), "",
        kiosk.table(screen), "",
        f"Medians of {plan.rounds} round(s) of {plan.seconds:.0f} s in mixed order; wrk with 16 "
        f"connections; each door is one granian worker, the public one with {WAITING} blocking "
        "threads, the others with one; SQLite; each phone and text turn signed and new; all of "
        "it, wrk and Redis included, on the same machine.", *(f"{line}." for line in machine())])


if __name__ == "__main__":
    sys.exit(main())
