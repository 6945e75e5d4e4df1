"""Unhappy customers, store by store, and what became of their problems.

A customer is one who left an answer on the unhappy side of its scale, or for whom somebody opened a complaint by hand.
Presses of a button are nobody's whom one could ask; they are shown beside, and not reckoned with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from collector.cases.tables import MERGED, RESOLVED
from collector.insights.asked import Asked


@dataclass(frozen=True)
class Customers:
    """Of one store, or of several together."""

    #: Unhappy customers for whom no case was opened, or whose case is not resolved.
    unresolved: int = 0
    #: Of these, those with a case.
    with_case: int = 0
    resolved: int = 0
    #: Of these, those who said themselves that it is well again.
    confirmed: int = 0


@dataclass(frozen=True)
class StoreCustomers:
    place_id: int
    name: str
    customers: Customers


@dataclass(frozen=True)
class PlaceCustomers:
    """Of a place: who came to several of its stores is one customer, and one at each of them."""

    together: Customers
    #: Those with the most unresolved first.
    stores: Sequence[StoreCustomers]


def customers_below(connection: Connection, asked: Asked, zone: ZoneInfo) -> PlaceCustomers:
    """The unhappy customers of a period at the stores of a place.

    They are told apart by their contact; once that is erased, each answer is a customer.
    """
    about = {
        "place": asked.place_id,
        "begin": datetime.combine(asked.first, time(), zone).astimezone(UTC),
        "end": datetime.combine(asked.last + timedelta(days=1), time(), zone).astimezone(UTC),
        "merged": MERGED,
        "resolved": RESOLVED,
    }
    counted = [
        (row.id, row.name, Customers(row.unresolved, row.with_case, row.resolved, row.confirmed))
        for row in connection.execute(_CUSTOMERS, about)
    ]
    return PlaceCustomers(
        together=next(customers for store_id, _, customers in counted if store_id is None),
        stores=[StoreCustomers(*each) for each in counted if each[0] is not None],
    )


# Of one customer who answered several times, each store counts one, and all of them together (the row without a store)
# one: unresolved while one of their problems is. Who left no address is another customer each time.
_CUSTOMERS = text("""
WITH stores AS MATERIALIZED (
    SELECT id, name FROM place
    WHERE kind = 'store' AND ended_at IS NULL AND path @> ARRAY[CAST(:place AS integer)]),
newest AS MATERIALIZED (
    SELECT answer_id, max(id) AS case_id FROM "case" WHERE answer_id IS NOT NULL GROUP BY answer_id),
voice AS (
    SELECT answer.store_id, digest, case_id
    FROM answer
    JOIN stores ON stores.id = answer.store_id
    LEFT JOIN touchpoint ON touchpoint.id = answer.touchpoint_id
    LEFT JOIN contact ON contact.answer_id = answer.id
    LEFT JOIN newest ON newest.answer_id = answer.id
    WHERE submitted_at >= :begin AND submitted_at < :end AND mark = 0 AND score < 50
      AND audience IS DISTINCT FROM 'staff'
    UNION ALL
    SELECT store_id, NULL, "case".id FROM "case" JOIN stores ON stores.id = store_id
    WHERE opened_at >= :begin AND opened_at < :end AND "case".kind = 'complaint' AND answer_id IS NULL
      AND alert_id IS NULL),
judged AS MATERIALIZED (
    SELECT voice.store_id, digest, coalesce(first.state, its.state) IS NOT DISTINCT FROM :resolved AS resolved,
           its.id IS NOT NULL AS has_case,
           CASE WHEN its.id IS NOT NULL THEN EXISTS (
               SELECT FROM case_event WHERE case_id = its.id AND case_event.kind = 'confirmed') END AS confirmed
    FROM voice
    LEFT JOIN "case" AS its ON its.id = voice.case_id
    LEFT JOIN "case" AS first ON first.id = its.merged_into AND its.state = :merged),
strangers AS MATERIALIZED (
    SELECT store_id, resolved, has_case, confirmed, count(*) AS customers
    FROM judged WHERE digest IS NULL GROUP BY store_id, resolved, has_case, confirmed),
customers AS (
    SELECT * FROM strangers
    UNION ALL SELECT NULL, resolved, has_case, confirmed, customers FROM strangers
    UNION ALL SELECT store_id, bool_and(resolved), bool_or(has_case), bool_or(confirmed), 1
    FROM judged WHERE digest IS NOT NULL GROUP BY GROUPING SETS ((store_id, digest), (digest)))
SELECT counted.id, counted.name,
       coalesce(sum(customers) FILTER (WHERE NOT resolved), 0)::integer AS unresolved,
       coalesce(sum(customers) FILTER (WHERE NOT resolved AND has_case), 0)::integer AS with_case,
       coalesce(sum(customers) FILTER (WHERE resolved), 0)::integer AS resolved,
       coalesce(sum(customers) FILTER (WHERE resolved AND confirmed), 0)::integer AS confirmed
FROM (SELECT id, name FROM stores UNION ALL SELECT NULL, NULL) AS counted
LEFT JOIN customers ON coalesce(store_id, 0) = coalesce(counted.id, 0)
GROUP BY counted.id, counted.name
ORDER BY unresolved DESC, resolved DESC, counted.name
""")
