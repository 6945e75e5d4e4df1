"""A fleet against a real broker, a real intake and a real database."""

import base64
import contextlib
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow
from sqlalchemy import Engine, text

from collector import changes
from collector.broker.certificates import make_certificates
from collector.broker.cluster import Cluster
from collector.broker.nats import EmbeddedBroker
from collector.clock import now
from collector.database import connect
from collector.fleet.commands import order
from collector.fleet.credentials import Credentials
from collector.fleet.releases import KEPT_KEY, publish
from collector.ingest.intake import Intake
from collector.settings import Settings
from simulators.fleet import Behaviour, Fleet, Planned, at_work, enrol_all, plan
from simulators.fleet.compared import compare
from tests.collector.releases import PUBLIC, archive, manifest_of
from tests.conftest import wait_for_port
from tests.waiting import until

Database = psycopg.Connection[TupleRow]
#: A minute of waiting is a second.
SPEED = 60.0


@contextlib.contextmanager
def intake_of(settings: Settings) -> Iterator[None]:
    intake = Intake(settings)
    thread = threading.Thread(target=intake.run)
    thread.start()
    try:
        yield
    finally:
        intake.stop()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture
def planned() -> list[Planned]:
    """One kiosk for each trouble that a release can meet, and many without."""
    return plan(60, seed=1, batteries=0, troubles={each: 1 for each in Behaviour if each is not Behaviour.TAKES})


@pytest.fixture
def credentials(engine: Engine, settings: Settings, planned: list[Planned]) -> dict[str, Credentials]:
    with engine.begin() as connection:
        return enrol_all(connection, settings, planned)


@pytest.fixture
def fleet(
    settings: Settings, planned: list[Planned], credentials: dict[str, Credentials], broker: EmbeddedBroker
) -> Fleet:
    (settings.data / KEPT_KEY).write_text(base64.b64encode(PUBLIC).decode())
    return Fleet(settings, planned, credentials, speed=SPEED)


def test_what_was_lit_is_stored_once_through_every_outage(fleet: Fleet, settings: Settings, engine: Engine) -> None:
    def everybody_presses() -> None:
        for number, kiosk in enumerate(fleet.kiosks.values()):
            for press in range(number % 4 + 1):
                assert kiosk.press(press + 1)

    with at_work(fleet) as do:
        with intake_of(settings):
            until(lambda: fleet.online == 60, "all to be online")
            do(everybody_presses)
            until(lambda: fleet.on_their_way == 0, "everything to be confirmed")
        do(everybody_presses)  # no collector
        some = list(fleet.kiosks.values())
        for kiosk in some[:20]:
            do(kiosk.cut_line)
        for kiosk in some[20:40]:
            do(kiosk.cut_power)
        assert not some[20].press(1)
        with intake_of(settings):
            for kiosk in some[:20]:
                do(kiosk.mend_line)
            do(lambda: [kiosk.press(4) for kiosk in some[:20]])
            for kiosk in some[20:40]:
                do(kiosk.give_power)
            until(lambda: fleet.online == 60 and fleet.on_their_way == 0, "everything to be confirmed", 60)
    compared = compare(settings, fleet)
    assert compared.lit == fleet.lit == 2 * 150 + 20
    assert (compared.stored, compared.lost, compared.doubled) == (320, 0, 0)
    assert not [kiosk.fault for kiosk in fleet.kiosks.values() if kiosk.fault]


def offer_to_everybody(engine: Engine, number: int) -> None:
    with engine.begin() as connection:
        published = publish(connection, archive(manifest_of(number)), PUBLIC)
        connection.execute(text("UPDATE kiosk SET release_id = :id"), {"id": published.id})
        connection.execute(text("SELECT pg_notify(:news, id) FROM kiosk"), {"news": changes.NEWS})


def told(database: Database, fleet: Fleet) -> dict[Behaviour, tuple[int, str]]:
    """Release and sentence of one kiosk for each behaviour, as the collector heard of them."""
    rows = database.execute(
        "SELECT kiosk_id, (health->>'release')::int, coalesce(health->>'update', '') FROM kiosk_status"
        " WHERE state = 'online'"
    )
    return {fleet.kiosks[kiosk].behaviour: (release, said) for kiosk, release, said in rows}


def test_a_release_ends_on_each_kiosk_as_the_firmware_ends_it(
    fleet: Fleet, settings: Settings, engine: Engine, empty_database: Database
) -> None:
    went_back = "Release 7 has gone back: "
    expected = {
        Behaviour.TAKES: (7, ""),
        Behaviour.SLOW: (7, ""),
        Behaviour.FULL: (0, "Release 7 does not fit: it needs 4 blocks of flash, and there is room for 0."),
        Behaviour.WORN: (0, "Release 7 could not be written: [Errno 5] Input/output error"),
        Behaviour.DAMAGED: (0, "Release 7 does not arrive as it was signed: kiosk/app.mpy."),
        Behaviour.STRANGER: (0, "Release 7 is not signed with the organisation's key."),
        Behaviour.KEYLESS: (0, ""),
        Behaviour.UNSTARTABLE: (0, went_back + "it cannot be started: ImportError no module named 'kiosk.face'"),
        Behaviour.DIES: (0, went_back + "it was started 3 times and did not prove itself."),
        Behaviour.RESETS: (0, went_back + "it was started 3 times and did not prove itself."),
        Behaviour.UNREACHABLE: (0, went_back + "it did not reach the collector within 10 minutes."),
    }
    with at_work(fleet), intake_of(settings):
        until(lambda: fleet.online == 60, "all to be online")
        offer_to_everybody(engine, 7)
        with contextlib.suppress(AssertionError):  # what differs is said below
            until(lambda: told(empty_database, fleet) == expected, "every kiosk to have told its end", 60)
        assert told(empty_database, fleet) == expected
        # One is not heard of any more: its will was published.
        silent = [each for each in fleet.kiosks.values() if each.behaviour is Behaviour.SILENT]
        assert not silent[0].online
        kiosks = fleet.kiosks.values()
        until(lambda: sum(each.online and each.release == 7 for each in kiosks) == 50, "all others to run it")
    assert not [kiosk.fault for kiosk in fleet.kiosks.values() if kiosk.fault]


def test_commands_are_carried_out(
    fleet: Fleet, settings: Settings, engine: Engine, empty_database: Database, planned: list[Planned]
) -> None:
    chosen = planned[0].kiosk
    expected = {
        "identify": ("done", "It blinks for ten seconds."),
        "self-test": ("done", "flash reads what was written; "),
        "log": ("done", ""),
        "reboot": ("done", "Restarted."),
        "secret": ("done", "Kept; the kiosk connects anew with it."),
    }
    with at_work(fleet), intake_of(settings):
        until(lambda: fleet.online == 60, "all to be online")
        for do in expected:
            with engine.begin() as connection:
                order(connection, settings, chosen, do, "test", now(settings), None)

        def outcomes() -> dict[str, tuple[str, str]]:
            rows = empty_database.execute('SELECT "do", state, coalesce(outcome, $$$$) FROM kiosk_command ORDER BY id')
            return {do: (state, outcome[: len(expected[do][1])]) for do, state, outcome in rows}

        until(lambda: outcomes() == expected, "all of it to be done", 60)


def test_it_signs_in_by_tls(
    settings: Settings, planned: list[Planned], credentials: dict[str, Credentials], empty_database: Database
) -> None:
    make_certificates(settings.certificates, settings.certificates, ["broker.example"])
    secure = Settings.load({**settings.environment(), "SMILEPOST_BROKER_HOST": "0.0.0.0"})  # noqa: S104
    assert secure.broker_address.tls
    embedded = EmbeddedBroker(secure)
    embedded.prepare(empty_database)
    with (settings.data / "broker.log").open("w") as log:
        process = subprocess.Popen(embedded.command(), stderr=log)
    try:
        wait_for_port(secure.broker_port)
        fleet = Fleet(secure, planned, credentials, speed=SPEED)
        with at_work(fleet), intake_of(secure):
            until(lambda: fleet.online == 60, "all to be online")
    finally:
        process.kill()
        process.wait()


def test_it_goes_where_kiosks_find_a_cluster(
    clustered: Settings, planned: list[Planned], engine: Engine, database: Database
) -> None:
    with engine.begin() as connection:
        credentials = enrol_all(connection, clustered, planned[:5])
    Cluster(clustered).refresh_users(database)
    fleet = Fleet(clustered, planned[:5], credentials, speed=SPEED)
    with at_work(fleet) as do, intake_of(clustered):
        until(lambda: fleet.online == 5, "all to be online", 60)
        do(lambda: [kiosk.press(4) for kiosk in fleet.kiosks.values()])
        until(lambda: fleet.on_their_way == 0, "everything to be confirmed", 60)
    assert compare(clustered, fleet).stored == 5


def test_enrolling_again_keeps_what_is_known(
    engine: Engine, settings: Settings, planned: list[Planned], credentials: dict[str, Credentials]
) -> None:
    def count() -> Any:
        with connect(settings) as database:
            query = "SELECT (SELECT count(*) FROM place), (SELECT count(*) FROM touchpoint), count(*) FROM kiosk"
            return database.execute(query).fetchone()

    before = count()
    known = dict(list(credentials.items())[:-1])
    with engine.begin() as connection:
        again = enrol_all(connection, settings, planned, known)
    assert count() == before
    assert {kiosk: again[kiosk] for kiosk in known} == known
    assert again[planned[-1].kiosk].number == 2
