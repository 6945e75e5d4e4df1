"""What was chosen for kiosks, and where: for single ones, and for all of a place."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, select
from sqlalchemy.dialects.postgresql import distinct_on

from collector.fleet.queries import standing
from collector.fleet.settings.choices import OF_PLACES, Level
from collector.fleet.tables import kiosk, kiosk_preferences
from collector.places.queries import below
from collector.places.tables import place
from collector.policies.queries import own_policy
from collector.policies.tables import policy


class Below(NamedTuple):
    """A kiosk below a place."""

    kiosk_id: str
    store_id: int
    store: str
    #: From the organisation down to the kiosk itself.
    levels: list[Level]


def own_choices(connection: Connection, place_id: int) -> dict[str, Any]:
    """What a place has chosen itself."""
    own = own_policy(connection, place_id, "kiosks")
    return _understood(own.definition) if own and own.definition else {}


def levels_at(connection: Connection, place_id: int) -> list[Level]:
    """What holds at a place: its path from the top, each place with what it chose."""
    path = connection.scalar(select(place.c.path).where(place.c.id == place_id)) or []
    names, chosen = _names(connection, path), _chosen(connection, path)
    return [Level(each, names[each], chosen.get(each, {})) for each in path]


def places_below(connection: Connection, place_id: int) -> list[Level]:
    """The places just below one, each with what it chose."""
    lower = select(place.c.id).where(place.c.parent_id == place_id).order_by(place.c.name, place.c.id)
    ids = connection.scalars(lower).all()
    names, chosen = _names(connection, ids), _chosen(connection, ids)
    return [Level(each, names[each], chosen.get(each, {})) for each in ids]


def kiosks_below(connection: Connection, place_id: int) -> list[Below]:
    """The enrolled kiosks of a place and below, by store, each with all that was chosen for it."""
    return _with_levels(connection, _standing().where(below(place_id)))


def levels_of(connection: Connection, kiosk_id: str) -> list[Level]:
    """All that was chosen for a kiosk that stands somewhere."""
    [found] = _with_levels(connection, _standing().where(kiosk.c.id == kiosk_id), retired=True)
    return found.levels


def _standing() -> Select[Any]:
    return (
        select(kiosk.c.id, kiosk.c.state, place.c.id.label("store_id"), place.c.name.label("store"), place.c.path)
        .add_columns(kiosk_preferences.c.preferences)
        .select_from(standing)
        .outerjoin(kiosk_preferences, kiosk_preferences.c.kiosk_id == kiosk.c.id)
        .order_by(place.c.name, place.c.id, kiosk.c.id)
    )


def _with_levels(connection: Connection, query: Select[Any], *, retired: bool = False) -> list[Below]:
    rows: Sequence[Row[Any]] = connection.execute(query if retired else query.where(kiosk.c.state == "enrolled")).all()
    places = {each for row in rows for each in row.path}
    names, chosen = _names(connection, places), _chosen(connection, places)
    return [
        Below(
            row.id,
            row.store_id,
            row.store,
            [
                *(Level(each, names[each], chosen.get(each, {})) for each in row.path),
                Level(None, row.id, row.preferences or {}),
            ],
        )
        for row in rows
    ]


def _names(connection: Connection, places: Iterable[int]) -> dict[int, str]:
    rows = connection.execute(select(place.c.id, place.c.name).where(place.c.id.in_(list(places))))
    return {row.id: row.name for row in rows}


def _chosen(connection: Connection, places: Iterable[int]) -> dict[int, dict[str, Any]]:
    newest = (
        select(policy.c.place_id, policy.c.definition)
        .ext(distinct_on(policy.c.place_id))
        .where(policy.c.kind == "kiosks", policy.c.place_id.in_(list(places)))
        .order_by(policy.c.place_id, policy.c.version.desc())
    )
    return {row.place_id: _understood(row.definition) for row in connection.execute(newest) if row.definition}


def _understood(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Without what only a later version knows."""
    return {name: value for name, value in definition.items() if name in OF_PLACES}
