"""Whether somebody comes to an installation that has nothing yet, to set it up."""

from sqlalchemy import Connection, select

from collector.accounts.tables import account
from collector.places.queries import below
from collector.places.tables import place


def is_to_set_up(connection: Connection, account_id: int) -> bool:
    """Whether they may set places up, and there is no store among theirs yet."""
    own = connection.execute(select(account.c.role, account.c.place_id).where(account.c.id == account_id)).one()
    if own.role != "admin":
        return False
    stores = select(place.c.id).where(place.c.kind == "store", below(own.place_id))
    return connection.execute(stores.limit(1)).first() is None
