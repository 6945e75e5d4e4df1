"""What was to be told, beside what arrived and what the queue says of it."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

#: States in which nothing more happens by itself.
FINAL = ("done", "failed", "unknown")


@dataclass(frozen=True)
class Row:
    """What the queue says of a message."""

    state: str
    outcome: str | None


@dataclass
class Ledger:
    messages: int
    arrived: int
    #: By state and reason, and whether it arrived.
    outcomes: Counter[str] = field(default_factory=Counter)
    #: What must not be, in words.
    wrong: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return not self.wrong

    def __str__(self) -> str:
        twice = sum("arrived" in each for each in self.wrong)
        lines = [
            f"{self.messages:>7,} messages",
            f"{self.arrived:>7,} arrived",
            f"{twice:>7,} arrived twice",
            f"{len(self.wrong) - twice:>7,} otherwise wrong",
            "",
            *(f"{count:>7,}  {what}" for what, count in sorted(self.outcomes.items())),
            *("WRONG: " + each for each in self.wrong[:20]),
        ]
        return "\n".join(lines)


def judge(rows: Mapping[str, Row], arrived: Collection[str]) -> Ledger:
    """Compare.

    Parameters
    ----------
    rows: the queue, by what each message is called outside of the house.
    arrived: the names of all that arrived, in any order.
    """
    times = Counter(arrived)
    ledger = Ledger(len(rows), times.total())
    for name, row in rows.items():
        count = times[name]
        ledger.outcomes[f"{row.state}, {'arrived' if count else 'not arrived'}: {row.outcome or 'well'}"] += 1
        if count > 1:
            ledger.wrong.append(f"{name} arrived {count} times")
        if row.state not in FINAL:
            ledger.wrong.append(f"{name} is still {row.state}")
        if row.state == "done" and not count:
            ledger.wrong.append(f"{name} is done and was told to nobody")
        if row.state == "failed" and count:
            ledger.wrong.append(f"{name} failed and was told")
        if row.state != "done" and not row.outcome:
            ledger.wrong.append(f"{name} is {row.state} and does not say why")
    ledger.wrong += [f"{name} was told, and nobody asked for it" for name in times.keys() - rows.keys()]
    # What is worst comes first.
    ledger.wrong.sort(key=lambda each: "arrived" not in each)
    return ledger
