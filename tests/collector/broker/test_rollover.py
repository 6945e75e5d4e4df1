"""The roll-over of the CA as an operator meets it: who is not ready, what is refused, what the doctor says."""

import contextlib
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, update

from collector.broker import certificates
from collector.broker.authority import Stage, begin, end, fingerprint, stage_of
from collector.broker.certificates import make_certificates
from collector.broker.errors import BrokerError
from collector.broker.examination import examine
from collector.broker.rollover import report, switch
from collector.database import connect
from collector.fleet.authority import AGAIN, MOST, Telling
from collector.fleet.commands import conclude
from collector.fleet.credentials import Credentials
from collector.fleet.identity import of_installation
from collector.fleet.registry.enrolment import retire
from collector.fleet.tables import kiosk_command, kiosk_status
from collector.settings import Settings
from tests.collector.broker.conftest import Mosquitto
from tests.collector.broker.test_tls import running as embedded
from tests.factories import NOW, make_journal
from tests.waiting import until

SECOND = timedelta(seconds=1)


@pytest.fixture
def secure(settings: Settings, shop: Credentials) -> Settings:
    """An installation with one kiosk, whose broker listens with TLS at all addresses."""
    made = Settings.load({**settings.environment(), "SMILEPOST_BROKER_HOST": "0.0.0.0"})  # noqa: S104
    make_certificates(made.certificates, made.certificates, ["broker.example"])
    return made


@pytest.fixture
def says(engine: Engine) -> Callable[..., None]:
    """Has exit-1 say whom it trusts."""

    def said(text: str | None) -> None:
        health = {} if text is None else {"ca": fingerprint(text)}
        with engine.begin() as connection:
            if connection.execute(update(kiosk_status).values(health=health)).rowcount:
                return
            values: dict[str, Any] = {"boot": 1, "connection": 1, "seq": 0, "confirmed": 0, "settings_version": 1}
            values |= {"state": "online", "received_at": NOW, "cursor_id": make_journal(connection, "exit-1")}
            connection.execute(kiosk_status.insert().values(kiosk_id="exit-1", health=health, **values))

    return said


def told(connection: Connection) -> list[tuple[str, str]]:
    query = select(kiosk_command.c.state, kiosk_command.c.ca).order_by(kiosk_command.c.id)
    return [(row.state, fingerprint(row.ca)) for row in connection.execute(query)]


def text_of(settings: Settings) -> str:
    return (settings.certificates / "ca.pem").read_text()


def test_a_kiosk_that_trusts_another_is_told_until_it_says_otherwise(
    secure: Settings, engine: Engine, says: Callable[..., None]
) -> None:
    old = text_of(secure)
    says(old)
    Telling(engine, secure).look(NOW)
    begin(secure.certificates)
    both = fingerprint(text_of(secure))
    Telling(engine, secure).look(NOW)
    Telling(engine, secure).look(NOW)
    with engine.connect() as connection:
        assert told(connection) == [("queued", both)]
        [command_id] = connection.scalars(select(kiosk_command.c.id))
    with connect(secure, autocommit=True) as database:
        conclude(database, "exit-1", command_id, NOW, done=True, outcome="Kept.")
    # It was not for long, or led nowhere: again, but not at once.
    Telling(engine, secure).look(NOW + AGAIN / 2)
    with engine.connect() as connection:
        assert len(told(connection)) == 1
    Telling(engine, secure).look(NOW + AGAIN * 2)
    with engine.connect() as connection:
        assert told(connection) == [("done", both), ("queued", both)]
    # What it has not heard is replaced by what holds meanwhile.
    (secure.certificates / "ca.pem").write_text(old + old)
    Telling(engine, secure).look(NOW + AGAIN * 2)
    with engine.connect() as connection:
        assert told(connection)[1:] == [("expired", both), ("queued", fingerprint(old + old))]
    says(old + old)
    Telling(engine, secure).look(NOW + AGAIN * 9)
    with engine.connect() as connection:
        assert len(told(connection)) == 3


def test_one_that_can_never_take_it_is_told_more_and_more_rarely(
    secure: Settings, engine: Engine, says: Callable[..., None]
) -> None:
    says("something else")
    at = NOW
    for times in range(12):
        Telling(engine, secure).look(at)
        with engine.connect() as connection:
            [command_id] = connection.scalars(select(kiosk_command.c.id).where(kiosk_command.c.state == "queued"))
        with connect(secure, autocommit=True) as database:
            conclude(database, "exit-1", command_id, at, done=False, outcome="There is no room.")
        at += min(AGAIN * 2**times, MOST)
        Telling(engine, secure).look(at - SECOND)
        with engine.connect() as connection:
            assert len(told(connection)) == times + 1


def test_who_does_not_say_whom_it_trusts_is_told_nothing(
    settings: Settings, secure: Settings, engine: Engine, says: Callable[..., None]
) -> None:
    says(None)
    Telling(engine, secure).look(NOW)
    says("something else")
    Telling(engine, settings).look(NOW)  # without TLS nobody trusts anything
    (secure.certificates / "ca.pem").write_text("x" * 5000)
    Telling(engine, secure).look(NOW)
    (secure.certificates / "ca.pem").unlink()
    Telling(engine, secure).look(NOW)
    with engine.connect() as connection:
        assert told(connection) == []


def test_switch_is_refused_while_a_kiosk_would_be_cut_off(
    secure: Settings, engine: Engine, says: Callable[..., None]
) -> None:
    begin(secure.certificates)
    assert "exit-1" in report(secure)
    with pytest.raises(BrokerError, match=r"(?s)1 kiosk would be cut off:.*never heard.*--leave-behind exit-1"):
        switch(secure, [], [], [])
    says(None)
    with pytest.raises(BrokerError, match="firmware may be too old"):
        switch(secure, [], [], [])
    with pytest.raises(BrokerError, match="exit-9 would not be left behind"):
        switch(secure, ["exit-9"], [], [])
    assert stage_of(secure.certificates) is Stage.BOTH
    says(text_of(secure))
    with pytest.raises(BrokerError, match="exit-1 would not be left behind"):
        switch(secure, ["exit-1"], [], [])
    assert "Next: smilepost broker ca switch" in report(secure)
    assert "the broker does not run" in switch(secure, [], [], [])
    assert "Next: smilepost broker ca end" in switch(secure, [], [], [])  # again, after it was interrupted
    end(secure.certificates)
    assert "Not known to do so" in report(secure)


def test_a_kiosk_that_is_named_is_left_behind_and_one_that_is_retired_counts_no_more(
    secure: Settings, engine: Engine
) -> None:
    begin(secure.certificates)
    assert stage_of(secure.certificates) is Stage.BOTH
    switch(secure, ["exit-1"], [], [])
    assert stage_of(secure.certificates) is Stage.SWITCHED
    end(secure.certificates)
    begin(secure.certificates)
    with engine.begin() as connection:
        retire(connection, "exit-1", NOW)
    switch(secure, [], [], [])
    assert stage_of(secure.certificates) is Stage.SWITCHED


def test_new_kiosks_are_given_what_holds_now(secure: Settings, shop: Credentials) -> None:
    for step in (lambda: begin(secure.certificates), lambda: switch(secure, ["exit-1"], [], [])):
        step()
        assert of_installation(secure, shop).ca == text_of(secure)
        assert text_of(secure).count("BEGIN CERTIFICATE") == 2


def test_doctor_says_when_it_ends_and_where_a_roll_over_stands(
    secure: Settings,
    engine: Engine,
    database: Any,
    says: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def found() -> str:
        return "\n".join(f"{each.what} | {each.remedy}" for each in examine(secure))

    with embedded(secure, database):
        assert "the CA that kiosks trust holds until" in found()
        assert "roll-over" not in found()
        begin(secure.certificates)
        assert "step 1 of 3: 0 of 1 kiosks trust what they should | \n" in found()
        says(text_of(secure))
        assert "1 of 1 kiosks trust what they should | smilepost broker ca switch is next." in found()
        switch(secure, [], [], [])
        end(secure.certificates)
    monkeypatch.setattr(certificates, "CA_DAYS", 30)
    begin(secure.certificates)
    soon = datetime.now(UTC) + timedelta(days=30)
    with embedded(secure, database):
        assert f"the CA that kiosks trust ends on {soon:%Y-%m-%d} | `smilepost broker ca` brings" in found()


def test_embedded_broker_serves_the_new_certificate_and_cuts_nobody_off(
    secure: Settings, engine: Engine, database: Any, says: Callable[..., None]
) -> None:
    old = text_of(secure)
    begin(secure.certificates)
    says(text_of(secure))
    with embedded(secure, database), greeting(secure.broker_port, old) as before:
        assert "the broker uses it for every new connection" in switch(secure, [], [], [])
        until(lambda: not trusts(secure.broker_port, old), "the new certificate")
        assert trusts(secure.broker_port, text_of(secure))
        before.sendall(b"\xc0\x00")  # its connection still stands


def test_mosquitto_reads_the_new_certificate_while_it_runs(
    mosquitto: Mosquitto, running: Mosquitto, says: Callable[..., None]
) -> None:
    port = mosquitto.listeners.port
    settings = replace(mosquitto.settings, kiosk_broker=f"mqtts://localhost:{port}")
    old = text_of(settings)
    begin(settings.certificates)
    with pytest.raises(BrokerError, match="--mosquitto FOLDER"):
        switch(settings, ["exit-1"], [], [])
    says(text_of(settings))
    assert "systemctl reload smilepost-mosquitto" in switch(settings, [], [running.folder], [])
    assert trusts(port, old)
    running.signal(signal.SIGHUP)  # what its unit does on reload
    until(lambda: not trusts(port, old), "the new certificate")
    assert trusts(port, text_of(settings))
    found = "\n".join(each.what for each in examine(settings))
    assert "the broker's certificate holds until" in found
    (settings.certificates / "ca.pem").write_text(old)
    assert "as kiosks see it: its certificate does not hold" in "\n".join(each.what for each in examine(settings))


@contextlib.contextmanager
def greeting(port: int, ca: str) -> Iterator[ssl.SSLSocket]:
    """A TLS connection of somebody who trusts this CA alone."""
    context = ssl.create_default_context(cadata=ca)
    with (
        socket.create_connection(("localhost", port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        yield secure


def trusts(port: int, ca: str) -> bool:
    try:
        with greeting(port, ca):
            return True
    except ssl.SSLCertVerificationError:
        return False
