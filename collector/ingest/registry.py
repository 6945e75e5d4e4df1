"""What the intake has to know of the kiosks in a batch: where they stood, and what their buttons asked."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import TupleRow

from collector.moments import to_ms
from collector.surveys.scale import weight

#: Kiosks kept in memory at most; about a kilobyte each.
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

    def asked(self, version: int) -> list[Question]:
        """What its buttons asked under a settings version; a kiosk without settings (0) asks as version 1 does."""
        return self.questions.get(version or 1, [])


class Registry:
    """The enrolled kiosks, kept from batch to batch. Each look asks the database which of them have changed."""

    def __init__(self) -> None:
        self._kept: dict[str, Kiosk] = {}

    def look(self, connection: Connection[TupleRow], names: Collection[str]) -> dict[str, Kiosk]:
        """The enrolled ones of these kiosks, by name, as the transaction of `connection` sees them."""
        current = connection.execute(
            "SELECT id, revision FROM kiosk WHERE id = ANY(%b) AND state = 'enrolled'", [list(names)]
        ).fetchall()
        kept = self._kept
        changed = [name for name, revision in current if name not in kept or kept[name].revision != revision]
        if changed:
            if len(kept) > KEPT:
                kept.clear()
                changed = [name for name, _ in current]
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
