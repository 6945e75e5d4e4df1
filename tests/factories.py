"""Makes what a test talks about: places, kiosks, and ratings, these through the intake itself."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection as Driver
from psycopg.rows import TupleRow
from sqlalchemy import Connection, insert, update

from collector.accounts.roles import Role
from collector.accounts.sessions import open_session
from collector.accounts.tables import account
from collector.fleet.tables import kiosk, kiosk_placement, kiosk_settings, kiosk_status
from collector.ingest import frames, writer
from collector.ingest.answers import Answer
from collector.ingest.messages import Message
from collector.ingest.registry import Registry
from collector.ingest.tables import cursor, put_aside
from collector.insights import days
from collector.moments import to_ms
from collector.places.tree import add_place, add_touchpoint
from collector.ratings.kinds import Mark
from collector.ratings.partitions import ensure_partitions
from collector.ratings.relay import advance
from collector.surveys.tables import question

#: The time in the tests of pages and API: a Sunday, 11:52 in Kyiv.
NOW = datetime(2026, 11, 22, 9, 52, 1, 250_000, tzinfo=UTC)

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
    touchpoints = [add_touchpoint(connection, store, title, at) for at, title in enumerate(("Checkout", "Exit"), 1)]
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
    connection.execute(insert(kiosk).values(id=name, state="enrolled", enrolled_at=NOW))
    connection.execute(insert(kiosk_placement).values(kiosk_id=name, since=NOW, touchpoint_id=touchpoint or shop.exit))
    connection.execute(
        insert(kiosk_settings).values(kiosk_id=name, version=1, question_id=shop.question, settings={"buttons": 4})
    )
    cursor_id = make_journal(connection, name)
    if state:
        values = {"boot": 1, "connection": 1, "seq": 0, "confirmed": 0, "settings_version": 1, "health": {}}
        values |= {"state": state, "received_at": heard or NOW} | status
        connection.execute(insert(kiosk_status).values(kiosk_id=name, cursor_id=cursor_id, **values))
    return cursor_id


def make_journal(connection: Connection, kiosk_id: str, **values: Any) -> int:
    """A further journal of a kiosk; returns its cursor."""
    made = (
        insert(cursor).values(kiosk_id=kiosk_id, epoch=next(_numbers), opened_at=NOW, **values).returning(cursor.c.id)
    )
    return int(connection.execute(made).scalar_one())


def make_ratings(connection: Connection, cursor_id: int, buttons: Sequence[int], **how: Any) -> None:
    """One frame of presses through the intake and past the relay; `how` as in `press`."""
    ensure_partitions(connection.connection.driver_connection, how.get("happened", NOW) + how.get("delay", timedelta()))
    press(connection, cursor_id, buttons, **how)
    advance(connection.connection.driver_connection)


def add_up(connection: Connection) -> None:
    """What was heard until now, by days, as `smilepost jobs` does it: for the figures of places above stores."""
    days.keep_all(connection.connection.driver_connection)


def press(
    connection: Connection,
    cursor_id: int,
    buttons: Sequence[int],
    *,
    happened: datetime = NOW,
    delay: timedelta = timedelta(),
    earliest: datetime | None = None,
    mark: Mark = Mark.COUNTED,
    scale: int = 4,
    uptime: int = 60_000,
) -> None:
    """One frame of presses, all at `happened` and received `delay` later, as a kiosk sends it.

    Parameters
    ----------
    earliest: the kiosk's clock was never set, and the record before is from then; `happened` is then when it came.
    scale: how many buttons it had; for other than four it is given settings of its own.
    uptime: of the kiosk, ms; by it the press filter knows how close two presses are.
    """
    # Tests go back in time as they like; a kiosk's records do not.
    moved = update(cursor).where(cursor.c.id == cursor_id).values(latest=to_ms(earliest or happened))
    journal = connection.execute(moved.returning(cursor.c.kiosk_id, cursor.c.epoch, cursor.c.seq)).one()
    version = 1 if scale == 4 else _give_scale(connection, journal.kiosk_id, scale)
    kind = frames.TEST if mark is Mark.TEST else frames.RATING
    flags = frames.CLOCK_WAS_SET | (frames.PERHAPS_REPEATED if mark is Mark.PERHAPS_REPEATED else 0)
    frame: dict[str, Any] = {
        **{"v": 1, "epoch": journal.epoch, "held": 1, "first": journal.seq + 1, "boot": 1, "uptime": uptime},
        "records": [[kind, button, 0, 1, uptime, version, flags] for button in buttons],
    }
    if earliest is None:
        frame["utc"] = round(happened.timestamp() * 1000)
    message = Message.read(journal.kiosk_id, "up", json.dumps(frame).encode())
    write(connection.connection.driver_connection, [message], happened + delay)


def write(connection: Driver[TupleRow], messages: Sequence[Message], received: datetime) -> list[Answer]:
    """One batch of the intake that knows no kiosk yet."""
    return writer.write(connection, Registry(), messages, received)


def _give_scale(connection: Connection, kiosk_id: str, buttons: int) -> int:
    given = insert(kiosk_settings).values(
        kiosk_id=kiosk_id,
        version=buttons,
        question_id=make_question(connection, buttons),
        settings={"buttons": buttons},
    )
    connection.execute(given)
    return buttons


def make_put_aside(connection: Connection, kiosk_id: str, payload: bytes, reason: str, **values: Any) -> None:
    connection.execute(
        insert(put_aside).values(
            kiosk_id=kiosk_id,
            payload=payload,
            reason=reason,
            digest=next(_numbers).to_bytes(32),
            **{"first_at": NOW, "last_at": NOW, **values},
        )
    )


def make_account(
    connection: Connection,
    place_id: int,
    name: str | None = None,
    password: str | None = None,
    *,
    role: Role = "admin",
) -> int:
    """An account; `password` is the hash."""
    name = name or f"account-{next(_numbers)}"
    made = insert(account).values(name=name, place_id=place_id, password=password, role=role)
    return int(connection.execute(made.returning(account.c.id)).scalar_one())


def make_session(connection: Connection, place_id: int, role: Role = "admin") -> str:
    """Somebody of this place has signed in; returns the cookie's value."""
    return open_session(connection, make_account(connection, place_id, role=role))
