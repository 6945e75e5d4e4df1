"""Makes what a test talks about: places, kiosks, and ratings with their roll-ups as the intake leaves them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from collector.accounts.sessions import open_session
from collector.accounts.tables import account
from collector.fleet.tables import kiosk, kiosk_placement, kiosk_settings, kiosk_status
from collector.ingest.tables import completeness_day, cursor, put_aside
from collector.places.tree import add_place, add_touchpoint
from collector.ratings.tables import batch, rating, rating_hour
from collector.surveys.scale import weight
from collector.surveys.tables import question

_numbers = itertools.count(1)
ALWAYS_OPEN = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@dataclass(frozen=True)
class Shop:
    """A store with two touchpoints below a region below an organisation, and the question that is asked there."""

    organisation: int
    region: int
    store: int
    checkout: int
    exit: int
    question: int


def make_shop(
    connection: Connection, name: str = "Riverside", *, time_zone: str = "Europe/Kyiv", beside: Shop | None = None
) -> Shop:
    """A store; `beside`: in a region of its own in the same organisation."""
    top = beside.organisation if beside else add_place(connection, "organisation", "Smilepost", time_zone=time_zone)
    region = add_place(connection, "region", f"Region of {name}", top, time_zone=time_zone)
    store = add_place(connection, "store", name, region, time_zone=time_zone, opening_hours=ALWAYS_OPEN)
    touchpoints = [add_touchpoint(connection, store, each, at) for at, each in enumerate(("Checkout", "Exit"), 1)]
    asked = beside.question if beside else make_question(connection, 4)
    return Shop(top, region, store, *touchpoints, asked)


def make_question(connection: Connection, buttons: int) -> int:
    made = insert(question).values(text={"en": "How was your visit today?"}, buttons=buttons).returning(question.c.id)
    return int(connection.execute(made).scalar_one())


def make_kiosk(
    connection: Connection,
    shop: Shop,
    name: str | None = None,
    *,
    touchpoint: int | None = None,
    state: str | None = "online",
    heard: datetime | None = None,
    **status: Any,
) -> int:
    """An enrolled kiosk with an open journal and, unless `state` is None, a status; returns its cursor."""
    name = name or f"kiosk-{next(_numbers)}"
    connection.execute(insert(kiosk).values(id=name, state="enrolled"))
    connection.execute(
        insert(kiosk_placement).values(kiosk_id=name, since=func.now(), touchpoint_id=touchpoint or shop.exit)
    )
    connection.execute(
        insert(kiosk_settings).values(kiosk_id=name, version=1, question_id=shop.question, settings={"buttons": 4})
    )
    cursor_id = make_journal(connection, name)
    if state:
        values = {"boot": 1, "connection": 1, "seq": 0, "confirmed": 0, "settings_version": 1, "health": {}}
        values |= {"state": state, "received_at": heard or datetime.now(UTC)} | status
        connection.execute(insert(kiosk_status).values(kiosk_id=name, cursor_id=cursor_id, **values))
    return cursor_id


def make_journal(connection: Connection, kiosk_id: str, **values: Any) -> int:
    """A further journal of a kiosk; returns its cursor."""
    made = insert(cursor).values(kiosk_id=kiosk_id, epoch=next(_numbers), **values).returning(cursor.c.id)
    return int(connection.execute(made).scalar_one())


def make_ratings(
    connection: Connection,
    cursor_id: int,
    buttons: Sequence[int],
    *,
    happened: datetime | None = None,
    delay: timedelta = timedelta(),
    earliest: datetime | None = None,
    mark: int = 0,
    scale: int = 4,
    position: int | None = -1,
) -> int:
    """One batch of presses, all at `happened`, received `delay` later, with roll-up and completeness; returns its id.

    `earliest` makes the time unknown. `position`: -1 the next one, None as long as the relay has not been there.
    """
    happened = happened or datetime.now(UTC)
    received = happened + delay
    connection.execute(
        text(
            "CREATE TABLE IF NOT EXISTS rating_test PARTITION OF rating"
            " FOR VALUES FROM ('2000-01-01') TO ('2100-01-01')"
        )
    )
    where = connection.execute(
        text(
            "SELECT cursor.seq, touchpoint_id, store_id, time_zone, question_id FROM cursor"
            " JOIN kiosk_placement USING (kiosk_id) JOIN touchpoint ON touchpoint.id = touchpoint_id"
            " JOIN place ON place.id = store_id JOIN kiosk_settings USING (kiosk_id) WHERE cursor.id = :id"
        ),
        {"id": cursor_id},
    ).one()
    asked = where.question_id if scale == 4 else make_question(connection, scale)
    if position == -1:
        position = (connection.scalar(select(func.max(batch.c.position))) or 0) + 1
    batch_id = connection.execute(
        insert(batch).values(received_at=received, position=position).returning(batch.c.id)
    ).scalar_one()
    for seq, button in enumerate(buttons, start=where.seq + 1):
        connection.execute(
            insert(rating).values(
                cursor_id=cursor_id,
                seq=seq,
                batch_id=batch_id,
                received_at=received,
                happened_at=happened,
                earliest_at=earliest,
                time_quality=2 if earliest else 0,
                store_id=where.store_id,
                touchpoint_id=where.touchpoint_id,
                question_id=asked,
                button=button,
                score=weight(button, scale),
                mark=mark,
                boot=1,
                uptime=seq * 1000,
                settings_version=1,
            )
        )
        rolled = upsert(rating_hour).values(
            store_id=where.store_id,
            hour=func.date_trunc("hour", happened, where.time_zone),
            touchpoint_id=where.touchpoint_id,
            question_id=asked,
            button=button,
            timed=earliest is None,
            counted=int(mark == 0),
            marked=int(mark > 0),
        )
        connection.execute(
            rolled.on_conflict_do_update(
                index_elements=list(rating_hour.primary_key),
                set_={name: rating_hour.c[name] + rolled.excluded[name] for name in ("counted", "marked")},
            )
        )
    last = where.seq + len(buttons)
    connection.execute(update(cursor).where(cursor.c.id == cursor_id).values(seq=last, recorded=last))
    counted = upsert(completeness_day).values(
        cursor_id=cursor_id, day=received.date(), recorded=last, received=last, stored=len(buttons)
    )
    connection.execute(
        counted.on_conflict_do_update(
            index_elements=["cursor_id", "day"],
            set_={"recorded": last, "received": last, "stored": completeness_day.c.stored + len(buttons)},
        )
    )
    return int(batch_id)


def make_put_aside(connection: Connection, kiosk_id: str, payload: bytes, reason: str, **values: Any) -> None:
    now = datetime.now(UTC)
    connection.execute(
        insert(put_aside).values(
            kiosk_id=kiosk_id,
            payload=payload,
            reason=reason,
            digest=next(_numbers).to_bytes(32),
            **{"first_at": now, "last_at": now, **values},
        )
    )


def make_account(connection: Connection, place_id: int, name: str | None = None, password: str | None = None) -> int:
    """An account; `password` is the hash."""
    made = insert(account).values(name=name or f"account-{next(_numbers)}", place_id=place_id, password=password)
    return int(connection.execute(made.returning(account.c.id)).scalar_one())


def make_session(connection: Connection, place_id: int) -> str:
    """Somebody of this place has signed in; returns the cookie's value."""
    return open_session(connection, make_account(connection, place_id))
