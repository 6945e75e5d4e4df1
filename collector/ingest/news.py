"""What a kiosk has not taken yet of what it was given: settings, a command, a slip, a release.

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
from collector.fleet.releases import is_taking, offers, pieces
from collector.ingest.answers import Answer
from collector.ingest.frames import Chunk, Command, Config, Print, Release, Want
from collector.moments import to_ms
from collector.slips.relay import Sent, send_next


class Heard(NamedTuple):
    """What a kiosk that is online says it has."""

    settings: int
    #: None: its firmware knows no releases, or it is taking one: a second offer is only more than its memory holds.
    release: int | None
    #: How its printer is, a word; None: it has none.
    printer: str | None = None

    @classmethod
    def of(cls, settings: int, health: Mapping[str, Any]) -> "Heard":
        """What a status says of it."""
        state = health.get("printer")
        release = None if is_taking(health.get("update")) else number_of(health.get("release"))
        return cls(settings, release, state if isinstance(state, str) else None)


def news(
    connection: Connection[TupleRow], newest: Mapping[str, int], online: Mapping[str, Heard], now: datetime
) -> list[Answer]:
    """What to tell these kiosks, in the transaction of `connection`; true once it is committed.

    Parameters
    ----------
    newest: by kiosk, the version of the settings that it should have.
    """
    behind = [name for name, has in online.items() if has.settings != newest[name]]
    printing = [name for name, has in online.items() if has.printer is not None]
    running = {name: has.release for name, has in online.items() if has.release is not None}
    return [
        *_configs(connection, behind),
        *commands(connection, online, now),
        *slips(connection, printing, now),
        *[Answer(each.kiosk_id, Release(each.manifest, each.signature)) for each in offers(connection, running)],
    ]


def news_of_online(connection: Connection[TupleRow], kiosk_id: str, now: datetime) -> list[Answer]:
    """The same for one kiosk, by what it said last; nothing where it is not online."""
    said = connection.execute(
        """
        SELECT settings_version, health, (SELECT max(version) FROM kiosk_settings WHERE kiosk_id = kiosk.id)
        FROM kiosk_status JOIN kiosk ON kiosk.id = kiosk_id
        WHERE kiosk_status.state = 'online' AND kiosk.state = 'enrolled' AND kiosk_id = %s
        """,
        [kiosk_id],
    ).fetchone()
    if said is None:
        return []
    settings, health, newest = said
    return news(connection, {kiosk_id: newest or 0}, {kiosk_id: Heard.of(settings, health)}, now)


def _configs(connection: Connection[TupleRow], behind: Collection[str]) -> list[Answer]:
    if not behind:
        return []
    rows = connection.execute(
        "SELECT DISTINCT ON (kiosk_id) kiosk_id, version, settings FROM kiosk_settings WHERE kiosk_id = ANY(%s)"
        " ORDER BY kiosk_id, version DESC",
        [list(behind)],
    )
    return [Answer(kiosk_id, Config(version, settings)) for kiosk_id, version, settings in rows]


def commands(connection: Connection[TupleRow], kiosk_ids: Iterable[str], now: datetime) -> list[Answer]:
    """The oldest command that each of these kiosks has not answered."""
    return [
        Answer(
            each.kiosk_id,
            Command(
                each.id,
                to_ms(each.expires_at),
                each.do,
                UNSET if each.number is None else each.number,
                ca=each.ca or UNSET,
            ),
            salt=each.salt,
        )
        for each in next_commands(connection, kiosk_ids, now)
    ]


def slips(connection: Connection[TupleRow], kiosk_ids: Collection[str], now: datetime) -> list[Answer]:
    """The slip that is next for the printer of each of these kiosks, and those of which it has not said what became."""
    return [Answer(each.kiosk_id, _print(each)) for each in send_next(connection, kiosk_ids, now)]


def _print(sent: Sent) -> Print:
    payload = sent.payload or {}
    return Print(
        sent.id,
        to_ms(sent.expires_at),
        payload.get("slip") or UNSET,
        payload.get("self_test") or UNSET,
        sent.profile or UNSET,
        sent.code_page or UNSET,
        sent.again or UNSET,
    )


def chunks(connection: Connection[TupleRow], wants: Collection[tuple[str, Want]]) -> list[Answer]:
    """The pieces that kiosks want of the releases that they are offered; of any other, empty ones."""
    wanted = [(name, want.release, want.file, want.offset) for name, want in wants]
    return [
        Answer(each.kiosk_id, Chunk(each.number, each.file, each.offset, each.data))
        for each in pieces(connection, wanted)
    ]
