"""The database's standby: whether there is one, whether commits wait for it, and how far it is behind."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow

from collector.database import connect, parameters
from collector.finding import Finding
from collector.settings import Settings

#: A commit that has waited for longer waits for a standby that is not there.
LONG = timedelta(seconds=4)
#: What to do about it.
WITHOUT = (
    "Start the standby. To go on without it: ALTER SYSTEM SET synchronous_standby_names = ''; "
    'SELECT pg_reload_conf(); (docs/operations.md, "A standby for the database")'
)


def is_awaited(connection: psycopg.Connection[TupleRow]) -> bool:
    """Whether a commit waits for a standby that does not answer."""
    return connection.execute(_AWAITED, [LONG]).fetchone() is not None


def examine(settings: Settings) -> Iterator[Finding]:
    """What `smilepost doctor` says of it.

    Raises
    ------
    psycopg.OperationalError: the database does not answer.
    """
    with connect(settings, autocommit=True) as connection:
        yield from _confirming(connection)
        if settings.database != "embedded":
            yield from _examine_standbys(connection)
    yield from _servers(settings)


def _confirming(connection: psycopg.Connection[TupleRow]) -> Iterator[Finding]:
    """Whether what the server confirms is on its disk, and on the standby's."""
    values: dict[str, str] = dict(connection.execute(_SETTINGS).fetchall())
    for name in ("fsync", "full_page_writes"):
        if values[name] == "off":
            yield Finding(
                f"the database confirms what a power cut can take back: {name} is off",
                f"ALTER SYSTEM RESET {name}; SELECT pg_reload_conf();",
            )
    commit, names = values["synchronous_commit"], values["synchronous_standby_names"]
    if commit == "off" or (names and commit in {"local", "remote_write"}):
        yield Finding(
            f"the database confirms before {'the standby' if names else 'its disk'} has it: "
            f"synchronous_commit is {commit}",
            "Set it to on, for the server, the database and the role: ALTER SYSTEM RESET synchronous_commit; "
            "ALTER ROLE … RESET synchronous_commit;",
        )


class Standby(NamedTuple):
    """One that is connected, or one that is away and for which a slot keeps the log."""

    #: Its slot's name; without one, what it calls itself.
    name: str
    is_connected: bool
    #: None where our role may not see it, and where it is away.
    state: str | None
    sync_state: str | None
    #: Bytes of the log that it does not show yet; while it is away, that its slot keeps; None: nobody knows.
    behind: int | None
    #: How much of the log its slot still has for it; None without a slot.
    wal_status: str | None

    @property
    def is_waited_for(self) -> bool:
        """Whether commits wait for it, alone or for it or another one."""
        return self.sync_state in {"sync", "quorum"}


def standbys(connection: psycopg.Connection[TupleRow]) -> list[Standby]:
    """Those that the server knows."""
    return [Standby(*row) for row in connection.execute(_STANDBYS).fetchall()]


def _examine_standbys(connection: psycopg.Connection[TupleRow]) -> Iterator[Finding]:
    [(names, limit)] = connection.execute(_NAMES_AND_LIMIT).fetchall()
    found = standbys(connection)
    if any(each.is_connected and each.state is None for each in found):
        yield Finding("the collector may not see how the standby is", "GRANT pg_monitor TO smilepost;")
        return
    is_waited_for = any(each.is_waited_for for each in found)
    if names and (not is_waited_for or is_awaited(connection)):
        yield Finding(f"the standby is away, and nothing is confirmed without it: {names}", WITHOUT)
    if not found and not names:
        yield Finding("the database has no standby: what is confirmed is on one machine")
    for each in found:
        yield _connected(each, is_waited_for=is_waited_for) if each.is_connected else _away(each)
    if limit == "-1" and any(each.wal_status for each in found):
        yield Finding(
            "a standby that is away fills this server's disk: max_slot_wal_keep_size has no limit",
            "ALTER SYSTEM SET max_slot_wal_keep_size = '20GB'; SELECT pg_reload_conf();",
        )


def _away(standby: Standby) -> Finding:
    if standby.wal_status == "lost":
        return Finding(
            f"standby {standby.name} was away for too long: its slot is lost",
            'Copy it anew: docs/operations.md, "A standby that was away for too long".',
        )
    return Finding(
        f"standby {standby.name} is not connected; {_megabytes(standby)} of the log are kept for it",
        f"Start it. If it never comes back: SELECT pg_drop_replication_slot('{standby.name}');",
    )


def _connected(standby: Standby, *, is_waited_for: bool) -> Finding:
    if standby.state != "streaming":
        return Finding(f"standby {standby.name} is catching up, {_megabytes(standby)} behind ({standby.state})")
    if standby.is_waited_for:
        return Finding(f"standby {standby.name} has what is confirmed; it shows it {_megabytes(standby)} behind")
    what = f"standby {standby.name} is not waited for, {_megabytes(standby)} behind"
    if is_waited_for:
        return Finding(what)
    return Finding(
        f"{what}: what was confirmed last is not there after a promotion",
        f"ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 ({standby.name}, …)'; SELECT pg_reload_conf();",
    )


def _megabytes(standby: Standby) -> str:
    return f"{(standby.behind or 0) / 2**20:,.1f} MB"


def _servers(settings: Settings) -> Iterator[Finding]:
    """Each server that the setting `database` names: two that take writes are the worst that can happen."""
    known = conninfo_to_dict(settings.database_url)
    hosts, ports, addresses = (str(known.get(each, "")).split(",") for each in ("host", "port", "hostaddr"))
    if len(hosts) < 2:
        return
    primaries = []
    for number, host in enumerate(hosts):
        port = ports[number] if len(ports) == len(hosts) else ports[0]
        server = f"{host}:{port}" if port else host
        place = {"host": host, "port": port or None, "target_session_attrs": "any", "connect_timeout": 3}
        if len(addresses) == len(hosts):
            place["hostaddr"] = addresses[number]
        try:
            with psycopg.connect(**{**parameters(settings), **place}) as connection:
                [(is_standby,)] = connection.execute("SELECT pg_is_in_recovery()").fetchall()
        except psycopg.OperationalError as problem:
            yield Finding(
                f"database server {server} does not answer: {str(problem).strip().splitlines()[0]}",
                "If it was the primary before, let it come back as a standby only (docs/operations.md).",
            )
        else:
            if not is_standby:
                primaries.append(server)
    if len(primaries) > 1:
        yield Finding(
            f"two database servers take writes: {' and '.join(primaries)}",
            "Stop at once the one that was replaced, and let it come back as a standby (docs/operations.md).",
        )


_AWAITED = """
SELECT FROM pg_stat_activity
WHERE datname = current_database() AND wait_event = 'SyncRep' AND clock_timestamp() - query_start > %s LIMIT 1
"""

_SETTINGS = """
SELECT name, setting FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names')
"""

_NAMES_AND_LIMIT = "SELECT current_setting('synchronous_standby_names'), current_setting('max_slot_wal_keep_size')"

# Whoever copies the database is none.
_STANDBYS = """
SELECT coalesce(slot_name, application_name), pid IS NOT NULL, state, sync_state,
    pg_wal_lsn_diff(pg_current_wal_lsn(), coalesce(replay_lsn, restart_lsn)), wal_status
FROM (SELECT * FROM pg_stat_replication WHERE application_name <> 'pg_basebackup' OR state IS NULL) AS sender
FULL JOIN (SELECT * FROM pg_replication_slots WHERE slot_type = 'physical' AND NOT temporary) AS slot
    ON active_pid = pid
ORDER BY 1
"""
