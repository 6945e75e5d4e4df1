"""Events reach their receivers: over real HTTP, signed, again and again, and never lost."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from collector.notify.deliver import SCHEDULE, Delivery
from collector.notify.signature import secret_of
from collector.notify.tables import webhook
from collector.notify.webhooks import GONE, replay, rotate
from collector.queue.executor import Failed, Job, Later
from collector.queue.tables import job
from collector.settings import Settings
from simulators.webhook_receiver import Receiver
from tests.collector.notify.conftest import happens, jobs, working
from tests.factories import Shop, make_shop

Receives = Callable[..., tuple[int, Receiver, int]]


def test_an_event_arrives_signed_and_as_a_cloud_event(
    engine: Engine, settings: Settings, riverside: Shop, receives: Receives
) -> None:
    _, receiver, port = receives(riverside.store)
    with engine.begin() as connection:
        happens(connection, riverside, 184)
    with receiver.running(port), working(settings, engine):
        assert receiver.wait_for(lambda: receiver.requests == [("case-184-opened", 204)])
    assert receiver.events[0]["data"] == {"case": 184, "store": riverside.store, "step": 0}
    ((headers, body),) = receiver.messages
    assert headers["content-type"] == "application/cloudevents+json"
    assert json.loads(body)["source"] == settings.url
    assert jobs(engine) == [("case-184-opened", "done", 1, None)]


def test_whoever_stands_at_or_above_the_store_hears_of_it(
    engine: Engine, settings: Settings, riverside: Shop, receives: Receives
) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    hooks = [receives(place)[0] for place in (riverside.organisation, riverside.region, hillside.region)]
    off = receives(riverside.store)[0]
    with engine.begin() as connection:
        connection.execute(update(webhook).where(webhook.c.id == off).values(active=False))
        happens(connection, riverside, 1)
        happens(connection, riverside, 1)
    with engine.connect() as connection:
        targets = connection.scalars(select(job.c.target).order_by(job.c.id)).all()
    assert targets == [f"webhook/{hooks[0]}", f"webhook/{hooks[1]}"]


def test_a_receiver_that_says_nothing_delays_nobody_else(
    engine: Engine, settings: Settings, riverside: Shop, receives: Receives
) -> None:
    mute_id, mute, mute_port = receives(riverside.store)
    _, well, port = receives(riverside.store)
    mute.mute = True
    with engine.begin() as connection:
        expected = [happens(connection, riverside, number) for number in range(5)]
    with working(settings, engine), mute.running(mute_port), well.running(port):
        assert mute.wait_for(lambda: len(mute.requests) == 1)
        assert well.wait_for(lambda: len(well.events) == 5)
        # All that time the first one has been waited for, and nobody else waited for it.
        assert len(mute.requests) == 1
        with engine.connect() as connection:
            sending = connection.scalars(select(job.c.target).where(job.c.state == "sending")).all()
        assert f"webhook/{mute_id}" in sending
    assert [event["id"] for event in well.events] == expected


def test_a_dead_receiver_gets_everything_when_it_is_back(
    engine: Engine, settings: Settings, riverside: Shop, receives: Receives
) -> None:
    webhook_id, receiver, port = receives(riverside.store)
    with engine.begin() as connection:
        happens(connection, riverside, 1)
    assert Delivery(engine, settings).execute(a_job(webhook_id), lambda: None) == Later(
        "The receiver cannot be reached.", pytest.approx(SCHEDULE[0] * 1.1, rel=0.1)
    )
    with working(settings, engine, schedule=[0] * 1_000_000), receiver.running(port):
        assert receiver.wait_for(lambda: len(receiver.events) == 1)


@pytest.mark.parametrize("status", [302, 400, 429, 500])
def test_after_the_last_try_it_is_a_dead_letter_and_can_be_replayed_under_its_id(
    engine: Engine, settings: Settings, riverside: Shop, receives: Receives, status: int
) -> None:
    webhook_id, receiver, port = receives(riverside.store, status)
    with engine.begin() as connection:
        happens(connection, riverside, 1)
    with receiver.running(port):
        with working(settings, engine, schedule=(0, 0)):
            assert receiver.wait_for(lambda: len(receiver.requests) == 3)
        assert jobs(engine) == [("case-1-opened", "failed", 3, f"The receiver answered {status}. Tried 3 times.")]
        assert len({body for _, body in receiver.messages}) == 1  # a repeat says the same, byte by byte
        receiver.status = 204
        with engine.begin() as connection:
            assert replay(connection, webhook_id, by="a test") == 1
        with working(settings, engine, schedule=()):
            assert receiver.wait_for(lambda: len(receiver.requests) == 4)
    assert receiver.requests == [("case-1-opened", status)] * 3 + [("case-1-opened", 204)]
    assert len(receiver.events) == 1
    assert jobs(engine) == [("case-1-opened", "done", 1, None)]


def test_a_delivered_event_is_replayed_only_by_name(
    engine: Engine, settings: Settings, riverside: Shop, receives: Receives
) -> None:
    webhook_id, receiver, port = receives(riverside.store)
    with engine.begin() as connection:
        happens(connection, riverside, 1)
        happens(connection, riverside, 2)
    with receiver.running(port):
        with working(settings, engine):
            assert receiver.wait_for(lambda: len(receiver.events) == 2)
        with engine.begin() as connection:
            assert replay(connection, webhook_id, by="a test") == 0
            assert replay(connection, webhook_id + 1, "case-1-opened", by="a test") == 0
            assert replay(connection, webhook_id, "case-1-opened", by="a test") == 1
            assert replay(connection, webhook_id, "case-1-opened", by="a test") == 0  # it is on its way
        with working(settings, engine):
            assert receiver.wait_for(lambda: len(receiver.requests) == 3)
    assert receiver.requests[2] == ("case-1-opened", 204)
    assert len(receiver.events) == 2


def test_the_schedule_is_days_long_and_ends(
    engine: Engine, settings: Settings, riverside: Shop, receives: Receives
) -> None:
    webhook_id, receiver, port = receives(riverside.store, 503)
    with engine.begin() as connection:
        happens(connection, riverside, 1)
    delivery = Delivery(engine, settings)
    with receiver.running(port):
        outcomes = [delivery.execute(a_job(webhook_id, attempts), lambda: None) for attempts in range(1, 11)]
    for outcome, wait in zip(outcomes, SCHEDULE, strict=False):
        assert isinstance(outcome, Later)
        assert wait <= outcome.seconds <= 1.2 * wait
    assert outcomes[-1] == Failed("The receiver answered 503. Tried 10 times.")


def test_410_switches_the_webhook_off(engine: Engine, settings: Settings, riverside: Shop, receives: Receives) -> None:
    webhook_id, receiver, port = receives(riverside.store, 410)
    with engine.begin() as connection:
        happens(connection, riverside, 1)
        happens(connection, riverside, 2)
    with receiver.running(port), working(settings, engine):
        assert receiver.wait_for(lambda: len(receiver.requests) == 1)
    assert jobs(engine) == [("case-1-opened", "failed", 1, GONE), ("case-2-opened", "failed", 0, GONE)]
    with engine.begin() as connection:
        assert connection.scalar(select(webhook.c.active).where(webhook.c.id == webhook_id)) is False
        happens(connection, riverside, 3)
    assert len(jobs(engine)) == 2


def test_during_a_rotation_both_secrets_are_good_and_afterwards_only_the_new(
    engine: Engine, settings: Settings, riverside: Shop, receives: Receives
) -> None:
    webhook_id, receiver, port = receives(riverside.store)
    with receiver.running(port), working(settings, engine, schedule=()):
        for number, answer in [(1, 204), (2, 204), (3, 401)]:  # it still knows its first secret only
            if number > 1:
                with engine.begin() as connection:
                    rotate(connection, webhook_id, None)
            with engine.begin() as connection:
                event_id = happens(connection, riverside, number)
            assert receiver.wait_for(lambda event_id=event_id, answer=answer: (event_id, answer) in receiver.requests)
        receiver.secrets = [secret_of(settings.secret("webhooks"), webhook_id, 3)]
        with engine.begin() as connection:
            event_id = happens(connection, riverside, 4)
        assert receiver.wait_for(lambda: (event_id, 204) in receiver.requests)


def test_a_worker_killed_while_sending_loses_nothing(
    engine: Engine, settings: Settings, riverside: Shop, receives: Receives
) -> None:
    _, receiver, port = receives(riverside.store)
    receiver.mute = True
    with engine.begin() as connection:
        happens(connection, riverside, 1)
    with receiver.running(port):
        with worker_process(settings) as process:
            assert receiver.wait_for(lambda: len(receiver.requests) == 1)
            process.kill()
        assert jobs(engine) == [("case-1-opened", "sending", 1, None)]
        receiver.mute = False
        with working(settings, engine):
            assert receiver.wait_for(lambda: len(receiver.requests) == 2)
    assert receiver.requests == [("case-1-opened", None), ("case-1-opened", 204)]
    assert jobs(engine) == [("case-1-opened", "done", 2, None)]


def test_workers_killed_again_and_again_before_they_heard_the_answer(
    engine: Engine, settings: Settings, riverside: Shop, receives: Receives
) -> None:
    _, receiver, port = receives(riverside.store)
    with engine.begin() as connection:
        expected = [happens(connection, riverside, number) for number in range(10)]
    with receiver.running(port):
        for killed_at in (1, 4, 7):
            with worker_process(settings) as process:

                def kill(event: dict[str, Any], process: Any = process, killed_at: int = killed_at) -> None:
                    if event["id"] == expected[killed_at]:
                        process.kill()

                receiver.on_event = kill
                assert process.wait(60) == -signal.SIGKILL
        with working(settings, engine):
            assert receiver.wait_for(lambda: len(receiver.events) == 10)
    assert sorted(event["id"] for event in receiver.events) == expected  # each one, and once
    assert {answered for _, answered in receiver.requests} == {204}
    assert len(receiver.requests) == 13  # what the killed ones had sent was sent again, under its id
    assert {state for _, state, _, _ in jobs(engine)} == {"done"}


def test_a_redirect_is_not_followed(engine: Engine, settings: Settings, riverside: Shop, receives: Receives) -> None:
    webhook_id, receiver, port = receives(riverside.store)

    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(307)
            self.send_header("Location", f"http://127.0.0.1:{port}/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server, receiver.running(port):
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with engine.begin() as connection:
            url = f"http://127.0.0.1:{server.server_port}/"
            connection.execute(update(webhook).where(webhook.c.id == webhook_id).values(url=url))
            happens(connection, riverside, 1)
        outcome = Delivery(engine, settings, ()).execute(a_job(webhook_id), lambda: None)
        thread.join(30)
    assert outcome == Failed("The receiver answered 307. Tried 1 times.")
    assert receiver.requests == []


def test_a_receiver_with_a_strange_certificate_is_told_nothing(
    engine: Engine, settings: Settings, riverside: Shop, receives: Receives, certificates: Path
) -> None:
    webhook_id, _, _ = receives(riverside.store)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "broker.pem", certificates / "broker.key")
    heard: list[str] = []

    def receive(server: socket.socket) -> None:
        try:
            with context.wrap_socket(server.accept()[0], server_side=True) as connection:
                heard.append(connection.recv(1).decode())
        except ssl.SSLError:
            pass

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=receive, args=[server])
        thread.start()
        with engine.begin() as connection:
            url = f"https://localhost:{server.getsockname()[1]}/"
            connection.execute(update(webhook).where(webhook.c.id == webhook_id).values(url=url))
            happens(connection, riverside, 1)
        outcome = Delivery(engine, settings, ()).execute(a_job(webhook_id), lambda: None)
        thread.join(30)
    assert outcome == Failed("The receiver's certificate is not to be trusted. Tried 1 times.")
    assert not any(heard)


def test_the_consumer_in_the_document_works(
    engine: Engine, settings: Settings, riverside: Shop, receives: Receives, tmp_path: Path
) -> None:
    document = (Path(__file__).parents[3] / "docs" / "central-queue.md").read_text()
    code = document.split("```python\n")[1].split("```")[0]
    assert len(code.splitlines()) <= 40
    (tmp_path / "consumer.py").write_text(code)
    webhook_id, _, port = receives(riverside.store)
    secret = secret_of(settings.secret("webhooks"), webhook_id, 1)
    with subprocess.Popen(
        [sys.executable, tmp_path / "consumer.py", str(port)],
        env={"WEBHOOK_SECRET": secret},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            with engine.begin() as connection:
                happens(connection, riverside, 184)
            with working(settings, engine, schedule=[0] * 1_000_000):
                assert process.stdout.readline() == "smilepost.case.opened cases/184\n"
            with engine.begin() as connection:
                replay(connection, webhook_id, "case-184-opened", by="a test")
                happens(connection, riverside, 185)
            with working(settings, engine):
                assert process.stdout.readline() == "smilepost.case.opened cases/185\n"  # the repeat was dropped
            with engine.begin() as connection:
                rotate(connection, webhook_id, None)
                rotate(connection, webhook_id, None)
                happens(connection, riverside, 186)
            assert Delivery(engine, settings, ()).execute(a_job(webhook_id, number=186), lambda: None) == Failed(
                "The receiver answered 401. Tried 1 times."
            )
        finally:
            process.kill()
            process.communicate()


def a_job(webhook_id: int, attempts: int = 1, number: int = 1) -> Job:
    payload = {"webhook": webhook_id, "event": f"case-{number}-opened"}
    values = {"target": f"webhook/{webhook_id}", "key": "a key", "payload": payload, "attempts": attempts}
    return Job(id=1, expires_at=datetime.now(UTC) + timedelta(days=4), **values)


@contextmanager
def worker_process(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    code = """
from collector.database import make_engine
from collector.notify.deliver import Delivery
from collector.queue.worker import Worker
from collector.settings import Settings

settings = Settings.load()
Worker(settings, Delivery(make_engine(settings), settings)).run()
"""
    environment = os.environ | settings.environment()
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()
