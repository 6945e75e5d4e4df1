"""Who can be made responsible for a case: whoever sees its store and may act there."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from collector.accounts.people.queries import who_may
from collector.accounts.tables import account
from collector.places.tables import place


def people_who_see(connection: Connection, store_ids: Collection[int]) -> Sequence[Any]:
    """Accounts that see all of these stores, as (id, name, place), those of the nearest places first."""
    paths = connection.scalars(select(place.c.path).where(place.c.id.in_(store_ids))).all()
    shared = set.intersection(*map(set, paths)) if paths else set()
    found = select(account.c.id, account.c.name, place.c.name.label("place"))
    found = found.join(place, place.c.id == account.c.place_id).where(place.c.id.in_(shared), who_may("act"))
    return connection.execute(found.order_by(func.cardinality(place.c.path).desc(), account.c.name)).all()


def unknown_names(connection: Connection, names: Collection[str]) -> list[str]:
    """Those of the names that no account has."""
    known = set(connection.scalars(select(account.c.name).where(account.c.name.in_(names), who_may("act"))))
    return sorted(set(names) - known)
