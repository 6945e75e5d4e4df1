"""A run over history is asked for, begun, stopped and taken up again. Each is one conditional statement: of two at
once, one wins. The loop of `smilepost jobs` does the work (runs)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, Row, Select, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from collector.audit.log import Action, note
from collector.database import driver
from collector.places.queries import below, ever_below
from collector.places.tables import place
from collector.policies.tables import policy
from collector.press_filter.hours import DIGEST_OF_RUN, digest_of
from collector.press_filter.tables import filter_run
from collector.press_filter.tally import Preview, Progress
from collector.ratings.past import first_in_table

UNDER_WAY = ("previewing", "running")


@dataclass(frozen=True)
class Run:
    id: int
    place_id: int
    place: str
    zone: ZoneInfo
    first: date
    last: date
    state: str
    preview: Preview
    progress: Progress
    why: str | None
    author: str
    created_at: datetime
    finished_at: datetime | None
    #: Somebody has changed the filter of one of its stores since, or when that is open.
    is_outdated: bool

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY


def ask(connection: Connection, place_id: int, first: date, last: date, author: str, key: str) -> int:
    """Ask what the filter would change in what came in from one day to another, at a place and below; returns the run,
    the same one for the same key."""
    newest = connection.scalar(select(func.coalesce(func.max(policy.c.id), 0)).where(policy.c.kind == "filter")) or 0
    preview = Preview(policy_id=newest, hours=digest_of(driver(connection), place_id))
    values = {
        "place_id": place_id,
        "first": first,
        "last": last,
        "author": author,
        "key": key,
        "preview": msgspec.to_builtins(preview, str_keys=True),
        "through": msgspec.to_builtins(Progress(of=_stores(connection, place_id))),
    }
    made = insert(filter_run).values(values).on_conflict_do_nothing(index_elements=["key"]).returning(filter_run.c.id)
    run_id = connection.scalar(made)
    if run_id is None:
        return int(connection.execute(select(filter_run.c.id).where(filter_run.c.key == key)).scalar_one())
    detail = {"from": first.isoformat(), "to": last.isoformat()}
    note(connection, author, "asked-filter-run", f"filter-runs/{run_id}", place_id, detail)
    return int(run_id)


def begin(connection: Connection, run: Run, by: str) -> bool:
    """Have the marks changed as they were previewed; False where it is not ready any more."""
    through = msgspec.to_builtins(Progress(does="running", of=_stores(connection, run.place_id)))
    moved = _move(connection, run.id, ("ready",), state="running", through=through)
    return moved and _note(connection, run, by, "began-filter-run")


def stop(connection: Connection, run: Run, by: str) -> bool:
    """Do no further piece of it; what is marked by then stays marked. False where it is over."""
    moved = _move(connection, run.id, ("previewing", "ready", "running"), state="stopped", why=None)
    return moved and _note(connection, run, by, "stopped-filter-run")


def go_on(connection: Connection, run: Run, by: str) -> bool:
    """Take it up where it was stopped; False where it was not."""
    moved = _move(connection, run.id, ("stopped",), state=run.progress.does, why=None)
    return moved and _note(connection, run, by, "went-on-filter-run")


def visible_run(connection: Connection, place_id: int, run_id: int) -> Run | None:
    """One run; None where there is none with this number, or the people of the place do not see it."""
    row = connection.execute(_runs().where(below(place_id), filter_run.c.id == run_id)).first()
    return _run(row) if row else None


def last_runs(connection: Connection, place_id: int, limit: int) -> Sequence[Run]:
    """The runs at a place, the newest first."""
    query = _runs().where(filter_run.c.place_id == place_id).order_by(filter_run.c.id.desc()).limit(limit)
    return [_run(row) for row in connection.execute(query)]


def since_when(connection: Connection, earliest: datetime) -> datetime:
    """Since when all ratings are in the table; what is older than that is in archive files."""
    return first_in_table(driver(connection), earliest)


def _move(connection: Connection, run_id: int, states: Sequence[str], **values: Any) -> bool:
    moved = update(filter_run).where(filter_run.c.id == run_id, filter_run.c.state.in_(states)).values(**values)
    return connection.execute(moved).rowcount == 1


def _note(connection: Connection, run: Run, by: str, action: Action) -> bool:
    """In the audit log; what was counted of it before and would be after."""
    detail: dict[str, Any] = {"from": run.first.isoformat(), "to": run.last.isoformat()}
    if run.state == "ready":
        detail |= {"changes": [["counted", run.preview.counted_before, run.preview.counted_after]]}
    note(connection, by, action, f"filter-runs/{run.id}", run.place_id, detail)
    return True


def _stores(connection: Connection, place_id: int) -> int:
    stores = select(func.count()).select_from(place).where(place.c.kind == "store", ever_below(place_id))
    return connection.scalar(stores) or 0


def _runs() -> Select[Any]:
    other = place.alias("other")
    # One is above the other exactly where its path is the beginning of the other's.
    is_related = or_(other.c.path.contains(place.c.path), place.c.path.contains(other.c.path))
    newer = (
        select(policy.c.id)
        .join(other, other.c.id == policy.c.place_id)
        .where(
            policy.c.kind == "filter",
            policy.c.id > filter_run.c.preview["policy_id"].as_integer(),
            is_related,
        )
        .exists()
    )
    other_hours = filter_run.c.preview["hours"].as_string().is_distinct_from(literal_column(DIGEST_OF_RUN))
    is_outdated = or_(newer, other_hours).label("is_outdated")
    return select(filter_run, place.c.name, place.c.time_zone, is_outdated).join(
        place, place.c.id == filter_run.c.place_id
    )


def _run(row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        place_id=row.place_id,
        place=row.name,
        zone=ZoneInfo(row.time_zone),
        first=row.first,
        last=row.last,
        state=row.state,
        preview=msgspec.convert(row.preview, Preview, str_keys=True),
        progress=msgspec.convert(row.through, Progress),
        why=row.why,
        author=row.author,
        created_at=row.created_at,
        finished_at=row.finished_at,
        is_outdated=row.is_outdated,
    )
