"""What customers were promised, and how much of it was kept: who heard from a person at all, and who heard in time.

Counted as customers count, day and night from the moment at which they spoke; of each store by the promise that holds
there now (the policy of cases). Whether somebody has heard is read from the case's log, as its clocks are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from collector.cases.rules.policy import CasePolicy
from collector.insights.measures import Measure, share
from collector.places.tables import place
from collector.policies.tables import policy


@dataclass(frozen=True)
class Promises:
    """Of cases of customers that were opened in a period."""

    #: Those whose time for the first answer is over, or who were answered; and who of them heard in time.
    due: int
    in_time: int
    #: All of them, and who has heard by now.
    customers: int
    heard: int
    #: Those that were opened again: the customer was not content.
    opened_again: int

    @property
    def kept(self) -> Measure | None:
        return share(self.in_time, self.due) if self.due else None

    @property
    def answered(self) -> Measure | None:
        return share(self.heard, self.customers) if self.customers else None


def promises(connection: Connection, place_id: int, since: datetime, now: datetime) -> Promises:
    """What was promised at a place and below since then."""
    minutes = _promised(connection, place_id)
    about = {"stores": list(minutes), "minutes": list(minutes.values()), "since": since, "now": now}
    return Promises(*connection.execute(text(_KEPT), about).one())


def _promised(connection: Connection, place_id: int) -> Mapping[int, int]:
    """Minutes to the first answer, by store."""
    newest = (
        select(policy.c.place_id, policy.c.definition)
        .ext(distinct_on(policy.c.place_id))
        .where(policy.c.kind == "cases")
        .order_by(policy.c.place_id, policy.c.version.desc())
    )
    given = {
        row.place_id: msgspec.convert(row.definition, CasePolicy).promise.first_response
        for row in connection.execute(newest)
        if row.definition is not None
    }
    usual = CasePolicy().promise.first_response
    stores = select(place.c.id, place.c.path).where(place.c.kind == "store", place.c.path.contains([place_id]))
    return {row.id: _nearest(row.path, given, usual) for row in connection.execute(stores)}


def _nearest(path: Sequence[int], given: Mapping[int, int], usual: int) -> int:
    return next((given[each] for each in reversed(path) if each in given), usual)


_KEPT = """
    WITH promised AS (
        SELECT * FROM unnest(CAST(:stores AS int[]), CAST(:minutes AS int[])) AS promised (store_id, minutes)),
    customer AS (
        SELECT "case".id, "case".opened_at + promised.minutes * interval '1 minute' AS due_at
        FROM "case" JOIN promised USING (store_id)
        WHERE "case".opened_at >= :since AND "case".answer_id IS NOT NULL AND "case".state <> 'merged'),
    told AS (
        SELECT customer.due_at,
               min(event.at) FILTER (WHERE event.kind IN ('replied', 'waiting', 'resolved')) AS heard_at,
               coalesce(bool_or(event.kind = 'reopened'), false) AS again
        FROM customer JOIN case_event AS event ON event.case_id = customer.id
        GROUP BY customer.id, customer.due_at)
    SELECT (count(*) FILTER (WHERE heard_at IS NOT NULL OR due_at < :now))::int,
           (count(*) FILTER (WHERE heard_at <= due_at))::int,
           count(*)::int,
           count(heard_at)::int,
           (count(*) FILTER (WHERE again))::int
    FROM told
"""
