"""Who may hear of a store: the rule of the pages, asked when a page comes and again while it stays open."""

from enum import IntEnum

from sqlalchemy import Engine

from collector.accounts.sessions import session_account
from collector.places.queries import visible_store


class Admission(IntEnum):
    """The status of the answer."""

    ADMITTED = 200
    #: There is no session, or it has ended.
    SIGNED_OUT = 401
    #: There is no such store, or the session's account does not see it.
    UNSEEN = 404


def admission(engine: Engine, store_id: int, session: str) -> Admission:
    """Whether the bearer of a session's secret may hear of a store. It waits for the database: call it in a thread."""
    with engine.connect() as connection:
        account = session_account(connection, session)
        if account is None:
            return Admission.SIGNED_OUT
        seen = visible_store(connection, account.place_id, store_id)
        return Admission.ADMITTED if seen else Admission.UNSEEN
