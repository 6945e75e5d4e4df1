"""The three parts of `make bench`, each alternative in turn, and whether the goals were met.

python -m benchmarks.intake                     everything, about a quarter of an hour
python -m benchmarks.intake --short             a few thousand rows: does it all run? (a minute)
python -m benchmarks.intake --part a --only ours --profile
"""

import argparse
import os
import platform
import resource
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.intake.bare_copy import bare_copy
from benchmarks.intake.consumers import ONE_HELD, OTHERS, OURS, TWO, TWO_HELD, Consumer, ours, versions_of_others
from benchmarks.intake.journals import KIOSKS, LIVE
from benchmarks.intake.measure import Result, Scenario, caught_up, measure, median, steadily, storm
from benchmarks.intake.report import percentile, table
from benchmarks.intake.servers import Postgres


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    rows_singly: int = 200_000
    rows_in_frames: int = 1_000_000
    rows_held: int = 100_000
    kiosks: int = KIOSKS
    ratings: int = 200
    spread: float = 30.0


SHORT = Scale(4000, 40_000, 4000, 300, 100, 3.0)
#: Ratings in a frame, by part.
FRAME = {"a": 1, "b": 20}


class Goal(NamedTuple):
    what: str
    wanted: str
    found: str
    met: bool


class Bench:
    """The parts that were asked for, on one PostgreSQL."""

    def __init__(self, postgres: Postgres, scale: Scale, asked: argparse.Namespace) -> None:
        self._postgres, self._scale, self._asked = postgres, scale, asked
        self.goals: list[Goal] = []

    def run(self) -> None:
        for part, do in {"a": self._singly, "b": self._in_frames, "c": self._storm}.items():
            if part in (self._asked.part or "abc"):
                do()

    def _singly(self) -> None:
        rows = self._asked.rows or self._scale.rows_singly
        found = self._measured((*OTHERS, OURS, TWO), steadily(rows, FRAME["a"]))
        held = self._measured((ONE_HELD, TWO_HELD), steadily(self._asked.rows or self._scale.rows_held, FRAME["a"]))
        self._table(f"(a) One rating a frame: {rows:,} rows from {KIOSKS:,} kiosks", found, self._copied(found, rows))
        if OURS in found:
            self._compare("(a) ours to batched Node-RED", found, OURS, "node-red-batches", 1.5)
            self._compare("(a) ours to the plain consumer", found, OURS, "plain", 5)
        if held:
            [how] = {result.held for result in held.values()}
            self._table(f"(a) Held to a share of a core by {how}", held, [])
            self._compare("(a) two processes to one, each at 20 % of a core", held, TWO_HELD, ONE_HELD.name, 1.7)

    def _in_frames(self) -> None:
        rows = self._asked.rows or self._scale.rows_in_frames
        found = self._measured((*OTHERS, OURS), steadily(rows, FRAME["b"]))
        copied = self._copied(found, rows)
        title = f"(b) {FRAME['b']} ratings a frame: {rows:,} rows from {KIOSKS:,} kiosks"
        self._table(title, found, copied)
        if copied:
            for what, (_, seconds, _) in zip(("bytes made beforehand", "from values"), copied, strict=True):
                self._goal(f"(b) ours to bare `COPY`, {what}", 0.6, found[OURS].rate * seconds / rows)

    def _storm(self) -> None:
        kiosks, ratings, spread = self._scale.kiosks, self._scale.ratings, self._scale.spread
        calm = self._measured((OURS,), caught_up(kiosks, ratings))
        sudden = self._measured((*OTHERS, OURS), storm(kiosks, ratings, 0))
        spread_out = self._measured((OURS,), storm(kiosks, ratings, spread))
        labelled = [
            *((f"{consumer.title}: kiosks already online, no presses", result) for consumer, result in calm.items()),
            *((f"{consumer.title}: all at once", result) for consumer, result in sudden.items()),
            *((f"{consumer.title}: spread over {spread:g} s", result) for consumer, result in spread_out.items()),
        ]
        table(
            f"(c) {kiosks:,} kiosks come back with {ratings} ratings each, {LIVE} others are pressed once a second",
            ["", "s", "rows/s", "lost", "sent again", "presses", "into the table, ms p50", "p99", "longest"],
            [
                [
                    title,
                    f"{result.seconds:.1f}",
                    f"{result.rate:,.0f}",
                    f"{result.lost:,}",
                    f"{result.again:,}",
                    *_presses(result.presses),
                ]
                for title, result in labelled
            ],
        )
        if OURS in calm:
            ratio = sudden[OURS].seconds / calm[OURS].seconds
            self._goal("(c) all at once, to steady intake of the same rows (time)", 1.3, ratio, at_most=True)
            if spread_out[OURS].presses:
                slow = percentile(spread_out[OURS].presses, 99)
                what = f"(c) a live press into the table, p99, spread over {spread:g} s (s)"
                self._goal(what, 1.0, slow, at_most=True)

    def _measured(self, consumers: Sequence[Consumer], scenario: Scenario) -> dict[Consumer, Result]:
        found: dict[Consumer, list[Result]] = {}
        for _ in range(self._asked.repeat):  # in turn, so that a slow minute of the machine hits them all
            for consumer in consumers:
                if self._asked.only and consumer.name not in self._asked.only:
                    continue
                started = self._started(consumer)
                print(f"… {consumer.title}", file=sys.stderr, flush=True)
                found.setdefault(consumer, []).append(measure(self._postgres, started, scenario))
        return {consumer: median(results) for consumer, results in found.items()}

    def _started(self, consumer: Consumer) -> Consumer:
        if self._asked.profile and consumer is OURS:
            return replace(consumer, run=ours(profile=True))
        return consumer

    def _copied(self, found: dict[Consumer, Result], rows: int) -> list[tuple[str, float, int]]:
        """What the server and the table are good for, in commits of as many rows as ours had: name, s, rows."""
        if OURS not in found or (self._asked.only and "copy" not in self._asked.only):
            return []
        batch = max(1, round(found[OURS].batch))
        copied = []
        for title, values in (("the bytes made beforehand", False), ("psycopg makes them from values", True)):
            times = []
            for _ in range(self._asked.repeat):
                with self._postgres.database() as settings:
                    times.append(bare_copy(settings, rows, batch, values=values))
            copied.append((f"bare `COPY`, {title}, {batch:,} rows a commit", sorted(times)[len(times) // 2], rows))
        return copied

    def _table(self, title: str, found: dict[Consumer, Result], copied: list[tuple[str, float, int]]) -> None:
        head = ["", "s", "rows/s", "rows a commit", "lost", "CPU s", "rows/CPU s", "PostgreSQL CPU s"]
        head += ["rows/CPU s of both", "broker CPU s", "kiosks CPU s"]
        rows = [
            [
                consumer.title,
                f"{result.seconds:.1f}",
                f"{result.rate:,.0f}",
                f"{result.batch:,.0f}" if result.batches > 1 else "",
                f"{result.lost:,}",
                f"{result.cpu[0]:.1f}",
                f"{result.rows / result.cpu[0]:,.0f}",
                f"{result.cpu[1]:.1f}",
                f"{result.rows / (result.cpu[0] + result.cpu[1]):,.0f}",
                f"{result.cpu[2]:.1f}",
                f"{result.cpu[3]:.1f}",
            ]
            for consumer, result in found.items()
        ]
        for name, seconds, count in copied:
            rows.append([name, f"{seconds:.1f}", f"{count / seconds:,.0f}", *[""] * (len(head) - 3)])
        if rows:
            table(title, head, rows)

    def _compare(self, what: str, found: dict[Consumer, Result], ours: Consumer, other: str, wanted: float) -> None:
        if ours in found and any(consumer.name == other for consumer in found):
            self._goal(what, wanted, found[ours].rate / _one(found, other).rate)

    def _goal(self, what: str, wanted: float, found: float, at_most: bool = False) -> None:
        sign = "≤" if at_most else "≥"
        met = found <= wanted if at_most else found >= wanted
        self.goals.append(Goal(what, f"{sign} {wanted:g}", f"{found:.2f}", met))


def _one(found: dict[Consumer, Result], name: str) -> Result:
    return next(result for consumer, result in found.items() if consumer.name == name)


def _presses(took: Sequence[float]) -> list[str]:
    if not took:
        return [""] * 4
    return [f"{len(took):,}", *(f"{1000 * percentile(took, percent):,.0f}" for percent in (50, 99, 100))]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intake", description=__doc__.splitlines()[0])
    parser.add_argument("--part", action="append", choices=["a", "b", "c"], help="default: all three")
    names = [consumer.name for consumer in (*OTHERS, OURS, TWO, ONE_HELD, TWO_HELD)]
    parser.add_argument("--only", action="append", choices=[*names, "copy"], help="repeat for more; copy needs ours")
    parser.add_argument("--short", action="store_true", help="few rows: does it all run?")
    parser.add_argument("--rows", type=int, help="another number of rows for (a) and (b)")
    parser.add_argument("--repeat", type=int, default=1, help="so often in turn; the median is told")
    parser.add_argument("--profile", action="store_true", help="say where our process's time goes")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no server is left behind
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    began = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="smilepost-bench-") as folder:
        postgres = Postgres(Path(folder))
        try:
            bench = Bench(postgres, SHORT if asked.short else Scale(), asked)
            versions = ", ".join(
                f"{name} {value}" for name, value in (postgres.configuration() | versions_of_others()).items()
            )
            print(f"`python -m benchmarks.intake {' '.join(sys.argv[1:])}`".replace(" `", "`"), end="")
            print(f", {began:%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, ", end="")
            print(f"load before {os.getloadavg()[0]:.1f}. CPython {platform.python_version()}, {versions}.", flush=True)
            bench.run()
        finally:
            postgres.close()
    if bench.goals:
        found = [[goal.what, goal.wanted, goal.found, "met" if goal.met else "**missed**"] for goal in bench.goals]
        table(
            "What was aimed at" + " (in so short a run the figures mean nothing)" * asked.short,
            ["goal", "wanted", "found", ""],
            found,
        )


if __name__ == "__main__":
    main()
