"""What the intake has to know of the kiosks in a batch: where they stood, and what their buttons asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import TupleRow

from collector.ingest.frames import RATING, Record, RuleBroken
from collector.moments import to_ms
from collector.ratings.scale import weight

#: Kiosks, and cursors, kept in memory at most (and those of one batch); about a kilobyte each.
KEPT = 100_000


@dataclass(frozen=True)
class Placement:
    """Where a kiosk stood from `since`, ms since 1970 UTC, until the next placement."""

    since: int
    touchpoint_id: int
    store_id: int
    time_zone: ZoneInfo


@dataclass(frozen=True)
class Question:
    id: int
    #: What each button is worth, the first for button 1.
    scores: tuple[float, ...]


@dataclass
class Kiosk:
    #: In ms since 1970 UTC.
    enrolled_at: int
    #: Grows with each change of what stands below.
    revision: int
    placements: list[Placement] = field(default_factory=list)
    #: By settings version: the usual question, then those for some weekdays.
    questions: dict[int, list[Question]] = field(default_factory=dict)

    def stood(self, moment: int) -> Placement:
        """Its placement at `moment`, ms; before the first one, the first."""
        for placement in reversed(self.placements):
            if placement.since <= moment:
                return placement
        return self.placements[0]

    @property
    def settings_version(self) -> int:
        """Of the settings that it should have."""
        return max(self.questions, default=0)

    def question(self, record: Record) -> Question:
        """What a rating or a test answers; a kiosk without settings (0) asks as version 1 does.

        Raises
        ------
        RuleBroken: nothing that was ever asked there.
        """
        kind, value, extra, _, _, settings, _ = record
        asked = self.questions.get(settings or 1)
        if asked is None:
            raise RuleBroken(f"This kiosk was never given settings version {settings}.")
        index = extra if kind == RATING else 0
        if index >= len(asked):
            raise RuleBroken(f"Settings version {settings} has no question {index}.")
        question = asked[index]
        if value > len(question.scores):
            raise RuleBroken(f"Button {value} was pressed, but the question has {len(question.scores)} buttons.")
        return question


class KnownCursor(NamedTuple):
    """What never changes of a cursor."""

    id: int
    is_foreign: bool


class Registry:
    """The enrolled kiosks and their cursors, kept from batch to batch. What is kept of a kiosk holds as long as its
    revision does."""

    def __init__(self) -> None:
        self._kiosks: dict[str, Kiosk] = {}
        #: By (kiosk, epoch).
        self.cursors: dict[tuple[str, int], KnownCursor] = {}

    def make_room(self) -> None:
        """Forget everything where it has become too much; between two batches only."""
        if max(len(self._kiosks), len(self.cursors)) > KEPT:
            self.forget()

    def forget(self) -> None:
        """Forget everything: what a transaction has read and not committed was perhaps never so."""
        self._kiosks.clear()
        self.cursors.clear()

    def look(self, connection: Connection[TupleRow], names: Collection[str]) -> dict[str, Kiosk]:
        """The enrolled ones of these kiosks, by name, as the transaction of `connection` sees them."""
        if not names:
            return {}
        current = connection.execute(
            "SELECT id, revision FROM kiosk WHERE id = ANY(%b) AND state = 'enrolled'", [list(names)]
        ).fetchall()
        return self.at(connection, current)

    def at(self, connection: Connection[TupleRow], current: Sequence[tuple[str, int]]) -> dict[str, Kiosk]:
        """Enrolled kiosks, by name, at the revisions that the transaction of `connection` has just read."""
        kept = self._kiosks
        changed = [name for name, revision in current if name not in kept or kept[name].revision != revision]
        if changed:
            kept.update(_load(connection, changed))
        return {name: kept[name] for name, _ in current}


@lru_cache(maxsize=1024)
def _question(question_id: int, buttons: int) -> Question:
    return Question(question_id, tuple(weight(button, buttons) for button in range(1, buttons + 1)))


def _load(connection: Connection[TupleRow], names: list[str]) -> dict[str, Kiosk]:
    kiosks = {
        name: Kiosk(to_ms(enrolled_at), revision)
        for name, enrolled_at, revision in connection.execute(
            "SELECT id, enrolled_at, revision FROM kiosk WHERE id = ANY(%s)", [names]
        )
    }
    for name, since, touchpoint_id, store_id, time_zone in connection.execute(
        """
        SELECT kiosk_id, since, touchpoint_id, store_id, time_zone
        FROM kiosk_placement
        JOIN touchpoint ON touchpoint.id = touchpoint_id
        JOIN place ON place.id = store_id
        WHERE kiosk_id = ANY(%s) ORDER BY since
        """,
        [names],
    ):
        kiosks[name].placements.append(Placement(to_ms(since), touchpoint_id, store_id, ZoneInfo(time_zone)))
    for name, version, question_id, buttons in connection.execute(
        """
        SELECT kiosk_id, version, question.id, buttons
        FROM kiosk_settings
        CROSS JOIN unnest(question_id || questions) WITH ORDINALITY AS asked (id, place)
        JOIN question USING (id)
        WHERE kiosk_id = ANY(%s) ORDER BY kiosk_id, version, place
        """,
        [names],
    ):
        kiosks[name].questions.setdefault(version, []).append(_question(question_id, buttons))
    return kiosks
