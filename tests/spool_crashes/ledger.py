"""What was asked for, beside what came out on paper and what the queue says of it."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

#: States in which nothing more happens by itself.
FINAL = ("done", "failed", "unknown")


@dataclass(frozen=True)
class Row:
    """What the queue says of a slip."""

    state: str
    outcome: str | None


@dataclass
class Ledger:
    jobs: int
    printed: int
    #: By state and reason.
    outcomes: Counter[str] = field(default_factory=Counter)
    #: Printed at a kind of printer that never says so, or not.
    unproven: Counter[bool] = field(default_factory=Counter)
    #: What must not be, in words.
    wrong: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return not self.wrong

    def __str__(self) -> str:
        unknown = sum(count for what, count in self.outcomes.items() if what.startswith("unknown"))
        failed = sum(count for what, count in self.outcomes.items() if what.startswith("failed"))
        twice = sum("was printed" in each for each in self.wrong)
        lines = [
            f"{self.jobs:>7,} jobs",
            f"{self.printed:>7,} printed",
            f"{unknown:>7,} unknown",
            f"{failed:>7,} failed",
            f"{twice:>7,} printed twice",
            f"{len(self.wrong) - twice:>7,} otherwise wrong",
            "",
            *(f"{count:>7,}  {what}" for what, count in sorted(self.outcomes.items())),
            *(f"{count:>7,}  without proof, and {'' if so else 'not '}printed" for so, count in self.unproven.items()),
            *("WRONG: " + each for each in self.wrong[:20]),
        ]
        return "\n".join(lines)


def judge(
    asked: Mapping[str, str],
    rows: Mapping[str, Row],
    paper: Collection[str],
    no_proof: str,
    over_a_line: Collection[str] = (),
    losses: int = 0,
) -> Ledger:
    """Compare.

    Parameters
    ----------
    asked: the link of each slip that was put into the queue, by key.
    rows: the queue, by key.
    paper: the links of all codes that came out, in any order.
    no_proof: what the queue says of a slip that was sent to a kind of printer that never says that it has printed.
    over_a_line: keys of slips for serial printers. Such a line does not tell that a printer has lost its power: one
        that is back before the slip's end takes the end, with the question for the proof, and answers it.
    losses: how often such printers lost their power; so many slips are excused at most.
    """
    printed = Counter(paper)
    ledger = Ledger(len(asked), printed.total())
    for key, link in asked.items():
        row = rows.get(key)
        times = printed[link]
        if row is None:
            ledger.wrong.append(f"{key} was lost")
            continue
        if row.outcome == no_proof:
            ledger.unproven[bool(times)] += 1
        if row.state == "done" and not times and row.outcome != no_proof and key in over_a_line and losses:
            losses -= 1
            ledger.outcomes["done: said so by a serial printer that had lost its power on the way"] += 1
            continue
        ledger.outcomes[f"{row.state}: {row.outcome or 'printed'}"] += 1
        ledger.wrong += [f"{key} {said}" for said in _wrong(row, times, no_proof)]
    strangers = printed.keys() - set(asked.values())
    ledger.wrong += [f"{link} is on paper, and nobody asked for it" for link in strangers]
    # What is worst comes first.
    ledger.wrong.sort(key=lambda each: "printed" not in each)
    return ledger


def _wrong(row: Row, times: int, no_proof: str) -> list[str]:
    wrong = []
    if times > 1:
        wrong.append(f"was printed {times} times")
    if row.state not in FINAL:
        wrong.append(f"is still {row.state}")
    if row.state == "done" and not times and row.outcome != no_proof:
        wrong.append("is done and on no paper")
    if row.state == "failed" and times:
        wrong.append("failed and is on paper")
    if row.state != "done" and not row.outcome:
        wrong.append(f"is {row.state} and does not say why")
    return wrong
