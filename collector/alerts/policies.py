"""Which policy holds at each store, for all stores at once.

One of a shape that this version does not know, such as a later one's, is passed over: it is no reason to look at none.
"""

from zoneinfo import ZoneInfo

import msgspec
import structlog
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import distinct_on

from collector.alerts.policy import AlertPolicy
from collector.alerts.readings import Stores, Watched
from collector.places.tables import place
from collector.policies.tables import policy

log = structlog.get_logger()


def watched_stores(connection: Connection) -> Stores:
    """All stores, each with its policy: its own, else that of the nearest place above, else the defaults."""
    newest = (
        select(policy.c.place_id, policy.c.definition)
        .ext(distinct_on(policy.c.place_id))
        .where(policy.c.kind == "alerts")
        .order_by(policy.c.place_id, policy.c.version.desc())
    )
    given: dict[int, AlertPolicy] = {}
    for row in connection.execute(newest):
        if row.definition is not None:
            try:
                given[row.place_id] = msgspec.convert(row.definition, AlertPolicy)
            except msgspec.ValidationError as problem:
                log.error("alert policy is not understood", place=row.place_id, problem=str(problem))
    usual = AlertPolicy()
    stores = connection.execute(select(place).where(place.c.kind == "store"))
    return {
        row.id: Watched(
            row.id,
            ZoneInfo(row.time_zone),
            row.opening_hours,
            next((given[place_id] for place_id in reversed(row.path) if place_id in given), usual),
        )
        for row in stores
    }
