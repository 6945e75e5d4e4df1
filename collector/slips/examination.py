"""What `smilepost doctor` says of the printers."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, select

from collector.finding import Finding
from collector.places.tables import place
from collector.slips.judge import UNKNOWN, UNWATCHED
from collector.slips.queries import visible_printers
from printer.condition import CONDITIONS

_NOT_KNOWN = {
    UNKNOWN: "Nothing was ever heard of it: print its test page, `smilepost print self-test`.",
    UNWATCHED: "Nobody has looked at it for minutes: start `smilepost print`, which `smilepost up` does, too.",
}


def examine(connection: Connection, now: datetime) -> Iterator[Finding]:
    """Each printer that does not print now, with what to do; or that all do."""
    well = 0
    for root in connection.scalars(select(place.c.id).where(place.c.parent_id.is_(None))).all():
        for printer in visible_printers(connection, root, now):
            known = CONDITIONS.get(printer.state)
            if known and known.ready:
                well += 1
                continue
            store = connection.scalar(select(place.c.name).where(place.c.id == printer.store_id))
            yield Finding(
                f"printer {printer.name} at {store} does not print now",
                known.sentence if known else _NOT_KNOWN[printer.state],
            )
    if well:
        yield Finding(f"printers: {well} ready")
