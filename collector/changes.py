"""What processes tell each other through PostgreSQL's NOTIFY: that something has changed, never what."""

from collections.abc import Collection
from typing import Any

import msgspec
from psycopg import Connection

#: What the pages of these stores show has changed.
STORES = "stores"
#: Kiosks of these stores have said something new.
KIOSKS = "kiosks"
#: A kiosk's credentials were made or ended.
CREDENTIALS = "credentials"
#: There is something new to tell a kiosk; the payload is its id.
NEWS = "news"


class Changed(msgspec.Struct):
    """Where it changed."""

    stores: list[int]


def tell(connection: Connection[Any], channel: str, stores: Collection[int]) -> None:
    """Tell whoever listens, at the commit of the running transaction."""
    payload = msgspec.json.encode(Changed(sorted(stores))).decode()
    connection.execute("SELECT pg_notify(%s, %s)", [channel, payload])


def stores_of(payload: str) -> list[int]:
    """The stores in what was told.

    Raises
    ------
    msgspec.MsgspecError: somebody else told something else.
    """
    return msgspec.json.decode(payload, type=Changed).stores
