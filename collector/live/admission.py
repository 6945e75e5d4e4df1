"""Who may hear of a store or of a whole place: the rule of the pages, asked when a page comes and again while it stays
open.
"""

from dataclasses import dataclass
from enum import IntEnum

from sqlalchemy import Connection, Engine, select

from collector.accounts.sessions import session_account
from collector.places.queries import below, visible_place
from collector.places.tables import place


class Status(IntEnum):
    """Of the answer."""

    ADMITTED = 200
    #: There is no session, or it has ended.
    SIGNED_OUT = 401
    #: There is no such place, or the session's account does not see it.
    UNSEEN = 404


@dataclass(frozen=True)
class Wanted:
    """What a page is about: a store, or a place of any kind with all stores below it."""

    place_id: int
    is_store: bool


@dataclass(frozen=True)
class Admission:
    status: Status
    #: Of which it may hear.
    stores: frozenset[int] = frozenset()


def admission(engine: Engine, wanted: Wanted, session: str) -> Admission:
    """Of which stores the bearer of a session's secret may hear. It waits for the database: call it in a thread."""
    with engine.connect() as connection:
        account = session_account(connection, session)
        if account is None:
            return Admission(Status.SIGNED_OUT)
        seen = visible_place(connection, account.place_id, wanted.place_id)
        if seen is None or (wanted.is_store and seen.kind != "store"):
            return Admission(Status.UNSEEN)
        return Admission(Status.ADMITTED, _stores(connection, wanted.place_id))


def _stores(connection: Connection, place_id: int) -> frozenset[int]:
    stores = select(place.c.id).where(place.c.kind == "store", below(place_id))
    return frozenset(connection.scalars(stores))
