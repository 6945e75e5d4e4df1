"""What the embedded broker does when much comes: it holds what it must, forgets what it may, and fills no disk."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import TupleRow

from collector.broker import nats
from collector.broker.limits import UNCONFIRMED
from collector.broker.nats import EmbeddedBroker
from collector.fleet.credentials import Credentials
from collector.settings import Settings
from tests.collector.broker.conftest import Busy
from tests.collector.mqtt_peer import Peer
from tests.conftest import free_ports, wait_for_port
from tests.waiting import until

Database = psycopg.Connection[TupleRow]


class Server:
    """The embedded broker, with the port at which a NATS server tells how it is."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._broker = EmbeddedBroker(settings)
        self._broker.prepare(database)
        [self._about] = free_ports(1)
        configuration = settings.data / "broker" / "nats.conf"
        configuration.write_text(configuration.read_text() + f'http: "127.0.0.1:{self._about}"\n')
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._broker.command(), stderr=subprocess.DEVNULL)
        wait_for_port(self._settings.broker_port)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def messages_held(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._about}/jsz?streams=true&acc=$G") as answer:
            [account] = json.load(answer)["account_details"]
        [stream] = [stream for stream in account["stream_detail"] if stream["name"] == "$MQTT_msgs"]
        return int(stream["state"]["messages"])


@pytest.fixture
def server(
    request: pytest.FixtureRequest, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    for name, value in getattr(request, "param", {}).items():
        monkeypatch.setattr(nats, name, value)
    server = Server(settings, database)
    yield server
    server.kill()


@pytest.fixture
def kiosk(server: Server, settings: Settings, shop: Credentials) -> Iterator[Peer]:
    peer = Peer(settings.broker_port, "exit-1-1", shop.secret, client_id="exit-1")
    assert peer.next_event() == "connected"
    yield peer
    peer.close()


def test_collector_may_hold_thousands_unconfirmed(settings: Settings, kiosk: Peer) -> None:
    collector = Busy(settings)
    said = [kiosk.client.publish("smilepost/v1/exit-1/up", b"frame", qos=1) for _ in range(UNCONFIRMED + 500)]
    said[-1].wait_for_publish(30)
    held = [collector.heard.get(timeout=10) for _ in range(UNCONFIRMED)]
    for message in held:
        collector.confirm(message)
    for _ in range(500):
        collector.confirm(collector.heard.get(timeout=10))
    collector.close()


@pytest.mark.parametrize("server", [{"FORGOTTEN": "1s"}], indirect=True)
def test_what_waits_for_a_session_that_nobody_ended_is_forgotten(
    server: Server, settings: Settings, shop: Credentials
) -> None:
    """`kill -9` of the broker: it finds the collector's old session on its disk, and nobody comes back to it."""
    collector = Busy(settings)
    server.kill()
    collector.close()
    server.start()
    kiosk = Peer(settings.broker_port, "exit-1-1", shop.secret, client_id="exit-1")
    kiosk.say("smilepost/v1/exit-1/up", b"frame")
    until(lambda: server.messages_held() == 0, "the old session's end")
    kiosk.close()


@pytest.mark.parametrize("server", [{"FILES": "256KB"}], indirect=True)
def test_full_store_makes_senders_wait_and_goes_on_once_there_is_room(
    server: Server, settings: Settings, kiosk: Peer
) -> None:
    collector = Busy(settings)
    said = [kiosk.client.publish("smilepost/v1/exit-1/up", bytes(40_000), qos=1) for _ in range(12)]
    held = [collector.heard.get(timeout=10) for _ in range(3)]
    for message in held:
        collector.confirm(message)
    until(lambda: server.messages_held() < 7, "room in the store")
    assert not said[-1].is_published()
    kiosk.client.reconnect()  # as a kiosk does that is not answered; what was not acknowledged goes again
    for _ in range(9):
        collector.confirm(collector.heard.get(timeout=20))
    collector.close()
