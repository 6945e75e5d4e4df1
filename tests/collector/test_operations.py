"""How machines watch this one."""

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg.rows import TupleRow
from sqlalchemy import Engine, insert, text

from collector.accounts.tokens import make_token
from collector.ingest.state import Doing, tell
from collector.ingest.tables import gap
from collector.ratings.kinds import Mark
from collector.settings import Settings
from tests.collector.alarms import make_alarm
from tests.collector.intake import say, state
from tests.factories import NOW, Shop, add_up, make_kiosk, make_put_aside, make_ratings


@pytest.fixture
def broker() -> Iterator[int]:
    """Port of something that answers as a broker's port does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def client_at(make_app: Callable[..., Flask], port: int, **changed: str) -> FlaskClient:
    """Who watches an installation whose broker is at a port."""
    return make_app(broker=f"mqtt://collector@127.0.0.1:{port}", **changed).test_client()


def test_up_and_ready(make_app: Callable[..., Flask], settings: Settings, broker: int) -> None:
    client = client_at(make_app, broker)
    say(settings, state(Doing.RUNNING))
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json == {"status": "ready"}


def test_without_a_collector_at_work_it_is_not_ready(
    make_app: Callable[..., Flask], settings: Settings, broker: int
) -> None:
    client = client_at(make_app, broker)
    assert client.get("/readyz").json["detail"].startswith("No collector takes the kiosks' ratings in.")
    say(settings, state(Doing.WAITING_FOR_DATABASE))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["detail"] == (
        "The collector waits for the database. Nobody answers at port 1."
        " It goes on by itself when the database is back."
    )


def test_with_a_collector_at_work_on_another_machine_it_is_ready_and_tells_of_the_one_that_is_not(
    make_app: Callable[..., Flask], settings: Settings, broker: int, empty_database: psycopg.Connection[TupleRow]
) -> None:
    client = client_at(make_app, broker)
    tell(empty_database, state(Doing.WAITING_FOR_DATABASE, machine="m2"))
    tell(empty_database, state(Doing.RUNNING, machine="m3"))
    assert client.get("/readyz").json == {"status": "ready"}
    assert set(client.get("/metrics").text.splitlines()) >= {
        'smilepost_intake_working{machine="m2"} 0.0',
        'smilepost_intake_working{machine="m3"} 1.0',
    }
    tell(empty_database, state(Doing.WAITING_FOR_BROKER, machine="m3"))
    against = client.get("/readyz").json["detail"]
    assert "On m2: The collector waits for the database." in against
    assert "On m3: The collector waits for the broker." in against


def test_without_its_broker_it_is_not_ready(make_app: Callable[..., Flask]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        closed = gone.getsockname()[1]
    answer = client_at(make_app, closed).get("/readyz")
    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"
    assert answer.json["detail"] == "The broker cannot be reached."


def test_without_its_database_it_is_up_but_not_ready(make_app: Callable[..., Flask], broker: int) -> None:
    client = client_at(make_app, broker, database="postgresql://secret@127.0.0.1:1/none")
    assert client.get("/readyz").json["detail"] == "The database cannot be reached."
    assert client.get("/healthz").status_code == 200
    assert "smilepost_database_up 0.0" in client.get("/metrics").text


def test_with_tables_of_another_version_it_is_not_ready(
    make_app: Callable[..., Flask], engine: Engine, broker: int
) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    assert "doctor --mend" in client_at(make_app, broker).get("/readyz").json["detail"]


def test_metrics_count_what_others_did(visitor: FlaskClient, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        at = make_kiosk(connection, riverside, "secret-place")
        make_kiosk(connection, riverside, heard=NOW - timedelta(hours=1))
        make_kiosk(connection, riverside, state="offline")
        make_ratings(connection, at, [1, 2, 3])
        make_ratings(connection, at, [1], mark=Mark.TEST)
        add_up(connection)
        make_put_aside(connection, "secret-place", b"x", "odd", times=2)
        connection.execute(insert(gap).values(cursor_id=at, first_seq=1, last_seq=5, reason="full", found_at=NOW))
    visitor.get("/kiosks/secret-place")
    found = visitor.get("/metrics")
    assert found.content_type.startswith("text/plain")
    lines = set(found.text.splitlines())
    assert lines >= {
        "smilepost_ratings_stored_total 4.0",
        "smilepost_ratings_marked 1.0",
        "smilepost_records_received_total 4.0",
        "smilepost_put_aside_total 2.0",
        "smilepost_gaps_total 1.0",
        "smilepost_records_lost_total 5.0",
        "smilepost_kiosks_enrolled 3.0",
        "smilepost_kiosks_online 1.0",
        'smilepost_http_requests_total{method="GET",route="/kiosks/<kiosk_id>",status="302"} 1.0',
    }
    assert "secret-place" not in found.text


def test_metrics_count_alarms_by_kind(visitor: FlaskClient, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        for name in ("exit-1", "exit-2"):
            make_kiosk(connection, riverside, name)
            make_alarm(connection, name, "clock", times=3)
    lines = set(visitor.get("/metrics").text.splitlines())
    assert lines >= {'smilepost_alarms_total{kind="clock"} 6.0', 'smilepost_alarms_total{kind="flood"} 0.0'}


@pytest.mark.parametrize("database", [None, "postgresql://127.0.0.1:1/none"])
def test_metrics_tell_what_the_intake_does_even_without_a_database(
    make_app: Callable[..., Flask], settings: Settings, database: str | None
) -> None:
    say(settings, said := state(Doing.WAITING_FOR_DATABASE))
    client = make_app(database=database or settings.database).test_client()
    assert set(client.get("/metrics").text.splitlines()) >= {
        'smilepost_intake_processes{state="running"} 0.0',
        'smilepost_intake_processes{state="waiting for the database"} 1.0',
        'smilepost_intake_processes{state="waiting for the broker"} 0.0',
        f'smilepost_intake_waiting_messages{{process="{said.pid}"}} 12.0',
        f'smilepost_intake_records_total{{process="{said.pid}"}} 3456.0',
    }


def test_metrics_are_for_this_machine_and_for_tokens_with_the_scope(
    visitor: FlaskClient, engine: Engine, riverside: Shop, program: Callable
) -> None:
    def status(remote: str = "127.0.0.1", scope: str | None = None, **headers: str) -> int:
        if scope:
            with engine.begin() as connection:
                token = make_token(connection, "prometheus", [scope], riverside.organisation)
            headers["Authorization"] = f"Bearer {token}"
        return visitor.get("/metrics", environ_base={"REMOTE_ADDR": remote}, headers=headers).status_code

    assert status() == status("::1") == 200
    assert status("192.0.2.7") == 403
    assert status("192.0.2.7", scope="read") == 403
    assert status("192.0.2.7", scope="metrics") == 200
    assert status("127.0.0.1", **{"X-Forwarded-For": "192.0.2.7"}) == 403
