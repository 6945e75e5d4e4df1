"""The cursors of a batch: found, opened where there is none yet, and locked until its commit."""

from collections.abc import Collection, Sequence

import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from collector import locks
from collector.arrays import ints
from collector.fleet.alarms import Kind
from collector.ingest.dating import TOLERANCE
from collector.ingest.frames import Frame, Status
from collector.ingest.messages import Message
from collector.ingest.registry import Kiosk, KnownCursor, Registry
from collector.ingest.rows import AlarmRow, Cursor, Rows

log = structlog.get_logger()

#: New journals of a kiosk within a day: from so many on it is an alarm, and after so many none is opened any more.
MANY_EPOCHS, TOO_MANY_EPOCHS = 3, 20


def lock_cursors(
    connection: Connection[TupleRow], registry: Registry, messages: Sequence[Message], rows: Rows
) -> tuple[dict[str, Kiosk], dict[tuple[str, int], Cursor]]:
    """The enrolled kiosks of the batch, and the cursors of all its (kiosk, epoch); unknown epochs open one."""
    wanted = {
        (message.kiosk, message.content.epoch)
        for message in messages
        if type(message.content) is Frame or type(message.content) is Status
    }
    if new := wanted - registry.cursors.keys():
        enrolled = registry.look(connection, {name for name, _ in new})
        new = {key for key in new if key[0] in enrolled}
        registry.cursors.update(_find_cursors(connection, new))
        if unknown := new - registry.cursors.keys():
            _open_cursors(connection, rows, sorted(unknown))
            registry.cursors.update(_find_cursors(connection, unknown))
    keys = {registry.cursors[key].id: key for key in wanted if key in registry.cursors}
    found = connection.execute(_LOCK, [ints(list(keys))], binary=True).fetchall()
    known = registry.at(connection, [(keys[cursor_id][0], revision) for cursor_id, revision, *_ in found])
    cursors = {}
    for cursor_id, _, seq, recorded, latest, day in found:
        name, epoch = key = keys[cursor_id]
        is_foreign = registry.cursors[key].is_foreign
        # One from the future was dated while our own clock was ahead: it bounds nothing.
        bound = latest if 0 < latest <= rows.received_ms + TOLERANCE else known[name].enrolled_at
        cursors[key] = Cursor(cursor_id, name, epoch, seq, recorded, bound, is_foreign, day)
    others = {message.kiosk for message in messages} - known.keys()
    return known | registry.look(connection, others), cursors


# In the order of their keys, so that collectors never wait for each other in a circle.
_LOCK = """
SELECT cursor.id, revision, seq, recorded, coalesce(latest, 0), coalesce(day - date '0001-01-01' + 1, 0)
FROM cursor JOIN kiosk ON kiosk.id = kiosk_id
WHERE cursor.id = ANY(%b) AND kiosk.state = 'enrolled'
ORDER BY cursor.id FOR UPDATE OF cursor
"""


def _find_cursors(
    connection: Connection[TupleRow], keys: Collection[tuple[str, int]]
) -> dict[tuple[str, int], KnownCursor]:
    found = connection.execute(
        """
        SELECT kiosk_id, epoch, id, foreign_to IS NOT NULL
        FROM cursor JOIN unnest(%b::text[], %b) AS wanted (kiosk_id, epoch) USING (kiosk_id, epoch)
        """,
        [[name for name, _ in keys], ints([epoch for _, epoch in keys])],
    )
    return {(name, epoch): KnownCursor(cursor_id, is_foreign) for name, epoch, cursor_id, is_foreign in found}


def _open_cursors(connection: Connection[TupleRow], rows: Rows, keys: Sequence[tuple[str, int]]) -> None:
    """Open cursors at 0, and say so where it is odd. One after too many is not opened: the kiosk keeps what it has."""
    # One at a time: two kiosks with one journal may come at the same moment, to two collectors.
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [locks.EPOCH])
    for kiosk_id, epoch in keys:
        [(opened,)] = connection.execute(
            "SELECT count(*) FROM cursor WHERE kiosk_id = %s AND opened_at > %s - interval '1 day'",
            [kiosk_id, rows.received],
        ).fetchall()
        if opened >= MANY_EPOCHS - 1:
            rows.alarms.append(
                AlarmRow(
                    kiosk_id,
                    Kind.EPOCHS,
                    f"It began {opened + 1} journals in a day: its flash fails, or is cloned.",
                )
            )
        if opened >= TOO_MANY_EPOCHS:
            continue
        first = connection.execute(
            "SELECT kiosk_id FROM cursor WHERE epoch = %s AND kiosk_id <> %s ORDER BY id LIMIT 1", [epoch, kiosk_id]
        ).fetchone()
        foreign_to = first[0] if first else None
        if foreign_to:
            reason = f"It sends the journal of {foreign_to}: a card was moved or cloned. Its ratings are not counted."
            rows.alarms.append(AlarmRow(kiosk_id, Kind.FOREIGN, reason))
        connection.execute(
            "INSERT INTO cursor (kiosk_id, epoch, opened_at, foreign_to) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [kiosk_id, epoch, rows.received, foreign_to],
        )
        log.info("epoch opened", kiosk=kiosk_id, epoch=epoch)
