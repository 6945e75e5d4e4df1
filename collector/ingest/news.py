"""What a kiosk has not taken yet of what it was given: settings, a command, a release.

All of it is sent when it is given and again with each *online* status, until the kiosk reports its effect.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import UNSET
from psycopg import Connection
from psycopg.rows import TupleRow

from collector.fleet.queries import number_of
from collector.fleet.releases import PIECE
from collector.ingest import kiosks
from collector.ingest.answers import Answer
from collector.ingest.frames import Chunk, Command, Config, Release, Want
from collector.ingest.kiosks import Kiosk


class Heard(NamedTuple):
    """What a kiosk that is online says it has."""

    settings: int
    #: None: its firmware knows no releases.
    release: int | None


def heard(settings: int, health: Mapping[str, Any]) -> Heard:
    """What a status says of it."""
    return Heard(settings, number_of(health.get("release")))


def news(
    connection: Connection[TupleRow], known: Mapping[str, Kiosk], online: Mapping[str, Heard], now: datetime
) -> list[Answer]:
    """What to tell these kiosks, in the transaction of `connection`; true once it is committed."""
    answers, behind = [], []
    for name, has in online.items():
        kiosk = known[name]
        if has.settings != kiosk.settings_version:
            answers.append(Answer(name, Config(kiosk.settings_version, kiosk.settings)))
        if has.release is not None and kiosk.release > has.release:
            behind.append(name)
    return [*answers, *commands(connection, online, now), *_releases(connection, behind)]


def news_of_online(connection: Connection[TupleRow], kiosk_id: str, now: datetime) -> list[Answer]:
    """The same for one kiosk, by what it said last; nothing where it is not online."""
    said = connection.execute(
        "SELECT settings_version, health FROM kiosk_status WHERE state = 'online' AND kiosk_id = %s", [kiosk_id]
    ).fetchone()
    known = kiosks.load(connection, [kiosk_id])
    return news(connection, known, {kiosk_id: heard(*said)}, now) if said and known else []


def commands(connection: Connection[TupleRow], kiosk_ids: Iterable[str], now: datetime) -> list[Answer]:
    """The oldest command that each of these kiosks has not answered."""
    rows = connection.execute(_SEND_COMMANDS, {"kiosks": list(kiosk_ids), "now": now}).fetchall()
    return [
        Answer(name, Command(command_id, to_ms(expires), do, UNSET if number is None else number), salt=salt)
        for name, command_id, expires, do, number, salt in rows
    ]


def _releases(connection: Connection[TupleRow], kiosk_ids: Collection[str]) -> list[Answer]:
    if not kiosk_ids:
        return []
    rows = connection.execute(
        "SELECT kiosk.id, manifest, signature FROM kiosk JOIN release ON release.id = release_id"
        " WHERE kiosk.id = ANY(%s)",
        [kiosk_ids],
    ).fetchall()
    return [Answer(name, Release(manifest, signature)) for name, manifest, signature in rows]


def chunks(connection: Connection[TupleRow], wants: Collection[tuple[str, Want]]) -> list[Answer]:
    """The pieces that kiosks want of the releases that they are offered; of any other, nothing."""
    if not wants:
        return []
    columns = zip(*((name, want.release, want.file, want.offset) for name, want in wants), strict=True)
    rows = connection.execute(_READ_PIECES, [PIECE, *map(list, columns)]).fetchall()
    return [Answer(name, Chunk(number, file, offset, data)) for name, number, file, offset, data in rows]


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC."""
    return round(moment.timestamp() * 1000)


_SEND_COMMANDS = """
WITH oldest AS (
    SELECT DISTINCT ON (kiosk_id) kiosk_id, id FROM kiosk_command
    WHERE kiosk_id = ANY(%(kiosks)s) AND state IN ('queued', 'sent') AND expires_at > %(now)s
    ORDER BY kiosk_id, id)
UPDATE kiosk_command AS command SET state = 'sent', sent_at = coalesce(sent_at, %(now)s)
FROM oldest
WHERE command.kiosk_id = oldest.kiosk_id AND command.id = oldest.id AND state IN ('queued', 'sent')
RETURNING command.kiosk_id, command.id, expires_at, command.do, number, salt
"""

_READ_PIECES = """
SELECT want.kiosk_id, want.number, want.file, want.at, substring(data FROM want.at + 1 FOR %b::int)
FROM unnest(%b::text[], %b::int[], %b::int[], %b::int[]) AS want (kiosk_id, number, file, at)
JOIN kiosk ON kiosk.id = want.kiosk_id AND kiosk.state = 'enrolled'
JOIN release ON release.id = kiosk.release_id AND release.number = want.number
JOIN release_file ON release_file.release_id = release.id AND release_file.file = want.file
WHERE want.at <= length(data)
"""
