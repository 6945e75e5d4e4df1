"""A real Mosquitto, with the configuration that `smilepost broker mosquitto` writes."""

import queue
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from collector.broker.client import mqtt_client
from collector.broker.mosquitto import Listeners, write_configuration
from collector.database import connect
from collector.fleet.credentials import Credentials
from collector.settings import Settings
from collector.topics import ROOT
from tests.conftest import free_ports, wait_for_port
from tests.mosquitto import command


class Mosquitto:
    """A Mosquitto in a folder of its own, and the settings of an installation that uses it."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.folder = folder
        self.listeners = Listeners("127.0.0.1", *free_ports(2))
        self.settings = replace(
            settings,
            broker=f"mqtt://collector@127.0.0.1:{self.listeners.local_port}",
            broker_password_file=settings.data / "secrets" / "broker-collector",
            broker_ca=settings.certificates / "ca.pem",
            broker_control="dynamic-security",
        )
        self._process: subprocess.Popen[bytes] | None = None

    def write(self) -> None:
        with connect(self.settings) as database:
            write_configuration(self.settings, database, self.folder, ["broker.example"], self.listeners)

    def start(self) -> None:
        with (self.folder / "mosquitto.log").open("a") as log:
            self._process = subprocess.Popen(command(self.folder), stdout=log, stderr=log)
        for port in self.listeners[1:]:
            wait_for_port(port)

    def signal(self, number: int) -> None:
        assert self._process
        self._process.send_signal(number)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


class Busy:
    """A collector that confirms nothing until it is told to."""

    def __init__(self, settings: Settings) -> None:
        self.heard: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        self._subscribed = threading.Event()
        self._client = mqtt_client(settings, client_id="collector-busy", manual_ack=True)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _client, _userdata, message: self.heard.put(message)
        self._client.connect(settings.broker_address.host, settings.broker_address.port)
        self._client.loop_start()
        self._client.subscribe(f"{ROOT}/+/up", 1)
        assert self._subscribed.wait(10)

    def confirm(self, message: mqtt.MQTTMessage) -> None:
        self._client.ack(message.mid, message.qos)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def mosquitto(settings: Settings, tmp_path: Path) -> Iterator[Mosquitto]:
    server = Mosquitto(settings, tmp_path / "mosquitto")
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture
def running(mosquitto: Mosquitto, shop: Credentials) -> Mosquitto:
    """With the one kiosk of the shop, whose secret was made while the embedded broker was in use."""
    mosquitto.write()
    mosquitto.start()
    return mosquitto
