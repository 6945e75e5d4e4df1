"""Which lists there are, what stands in them, and who may have them.

The names of columns are the same in every language: programs read these files, too. Times are the store's, with their
offset. What the staff answered is in none: it is shown in whole groups alone. What was heard at a place that was taken
out is in them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, Select, select

from collector.accounts.tables import account
from collector.audit.tables import audit
from collector.cases.tables import cases
from collector.fleet.tables import kiosk, kiosk_placement, kiosk_status
from collector.insights.tables import segment
from collector.places.queries import below, ever_below
from collector.places.tables import place, touchpoint
from collector.reports.exports.choices import CHOICES
from collector.reports.exports.devices import DEVICES
from collector.reports.exports.heard import HEARD
from collector.reports.exports.listed import Listed, Span, columns, local, pairs, plain, within
from collector.reports.exports.voices import VOICES


def _cases(place_id: int, span: Span | None) -> Select[Any]:
    turn = place.alias("turn")
    return (
        select(cases, place.c.name, place.c.time_zone, turn.c.name.label("turn"))
        .add_columns(touchpoint.c.name.label("touchpoint"), account.c.name.label("responsible"))
        .join(place, place.c.id == cases.c.store_id)
        .join(turn, turn.c.id == cases.c.place_id)
        .outerjoin(touchpoint, touchpoint.c.id == cases.c.touchpoint_id)
        .outerjoin(account, account.c.id == cases.c.account_id)
        .where(ever_below(place_id), *within(cases.c.opened_at, span))
        .order_by(cases.c.id)
    )


def _case(row: Row[Any]) -> Sequence[object]:
    opened, resolved = local(row.opened_at, row.time_zone), local(row.resolved_at, row.time_zone)
    about = (row.id, row.name, row.touchpoint, row.kind, row.state, row.step, row.turn, opened, resolved)
    return (*about, row.taken_by, row.responsible, row.root_cause, row.compensation, row.external, row.subject)


def _kiosks(place_id: int, _span: Span | None) -> Select[Any]:
    return (
        select(kiosk, place.c.name, place.c.time_zone, touchpoint.c.name.label("touchpoint"))
        .add_columns(kiosk_status.c.state.label("said"), kiosk_status.c.received_at, kiosk_status.c.health)
        .join(kiosk_placement, (kiosk_placement.c.kiosk_id == kiosk.c.id) & kiosk_placement.c.until.is_(None))
        .join(touchpoint, touchpoint.c.id == kiosk_placement.c.touchpoint_id)
        .join(place, place.c.id == touchpoint.c.store_id)
        .outerjoin(kiosk_status, kiosk_status.c.kiosk_id == kiosk.c.id)
        .where(below(place_id))
        .order_by(kiosk.c.id)
    )


def _kiosk(row: Row[Any]) -> Sequence[object]:
    health, zone = row.health or {}, row.time_zone
    said = [health.get(each) if isinstance(health.get(each), str | int | float) else None for each in _HEALTH]
    enrolled, heard = local(row.enrolled_at, zone), local(row.received_at, zone)
    return (row.id, row.name, row.touchpoint, row.state, row.board, row.serial, enrolled, row.said, heard, *said)


#: What kiosks say of themselves that is listed.
_HEALTH = ("firmware", "release", "battery", "signal", "uptime")


def _places(place_id: int, _span: Span | None) -> Select[Any]:
    above = place.alias("above")
    found = select(place, above.c.name.label("above")).outerjoin(above, above.c.id == place.c.parent_id)
    return found.where(ever_below(place_id)).order_by(place.c.path)


def _place(row: Row[Any]) -> Sequence[object]:
    hours = [" ".join("-".join(each) for each in row.opening_hours.get(day, ())) for day in _WEEKDAYS]
    return (row.id, row.kind, row.name, row.above, row.time_zone, row.ended_at, *hours)


_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _people(place_id: int, _span: Span | None) -> Select[Any]:
    found = select(account, place.c.name.label("place"), place.c.time_zone)
    return found.join(place, place.c.id == account.c.place_id).where(below(place_id)).order_by(account.c.name)


def _person(row: Row[Any]) -> Sequence[object]:
    times = (local(each, row.time_zone) for each in (row.created_at, row.seen_at, row.ended_at))
    return (row.name, row.role, row.place, row.email, row.phone, row.language, *times)


def _segments(place_id: int, _span: Span | None) -> Select[Any]:
    found = select(segment, place.c.name.label("place"), place.c.time_zone)
    found = found.join(place, place.c.id == segment.c.place_id).where(below(place_id), segment.c.ended_at.is_(None))
    return found.order_by(segment.c.id)


def _segment(row: Row[Any]) -> Sequence[object]:
    rules = pairs(row.definition)
    return (row.id, row.kind, row.name, row.place, rules, row.author, local(row.created_at, row.time_zone))


def _audit(place_id: int, span: Span | None) -> Select[Any]:
    found = select(audit, place.c.name.label("place"), place.c.time_zone)
    found = found.join(place, place.c.id == audit.c.place_id).where(ever_below(place_id), *within(audit.c.at, span))
    return found.order_by(audit.c.id)


def _entry(row: Row[Any]) -> Sequence[object]:
    detail = None if row.detail is None else msgspec.json.encode(row.detail).decode()
    return (row.id, local(row.at, row.time_zone), row.who, row.action, row.subject, row.place, detail)


#: By the name that addresses and files have.
LISTS: Mapping[str, Listed] = {
    **HEARD,
    "voices": VOICES,
    "cases": Listed(
        columns(
            "id store touchpoint kind state step turn opened resolved taken_by responsible root_cause compensation"
            " external subject"
        ),
        "voices",
        plain(_cases, _case),
        personal=True,
    ),
    "kiosks": Listed(
        (*columns("id store touchpoint state board serial enrolled said heard"), *_HEALTH),
        "look",
        plain(_kiosks, _kiosk),
        of_days=False,
    ),
    "places": Listed(
        (*columns("id kind name above time_zone ended"), *_WEEKDAYS), "look", plain(_places, _place), of_days=False
    ),
    **DEVICES,
    "segments": Listed(
        columns("id kind name place rules author created"), "voices", plain(_segments, _segment), of_days=False
    ),
    **CHOICES,
    "people": Listed(
        columns("name role place email phone language created seen ended"),
        "people",
        plain(_people, _person),
        of_days=False,
        personal=True,
    ),
    "audit": Listed(columns("id at who action subject place detail"), "people", plain(_audit, _entry), personal=True),
}
