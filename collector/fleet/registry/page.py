"""What a kiosk's page tells of its life: where it stood, how it was tested, what people wrote and photographed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from collector.fleet.queries import Kiosk
from collector.fleet.registry.acceptance import results_of
from collector.fleet.registry.notes import notes_of
from collector.fleet.registry.photos import MOST, photos_of
from collector.fleet.tables import kiosk_placement
from collector.places.queries import below
from collector.places.tables import place, touchpoint
from collector.slips.queries import Printer, visible_printers

#: How many of the newest are on the page.
_TESTS, _NOTES = 3, 20


@dataclass(frozen=True)
class Placement:
    """Where a kiosk stood, or stands; the names are None at a place that whoever looks does not see."""

    since: datetime
    until: datetime | None
    touchpoint: str | None
    store_id: int
    store: str | None
    zone: ZoneInfo


@dataclass(frozen=True)
class Story:
    """All of it."""

    placements: list[Placement]
    #: Newest first: its acceptance tests, notes about it, photos of where it stands.
    tests: Sequence[Row[Any]]
    notes: Sequence[Row[Any]]
    photos: Sequence[Row[Any]]
    #: Photos that were taken away, and can be brought back.
    removed_photos: Sequence[Row[Any]]
    has_room: bool
    #: Of its store: its label can be printed there.
    printers: list[Printer]


def story_of(connection: Connection, place_id: int, kiosk: Kiosk, now: datetime) -> Story:
    """What the people of a place are told of a kiosk that they see."""
    photos = photos_of(connection, kiosk.touchpoint_id)
    return Story(
        _placements(connection, place_id, kiosk.id),
        results_of(connection, kiosk.id, limit=_TESTS),
        notes_of(connection, kiosk.id, limit=_NOTES),
        photos,
        photos_of(connection, kiosk.touchpoint_id, removed=True),
        len(photos) < MOST,
        visible_printers(connection, place_id, now, store_id=kiosk.store_id),
    )


def _placements(connection: Connection, place_id: int, kiosk_id: str) -> list[Placement]:
    """Newest first."""
    query = (
        select(
            kiosk_placement.c.since,
            kiosk_placement.c.until,
            touchpoint.c.name.label("touchpoint"),
            place.c.id.label("store_id"),
            place.c.name.label("store"),
            place.c.time_zone,
            below(place_id).label("is_seen"),
        )
        .join(touchpoint, touchpoint.c.id == kiosk_placement.c.touchpoint_id)
        .join(place, place.c.id == touchpoint.c.store_id)
        .where(kiosk_placement.c.kiosk_id == kiosk_id)
        .order_by(kiosk_placement.c.since.desc())
    )
    return [
        Placement(
            row.since,
            row.until,
            row.touchpoint if row.is_seen else None,
            row.store_id,
            row.store if row.is_seen else None,
            ZoneInfo(row.time_zone),
        )
        for row in connection.execute(query)
    ]
