"""The primary dies under load and its standby takes over by the document's steps: what was confirmed is there, once."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.chaos.run import Options, Result, Trial
from tests.standby.document import blocks
from tests.standby.gap import carry_out, shown
from tests.standby.house import Desk, StandbyHouse
from tests.standby.line import Line
from tests.standby.servers import LOOPBACK, Servers
from tests.waiting import until


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    made = Servers(tmp_path / "servers", tls=True)
    yield made
    made.close()


def test_who_does_not_speak_tls_or_is_another_is_refused(servers: Servers) -> None:
    for step in blocks("Setting it up"):
        servers.carry_out(step)
    db1 = servers.machines["db1"]
    assert db1.query("SELECT ssl FROM pg_stat_ssl JOIN pg_stat_replication USING (pid)") == [(True,)]
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(servers.url, sslmode="disable")
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        psycopg.connect(servers.url, sslrootcert="system")
    with pytest.raises(psycopg.OperationalError, match=r'certificate for "db1\.example" does not match'):
        psycopg.connect(servers.url, host="db2.example", port=db1.port, hostaddr=LOOPBACK)


def test_what_was_confirmed_outlives_the_primary(servers: Servers, tmp_path: Path) -> None:
    line = Line(servers.machines["db1"].port)
    servers.ports["db1"] = line.port  # for the standby
    for step in blocks("Setting it up"):
        servers.carry_out(step)
    house = StandbyHouse(tmp_path / "house", servers)

    async def lose_it() -> Result:
        async with Trial(Options(20, presses=2000, hosts=2, each=4, vms=0), tmp_path, house=house) as trial:
            with house.desk() as desk:
                await trial.pressed(100)
                await shown(house, "standby db2 has what is confirmed")
                line.stall()
                await trial.pressed(50)  # which nobody may confirm: the standby does not have them
                servers.machines["db1"].kill()
                line.close()
                await carry_out(servers, "Promoting it")
                opened = len(desk.opened)
                await trial.pressed(200)
                await waited(lambda: len(desk.opened) > opened, "a case at the new primary")
                await carry_out(servers, "Bringing the old primary back", 0, 2)
                await shown(house, "standby db1 has what is confirmed")
                await trial.pressed(100)
                result = await trial.settle()
                await asyncio.to_thread(compare, servers, desk)
                return result

    result = asyncio.run(lose_it())
    assert result.well, str(result)
    assert result.ledger.lit > 400


async def waited(condition: Callable[[], object], what: str) -> None:
    await asyncio.to_thread(until, condition, what, 60)


def compare(servers: Servers, desk: Desk) -> None:
    """What the other system was told is what there is: each event once in the feed, and under one id by webhook."""
    desk.rest()

    def events() -> list[str]:
        return [event for (event,) in servers.rows("SELECT event_id FROM outbox ORDER BY position")]

    until(lambda: len(desk.read) >= len(events()), "the end of the feed")
    until(lambda: {each["id"] for each in desk.receiver.events} >= set(events()), "all events by webhook", 60)
    until(lambda: servers.rows("SELECT 1 WHERE NOT EXISTS (SELECT FROM job WHERE state <> 'done')"), "an empty queue")
    assert not desk.faults
    assert desk.read == events()
    assert {each["id"] for each in desk.receiver.events} == set(events())
    assert len(servers.rows("SELECT key FROM job WHERE kind = 'webhook'")) == len(events())
    mine = servers.rows("""SELECT id, subject FROM "case" WHERE subject LIKE 'Case %' ORDER BY id""")
    assert mine == [(case, f"Case {number}") for number, case in enumerate(desk.opened, 1)]
