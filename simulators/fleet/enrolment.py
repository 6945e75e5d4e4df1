"""The collector gets to know a whole fleet: stores, touchpoints, kiosks and secrets."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import bcrypt
from sqlalchemy import Connection, func, insert, select, text

from collector import changes
from collector.fleet.credentials import BCRYPT_COST, Credentials, Pbkdf2, derived_secret, sha256_of
from collector.fleet.settings.given import give_settings, newest_settings
from collector.fleet.tables import kiosk, kiosk_placement, kiosk_secret, kiosk_settings
from collector.places.queries import top_place
from collector.places.tables import place, touchpoint
from collector.places.tree import add_place, add_touchpoint
from collector.settings import Settings
from collector.surveys.default import ensure_default
from collector.up.shop import open_shop
from simulators.fleet.plan import Planned
from simulators.rhythm import CITIES, OPENING_HOURS, TOUCHPOINTS


def enrol_all(
    connection: Connection,
    settings: Settings,
    planned: Sequence[Planned],
    known: Mapping[str, Credentials] | None = None,
) -> dict[str, Credentials]:
    """Make what is missing of a fleet, within the caller's transaction; safe to do again.

    A kiosk that is known gets a further secret, as one that is provisioned anew.

    Parameters
    ----------
    known: what kiosks sign in with already; where the registry still knows that, it stays.

    Returns what each of them signs in with.
    """
    open_shop(connection)
    question = ensure_default(connection)
    stands = _places(connection, planned)
    ids = [each.kiosk for each in planned]
    enrolled = set(connection.scalars(select(kiosk.c.id).where(kiosk.c.id.in_(ids))))
    fresh = [each for each in planned if each.kiosk not in enrolled]
    _insert(connection, kiosk, [{"id": each.kiosk, "state": "enrolled", "board": each.board} for each in fresh])
    placed = [
        {"kiosk_id": each.kiosk, "since": func.now(), "touchpoint_id": stands[each.store, each.touchpoint]}
        for each in fresh
    ]
    if placed:
        connection.execute(insert(kiosk_placement).values(placed))
    _settle(connection, settings, fresh, question)
    return _secrets(connection, settings, ids, known or {})


def _places(connection: Connection, planned: Sequence[Planned]) -> dict[tuple[str, str], int]:
    """The touchpoints by store and name; a city is a region, and its stores are below it."""
    top = top_place(connection)
    regions = {
        name: region_id
        for region_id, name in connection.execute(
            select(place.c.id, place.c.name).where(place.c.kind == "region", place.c.parent_id == top)
        )
    }
    named = select(place.c.id, place.c.name).where(place.c.kind == "store", place.c.name.in_(_names(planned)))
    stores = {name: store_id for store_id, name in connection.execute(named)}
    for each in planned:
        zone = CITIES[each.city]
        if each.city not in regions:
            regions[each.city] = add_place(connection, "region", each.city, top, time_zone=zone)
        if each.store not in stores:
            region = regions[each.city]
            stores[each.store] = add_place(
                connection, "store", each.store, region, time_zone=zone, opening_hours=OPENING_HOURS
            )
    of_stores = select(touchpoint.c.id, touchpoint.c.store_id, touchpoint.c.name).where(
        touchpoint.c.store_id.in_(stores.values())
    )
    points = {(row.store_id, row.name): row.id for row in connection.execute(of_stores)}
    for each in planned:
        at = stores[each.store], each.touchpoint
        if at not in points:
            points[at] = add_touchpoint(connection, *at, list(TOUCHPOINTS).index(each.touchpoint) + 1)
    return {(each.store, each.touchpoint): points[stores[each.store], each.touchpoint] for each in planned}


def _settle(connection: Connection, settings: Settings, fresh: Sequence[Planned], question: int) -> None:
    """Version 1 of the kiosks' settings: made once for each city. So only that one kiosk has its touchpoint's own code,
    which takes longest to make and which nobody looks at here."""
    made: dict[str, dict[str, Any]] = {}
    rows = []
    for each in fresh:
        if each.city not in made:
            give_settings(connection, settings, each.kiosk, question)
            newest = newest_settings(connection, each.kiosk)
            assert newest  # noqa: S101 - just given
            made[each.city] = newest.settings
        else:
            values = {"question_id": question, "settings": {**made[each.city], "qr": None}}
            rows.append({"kiosk_id": each.kiosk, "version": 1, **values})
    _insert(connection, kiosk_settings, rows)


def _secrets(
    connection: Connection, settings: Settings, ids: Sequence[str], known: Mapping[str, Credentials]
) -> dict[str, Credentials]:
    found = select(kiosk_secret.c.kiosk_id, kiosk_secret.c.number).where(kiosk_secret.c.kiosk_id.in_(ids))
    numbers: dict[str, set[int]] = {}
    for kiosk_id, number in connection.execute(found):
        numbers.setdefault(kiosk_id, set()).add(number)
    credentials: dict[str, Credentials] = {}
    rows = []
    for kiosk_id in ids:
        valid = numbers.get(kiosk_id, set())
        if kiosk_id in known and known[kiosk_id].number in valid:
            credentials[kiosk_id] = known[kiosk_id]
            continue
        number, salt = max(valid, default=0) + 1, secrets.token_bytes(24)
        secret = derived_secret(settings, kiosk_id, number, salt)
        check = bcrypt.hashpw(secret.encode(), bcrypt.gensalt(BCRYPT_COST)).decode()
        # A Mosquitto wants the secret in clear once, see `new_secret`.
        kept = {"pbkdf2": str(Pbkdf2.of(secret)), "sha256": sha256_of(secret)}
        told = salt if settings.broker_control == "dynamic-security" else None
        rows.append({"kiosk_id": kiosk_id, "number": number, "bcrypt": check, "salt": told, **kept})
        credentials[kiosk_id] = Credentials(kiosk_id, number, secret)
    _insert(connection, kiosk_secret, rows)
    if rows:
        connection.execute(text(f"NOTIFY {changes.CREDENTIALS}"))
    return credentials


def _insert(connection: Connection, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _names(planned: Sequence[Planned]) -> list[str]:
    return list({each.store for each in planned})
