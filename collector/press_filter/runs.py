"""The filter over history, store by store and some weeks at a time, by the loop of `smilepost jobs`.

1. Take the oldest run that has something to do; who else would, passes it over.
2. Judge one piece of it: the presses that a store's kiosks brought in within some weeks.
3. While it previews, only count; else change the marks. How far it has come is written in the same commit.

So a run that dies in the middle goes on with the piece that it died in, and a piece that is done twice changes nothing.
It does what the filter was when it was asked for, though somebody changes that meanwhile. Other opening hours stop it,
and a month in an archive file, and its people read which.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
import structlog
from psycopg import Connection, OperationalError
from psycopg.rows import TupleRow, dict_row

from collector import locks
from collector.press_filter.hours import digest_of
from collector.press_filter.presses import AHEAD, BACK, Judged, Ruled, judged, ruled
from collector.press_filter.tally import Preview, Progress
from collector.ratings import past
from collector.ratings.remark import remark

log = structlog.get_logger()

#: One piece; what is looked at besides (`presses.BACK`) is little of it.
PIECE = timedelta(days=28)
#: Why a run stopped that met something that nobody had thought of.
BROKEN = "Something broke on our side. It has been written down."
#: Not all of it would be as it was previewed.
OTHER_HOURS = "Somebody has changed the filter or opening hours since. Look through it once more."


def work(connection: Connection[TupleRow]) -> bool:
    """Do one piece of one run; whether there was one to do. `connection` is in autocommit."""
    with connection.transaction():
        if connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [locks.FILTER]).fetchone() == (False,):
            return False
        with connection.cursor(row_factory=dict_row) as cursor:
            run = cursor.execute(_NEXT).fetchone()
        if run is None:
            return False
        if run["state"] == "running" and not _may_change(connection):
            return False
        try:
            with connection.transaction():
                _piece(connection, run)
        except OperationalError:
            raise  # the database is away for all of them
        except past.IsArchived as problem:
            _stop(connection, run["id"], str(problem))
        except Exception:
            log.exception("filter run could not go on", run=run["id"])
            _stop(connection, run["id"], BROKEN)
    return True


def _may_change(connection: Connection[TupleRow]) -> bool:
    """Nobody else changes the past; who archives a large month takes minutes, for which nobody here waits."""
    return connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [locks.PAST]).fetchone() == (True,)


def _piece(connection: Connection[TupleRow], run: dict[str, Any]) -> None:
    preview = msgspec.convert(run["preview"], Preview, str_keys=True)
    progress = msgspec.convert(run["through"], Progress)
    if run["state"] == "running" and preview.hours != digest_of(connection, run["place_id"]):
        _stop(connection, run["id"], OTHER_HOURS)
        return
    stores = [each for (each,) in connection.execute(_STORES, [run["place_id"], progress.store]).fetchall()]
    if not stores:
        _finish(connection, run, preview, progress)
        return
    [store] = ruled(connection, stores[:1], preview.policy_id)
    first = progress.next or run["first"]
    last = min(first + PIECE, run["last"] + timedelta(days=1))  # not itself of it any more
    presses = _judged(connection, store, first, last)
    if run["state"] == "previewing":
        preview.add(store.id, presses)
    else:
        begin, end = _midnight(first, store), _midnight(last, store)
        other = [each.remark for each in presses if each.before is not each.after]
        progress.changed += remark(connection, store.id, begin, end, other)
    if last > run["last"]:
        progress.store, progress.next = store.id, None
        progress.stores += 1
    else:
        progress.next = last
    _write(connection, run["id"], run["state"], preview, progress)


def _judged(connection: Connection[TupleRow], store: Ruled, first: date, last: date) -> Sequence[Judged]:
    """The presses that came in from the one day to the other, judged with those around them."""
    begin, end = _midnight(first, store), _midnight(last, store)
    past.check_in_table(connection, begin, end)
    seen = judged(connection, store, begin - BACK, end + AHEAD)
    return [each for each in seen if begin <= each.received_at < end]


def _midnight(day: date, store: Ruled) -> datetime:
    return datetime.combine(day, time(), store.zone).astimezone(UTC)


def _finish(connection: Connection[TupleRow], run: dict[str, Any], preview: Preview, progress: Progress) -> None:
    state = "ready" if run["state"] == "previewing" else "done"
    _write(connection, run["id"], state, preview, progress)
    if state == "done":
        connection.execute("UPDATE filter_run SET finished_at = now() WHERE id = %s", [run["id"]])
    log.info("filter run", run=run["id"], state=state, changed=progress.changed)


def _stop(connection: Connection[TupleRow], run_id: int, why: str) -> None:
    connection.execute("UPDATE filter_run SET state = 'stopped', why = %s WHERE id = %s", [why, run_id])


def _write(connection: Connection[TupleRow], run_id: int, state: str, preview: Preview, progress: Progress) -> None:
    said = [msgspec.json.encode(each).decode() for each in (preview, progress)]  # its keys are texts
    connection.execute(
        "UPDATE filter_run SET state = %s, preview = %s::jsonb, through = %s::jsonb WHERE id = %s",
        [state, *said, run_id],
    )


_NEXT = """
SELECT * FROM filter_run WHERE state IN ('previewing', 'running') ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_STORES = "SELECT id FROM place WHERE kind = 'store' AND path @> ARRAY[%s::int] AND id > %s ORDER BY id"
