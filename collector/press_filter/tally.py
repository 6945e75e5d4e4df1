"""What a run has found and how far it has come, as its row keeps both (pure)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Protocol

import msgspec

from collector.ratings.kinds import Mark


class Pressed(Protocol):
    """What is counted of a press."""

    @property
    def score(self) -> float: ...
    @property
    def is_in_index(self) -> bool: ...
    @property
    def before(self) -> Mark: ...
    @property
    def after(self) -> Mark: ...


class Scores(msgspec.Struct):
    """Counted presses of the customers' faces, and what they add up to."""

    count: int = 0
    total: float = 0.0

    @property
    def index(self) -> float | None:
        return self.total / self.count if self.count else None


class StoreChange(msgspec.Struct):
    """What would be other at a store."""

    raw: int = 0
    counted_before: int = 0
    counted_after: int = 0
    changed: int = 0


class Preview(msgspec.Struct):
    """What the presses are now, and what they would be."""

    #: The newest policy when the run was asked for.
    policy_id: int = 0
    #: Of the stores' opening hours then (hours).
    hours: str = ""
    raw: int = 0
    #: By mark.
    before: dict[int, int] = msgspec.field(default_factory=dict)
    after: dict[int, int] = msgspec.field(default_factory=dict)
    changed: int = 0
    index_before: Scores = msgspec.field(default_factory=Scores)
    index_after: Scores = msgspec.field(default_factory=Scores)
    #: By store, those where anything would change.
    stores: dict[int, StoreChange] = msgspec.field(default_factory=dict)

    @property
    def counted_before(self) -> int:
        return self.before.get(Mark.COUNTED, 0)

    @property
    def counted_after(self) -> int:
        return self.after.get(Mark.COUNTED, 0)

    def add(self, store_id: int, presses: Iterable[Pressed]) -> None:
        """Count further presses of a store."""
        here = self.stores.get(store_id) or StoreChange()
        for press in presses:
            self.raw += 1
            here.raw += 1
            self.before[press.before] = self.before.get(press.before, 0) + 1
            self.after[press.after] = self.after.get(press.after, 0) + 1
            here.counted_before += press.before is Mark.COUNTED
            here.counted_after += press.after is Mark.COUNTED
            for mark, scores in ((press.before, self.index_before), (press.after, self.index_after)):
                if press.is_in_index and mark is Mark.COUNTED:
                    scores.count += 1
                    scores.total += press.score
            if press.before is not press.after:
                self.changed += 1
                here.changed += 1
        if here.raw:
            self.stores[store_id] = here


class Progress(msgspec.Struct):
    """How far a run has come, of what it does just now."""

    #: While it previews or marks; a run that was stopped goes on with that.
    does: str = "previewing"
    #: The last store that is done, and the day with which the next one goes on; None: its first.
    store: int = 0
    next: date | None = None
    #: How many stores are done, and of how many.
    stores: int = 0
    of: int = 0
    #: Marks that are other by now.
    changed: int = 0

    @property
    def percent(self) -> int:
        return 100 * self.stores // self.of if self.of else 100


def reasons(marks: Mapping[int, int]) -> list[tuple[Mark, int]]:
    """Why presses are not counted, and how many for each reason, the most frequent first."""
    found = [(Mark(mark), count) for mark, count in marks.items() if mark != Mark.COUNTED and count]
    return sorted(found, key=lambda each: (-each[1], each[0]))
