"""Unhappy customers, place by place, and what became of their problems.

A customer is one who left an answer on the unhappy side of its scale, or for whom somebody opened a complaint by hand.
Presses of a button are nobody's whom one could ask; they are shown beside, and not reckoned with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, text

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
class PlaceCustomers:
    """Of a place: who came to several of its stores is one customer, and one at each of them."""

    place_id: int
    name: str
    kind: str
    #: How far below the place that was asked for: 1 right below it.
    depth: int
    customers: Customers


@dataclass(frozen=True)
class CustomersBelow:
    together: Customers
    #: The regions and stores below; those with the most unresolved first, each followed by what lies below it.
    places: Sequence[PlaceCustomers]


def customers_below(connection: Connection, asked: Asked, zone: ZoneInfo) -> CustomersBelow:
    """The unhappy customers of a period at a place and at each place below it that has a store.

    They are told apart by their contact; once that is erased, each answer is a customer.
    """
    about = {
        "place": asked.place_id,
        "begin": datetime.combine(asked.first, time(), zone).astimezone(UTC),
        "end": datetime.combine(asked.last + timedelta(days=1), time(), zone).astimezone(UTC),
        "merged": MERGED,
        "resolved": RESOLVED,
    }
    rows = connection.execute(_CUSTOMERS, about).all()
    top = next((row for row in rows if row.id == asked.place_id), None)
    return CustomersBelow(_of(top) if top else Customers(), _in_order(rows, asked.place_id))


def _of(row: Row[Any]) -> Customers:
    return Customers(row.unresolved, row.with_case, row.resolved, row.confirmed)


def _in_order(rows: Sequence[Row[Any]], over: int, depth: int = 1) -> list[PlaceCustomers]:
    found = []
    for row in rows:
        if row.parent_id == over:
            found.append(PlaceCustomers(row.id, row.name, row.kind, depth, _of(row)))
            found += _in_order(rows, row.id, depth + 1)
    return found


# Of one customer who answered several times, each place counts one: unresolved while one of their problems is. Who left
# no address is another customer each time.
_CUSTOMERS = text("""
WITH stores AS MATERIALIZED (
    SELECT id, path FROM place
    WHERE kind = 'store' AND ended_at IS NULL AND path @> ARRAY[CAST(:place AS integer)]),
lies_in AS MATERIALIZED (
    SELECT stores.id AS store_id, place.id AS place_id
    FROM stores JOIN place ON place.id = ANY(stores.path) AND place.path @> ARRAY[CAST(:place AS integer)]),
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
    SELECT place_id, resolved, has_case, confirmed, customers FROM strangers JOIN lies_in USING (store_id)
    UNION ALL SELECT place_id, bool_and(resolved), bool_or(has_case), bool_or(confirmed), 1
    FROM judged JOIN lies_in USING (store_id) WHERE digest IS NOT NULL GROUP BY place_id, digest)
SELECT place.id, place.name, place.kind, place.parent_id,
       coalesce(sum(customers) FILTER (WHERE NOT resolved), 0)::integer AS unresolved,
       coalesce(sum(customers) FILTER (WHERE NOT resolved AND has_case), 0)::integer AS with_case,
       coalesce(sum(customers) FILTER (WHERE resolved), 0)::integer AS resolved,
       coalesce(sum(customers) FILTER (WHERE resolved AND confirmed), 0)::integer AS confirmed
FROM place LEFT JOIN customers ON customers.place_id = place.id
WHERE place.id IN (SELECT place_id FROM lies_in)
GROUP BY place.id
ORDER BY unresolved DESC, resolved DESC, place.name
""")
