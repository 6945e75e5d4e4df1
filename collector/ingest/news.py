"""What a kiosk has not taken yet of what it was given: settings, a command, a release.

All of it is sent when it is given and again with each *online* status, until the kiosk reports its effect.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import UNSET
from psycopg import Connection
from psycopg.rows import TupleRow

from collector.fleet.commands import next_commands
from collector.fleet.queries import number_of
from collector.fleet.releases import offers, pieces
from collector.ingest import kiosks
from collector.ingest.answers import Answer
from collector.ingest.frames import Chunk, Command, Config, Release, Want
from collector.ingest.kiosks import Kiosk
from collector.ingest.rows import to_ms


class Heard(NamedTuple):
    """What a kiosk that is online says it has."""

    settings: int
    #: None: its firmware knows no releases.
    release: int | None

    @classmethod
    def of(cls, settings: int, health: Mapping[str, Any]) -> "Heard":
        """What a status says of it."""
        return cls(settings, number_of(health.get("release")))


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
    releases = [Answer(each.kiosk_id, Release(each.manifest, each.signature)) for each in offers(connection, behind)]
    return [*answers, *commands(connection, online, now), *releases]


def news_of_online(connection: Connection[TupleRow], kiosk_id: str, now: datetime) -> list[Answer]:
    """The same for one kiosk, by what it said last; nothing where it is not online."""
    said = connection.execute(
        "SELECT settings_version, health FROM kiosk_status WHERE state = 'online' AND kiosk_id = %s", [kiosk_id]
    ).fetchone()
    known = kiosks.load(connection, [kiosk_id])
    return news(connection, known, {kiosk_id: Heard.of(*said)}, now) if said and known else []


def commands(connection: Connection[TupleRow], kiosk_ids: Iterable[str], now: datetime) -> list[Answer]:
    """The oldest command that each of these kiosks has not answered."""
    return [
        Answer(
            each.kiosk_id,
            Command(each.id, to_ms(each.expires_at), each.do, UNSET if each.number is None else each.number),
            salt=each.salt,
        )
        for each in next_commands(connection, kiosk_ids, now)
    ]


def chunks(connection: Connection[TupleRow], wants: Collection[tuple[str, Want]]) -> list[Answer]:
    """The pieces that kiosks want of the releases that they are offered; of any other, nothing."""
    wanted = [(name, want.release, want.file, want.offset) for name, want in wants]
    return [
        Answer(each.kiosk_id, Chunk(each.number, each.file, each.offset, each.data))
        for each in pieces(connection, wanted)
    ]
