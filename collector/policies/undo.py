"""What held at a place before: how a page offers it again (the page that does it: `policies.views`)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from collector.current import database
from collector.policies.queries import Kind, own_policy
from collector.policies.tables import policy
from collector.undo import said_with_undo

#: Versions that a page shows.
SHOWN = 5


def said_of_policy(connection: Connection, said: str, place_id: int, kind: Kind) -> None:
    """Say on the next page that something was taken out of a place's policy, with the button that brings it back."""
    newest = own_policy(connection, place_id, kind)
    before = newest.version - 1 if newest else 0
    endpoint = "policies.kiosks_back" if kind == "kiosks" else "policies.back"
    named = {} if kind == "kiosks" else {"kind": kind}
    said_with_undo(said, endpoint, place_id=place_id, version=before, **named)


def former_policies(place_id: int, kind: Kind) -> Sequence[Row[Any]]:
    """The versions that held at a place before the one that holds now, the newest first; for templates."""
    own = select(policy).where(policy.c.place_id == place_id, policy.c.kind == kind)
    with database().connect() as connection:
        return connection.execute(own.order_by(policy.c.version.desc()).offset(1).limit(SHOWN)).all()
