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
            yield from _standbys(connection)
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


class _Standby(NamedTuple):
    name: str
    #: None where our role may not see it, as the two below.
    state: str | None
    sync_state: str | None
    behind: int | None


def _standbys(connection: psycopg.Connection[TupleRow]) -> Iterator[Finding]:
    names = connection.execute("SHOW synchronous_standby_names").fetchall()[0][0]
    found = [_Standby(*row) for row in connection.execute(_STANDBYS).fetchall()]
    if any(each.state is None for each in found):
        yield Finding("the collector may not see how the standby is", "GRANT pg_monitor TO smilepost;")
        return
    is_waited_for = any(each.sync_state in {"sync", "quorum"} for each in found)
    if names and (not is_waited_for or is_awaited(connection)):
        yield Finding(f"the standby is away, and nothing is confirmed without it: {names}", WITHOUT)
    if not found and not names:
        yield Finding("the database has no standby: what is confirmed is on one machine")
    for each in found:
        yield _one(each, is_waited_for=is_waited_for)


def _one(standby: _Standby, *, is_waited_for: bool) -> Finding:
    megabytes = (standby.behind or 0) / 2**20
    if standby.state != "streaming":
        return Finding(f"standby {standby.name} is catching up, {megabytes:,.1f} MB behind ({standby.state})")
    if standby.sync_state in {"sync", "quorum"}:
        return Finding(f"standby {standby.name} has what is confirmed; it shows it {megabytes:,.1f} MB behind")
    what = f"standby {standby.name} is not waited for, {megabytes:,.1f} MB behind"
    if is_waited_for:
        return Finding(what)
    return Finding(
        f"{what}: what was confirmed last is not there after a promotion",
        f"ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 ({standby.name}, …)'; SELECT pg_reload_conf();",
    )


def _servers(settings: Settings) -> Iterator[Finding]:
    """Each server that the setting `database` names: two that take writes are the worst that can happen."""
    known = conninfo_to_dict(settings.database_url)
    hosts, ports = str(known.get("host", "")).split(","), str(known.get("port", "")).split(",")
    if len(hosts) < 2:
        return
    primaries = []
    for number, host in enumerate(hosts):
        port = ports[number] if len(ports) == len(hosts) else ports[0]
        server = f"{host}:{port}" if port else host
        place = {"host": host, "port": port or None, "target_session_attrs": "any", "connect_timeout": 3}
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

# Whoever copies the database or only keeps its log is none.
_STANDBYS = """
SELECT application_name, state, sync_state, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)
FROM pg_stat_replication WHERE application_name <> 'pg_basebackup' OR state IS NULL ORDER BY 1
"""
