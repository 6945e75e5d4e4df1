"""What the intake has to know of the kiosks in a batch: where they stood, what they asked, what they should know."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import TupleRow


@dataclass(frozen=True)
class Placement:
    """Where a kiosk stood from `since` until the next placement."""

    since: datetime
    touchpoint_id: int
    store_id: int
    time_zone: ZoneInfo


@dataclass(frozen=True)
class Question:
    id: int
    buttons: int


@dataclass
class Kiosk:
    enrolled_at: datetime
    placements: list[Placement] = field(default_factory=list)
    #: By settings version: the usual question, then those for some weekdays.
    questions: dict[int, list[Question]] = field(default_factory=dict)
    #: The settings that it should have, and their version.
    settings_version: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    #: Number of the release that it is offered, 0 for none.
    release: int = 0

    def stood(self, moment: datetime) -> Placement:
        """Its placement at `moment`; before the first one, the first."""
        return next((place for place in reversed(self.placements) if place.since <= moment), self.placements[0])

    def asked(self, version: int) -> list[Question]:
        """What its buttons asked under a settings version; a kiosk without settings (0) asks as version 1 does."""
        return self.questions.get(version or 1, [])


def load(connection: Connection[TupleRow], kiosk_ids: Collection[str]) -> dict[str, Kiosk]:
    """The enrolled ones of `kiosk_ids`, by id."""
    ids = list(kiosk_ids)
    rows = connection.execute(
        "SELECT kiosk.id, enrolled_at, coalesce(number, 0) FROM kiosk LEFT JOIN release ON release.id = release_id"
        " WHERE state = 'enrolled' AND kiosk.id = ANY(%s)",
        [ids],
    ).fetchall()
    kiosks = {kiosk_id: Kiosk(enrolled_at, release=release) for kiosk_id, enrolled_at, release in rows}
    for kiosk_id, since, touchpoint_id, store_id, time_zone in connection.execute(
        """
        SELECT kiosk_id, since, touchpoint_id, store_id, time_zone
        FROM kiosk_placement
        JOIN touchpoint ON touchpoint.id = touchpoint_id
        JOIN place ON place.id = store_id
        WHERE kiosk_id = ANY(%s) ORDER BY since
        """,
        [list(kiosks)],
    ):
        placement = Placement(since, touchpoint_id, store_id, ZoneInfo(time_zone))
        kiosks[kiosk_id].placements.append(placement)
    for kiosk_id, version, question_id, buttons, newest in connection.execute(
        """
        SELECT kiosk_id, version, question.id, buttons,
               CASE WHEN place = 1 AND version = max(version) OVER (PARTITION BY kiosk_id) THEN settings END
        FROM kiosk_settings
        CROSS JOIN unnest(question_id || questions) WITH ORDINALITY AS asked (id, place)
        JOIN question USING (id)
        WHERE kiosk_id = ANY(%s) ORDER BY kiosk_id, version, place
        """,
        [list(kiosks)],
    ):
        kiosk = kiosks[kiosk_id]
        kiosk.questions.setdefault(version, []).append(Question(question_id, buttons))
        if newest is not None:
            kiosk.settings_version, kiosk.settings = version, newest
    return kiosks
