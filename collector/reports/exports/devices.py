"""Lists of what stands in the stores, and of what was odd about it: what the pages of devices show."""

from typing import Any

from sqlalchemy import Row, Select, cast, func, literal, select
from sqlalchemy.types import Text

from collector.alerts.tables import alert
from collector.fleet.queries import standing
from collector.fleet.tables import kiosk_alarm, rollout, rollout_kiosk
from collector.places.queries import below, ever_below
from collector.places.tables import place, touchpoint
from collector.queue.tables import job
from collector.reports.exports.listed import Listed, Span, columns, local, pairs, plain, within
from collector.slips.queries import SELF_TEST
from collector.slips.spool import slip_of
from collector.slips.tables import printer


def _touchpoints(place_id: int, _span: Span | None) -> Select[Any]:
    found = select(touchpoint, place.c.name.label("store"), place.c.time_zone)
    found = found.join(place, place.c.id == touchpoint.c.store_id).where(ever_below(place_id))
    return found.order_by(place.c.path, touchpoint.c.position, touchpoint.c.id)


def _touchpoint(row: Row[Any]) -> tuple[object, ...]:
    return (row.id, row.store, row.position, row.name, row.audience, local(row.ended_at, row.time_zone))


def _alerts(place_id: int, span: Span | None) -> Select[Any]:
    found = select(alert, place.c.name.label("store"), place.c.time_zone, touchpoint.c.name.label("touchpoint"))
    found = found.join(place, place.c.id == alert.c.store_id)
    found = found.outerjoin(touchpoint, touchpoint.c.id == alert.c.touchpoint_id)
    return found.where(ever_below(place_id), *within(alert.c.opened_at, span)).order_by(alert.c.id)


def _alert(row: Row[Any]) -> tuple[object, ...]:
    opened, taken, closed = (local(at, row.time_zone) for at in (row.opened_at, row.acknowledged_at, row.closed_at))
    about = (row.id, row.store, row.touchpoint, row.rule, row.subject)
    return (*about, opened, taken, row.acknowledged_by, closed, pairs(row.data))


def _alarms(place_id: int, span: Span | None) -> Select[Any]:
    found = select(kiosk_alarm, place.c.name.label("store"), place.c.time_zone)
    found = found.select_from(standing.join(kiosk_alarm, kiosk_alarm.c.kiosk_id == standing.c.kiosk_id))
    found = found.where(below(place_id), *within(kiosk_alarm.c.last_at, span))
    return found.order_by(kiosk_alarm.c.last_at, kiosk_alarm.c.kiosk_id, kiosk_alarm.c.kind)


def _alarm(row: Row[Any]) -> tuple[object, ...]:
    first, last = local(row.first_at, row.time_zone), local(row.last_at, row.time_zone)
    return (row.kiosk_id, row.store, row.kind, row.day, row.reason, row.times, first, last)


def _printers(place_id: int, _span: Span | None) -> Select[Any]:
    found = select(printer, place.c.name.label("store"), place.c.time_zone)
    return found.join(place, place.c.id == printer.c.store_id).where(below(place_id)).order_by(printer.c.id)


def _printer(row: Row[Any]) -> tuple[object, ...]:
    seen, retired = local(row.seen_at, row.time_zone), local(row.retired_at, row.time_zone)
    return (row.id, row.store, row.name, row.address, row.profile, row.code_page, row.state, seen, retired)


def _print_jobs(place_id: int, span: Span | None) -> Select[Any]:
    target = func.concat(literal("printer/"), cast(printer.c.id, Text))
    found = select(job, printer.c.name.label("printer"), place.c.name.label("store"), place.c.time_zone)
    found = found.join(printer, target == job.c.target).join(place, place.c.id == printer.c.store_id)
    return found.where(below(place_id), *within(job.c.created_at, span)).order_by(job.c.id)


def _print_job(row: Row[Any]) -> tuple[object, ...]:
    slip = slip_of(row.payload)
    created, ended = local(row.created_at, row.time_zone), local(row.finished_at, row.time_zone)
    about = (row.id, row.store, row.printer, slip.kind if slip else SELF_TEST)
    return (*about, row.state, row.attempts, created, ended, row.outcome)


def _rollouts(place_id: int, span: Span | None) -> Select[Any]:
    count = select(func.count()).where(rollout_kiosk.c.rollout_id == rollout.c.id)
    done = count.where(rollout_kiosk.c.state == "done").scalar_subquery()
    found = select(rollout, place.c.name.label("place"), place.c.time_zone)
    found = found.add_columns(count.scalar_subquery().label("kiosks"), done.label("done"))
    found = found.join(place, place.c.id == rollout.c.place_id)
    return found.where(ever_below(place_id), *within(rollout.c.created_at, span)).order_by(rollout.c.id)


def _rollout(row: Row[Any]) -> tuple[object, ...]:
    begun, ended = local(row.created_at, row.time_zone), local(row.finished_at, row.time_zone)
    about = (row.id, row.number, row.place, row.state, row.stage, row.kiosks, row.done)
    return (*about, row.author, begun, ended, row.why)


DEVICES = {
    "touchpoints": Listed(
        columns("id store position name audience ended"), "look", plain(_touchpoints, _touchpoint), of_days=False
    ),
    "alerts": Listed(
        columns("id store touchpoint rule subject opened acknowledged acknowledged_by closed seen"),
        "look",
        plain(_alerts, _alert),
    ),
    "alarms": Listed(columns("kiosk store kind day reason times first last"), "look", plain(_alarms, _alarm)),
    "printers": Listed(
        columns("id store name address profile code_page state seen retired"),
        "look",
        plain(_printers, _printer),
        of_days=False,
    ),
    "print-jobs": Listed(
        columns("id store printer paper state attempts created finished outcome"),
        "look",
        plain(_print_jobs, _print_job),
    ),
    "roll-outs": Listed(
        columns("id release place state stage kiosks done author begun finished why"),
        "look",
        plain(_rollouts, _rollout),
    ),
}
