"""How many kiosks and frames the brokers are good for: `python -m benchmarks.brokers [--kiosks 1000] [--seconds 10]`.

Each broker runs with the configuration that the product writes, each kiosk as a user of its own. All kiosks connect,
subscribe and leave a status; then each says frames, the next one when the last was acknowledged, and one plain
collector confirms what it gets. Nothing is stored. Then somebody guesses passwords. Brokers, kiosks and collector share
the machine.
"""

import argparse
import contextlib
import multiprocessing
import os
import platform
import selectors
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from sqlalchemy import Connection, text
from sqlalchemy.pool import NullPool

from benchmarks.intake.packets import CONNACK, PUBACK, connect, publish, subscribe
from collector import migrations
from collector.broker.mosquitto import Listeners, write_configuration
from collector.broker.nats import EmbeddedBroker
from collector.database import connect as connect_database
from collector.database import make_engine
from collector.fleet.credentials import new_secret
from collector.ingest import packets
from collector.settings import Settings
from collector.topics import HEARS, ROOT, topic_of
from collector.up.postgres import running
from tests.conftest import free_ports

#: As a kiosk's frame with two ratings, and as its status.
FRAME, STATUS = b"f" * 220, b"s" * 320
#: Kiosks that are on their way in at the same time.
AT_ONCE = 200


class Broker(NamedTuple):
    name: str
    process: subprocess.Popen[bytes]
    port: int

    @property
    def memory(self) -> float:
        """Resident, MB."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 1e6

    @property
    def cpu(self) -> float:
        """Processor time so far, s."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)


class Kiosk:
    """One connection of the loader's."""

    def __init__(self, name: str, secret: str) -> None:
        self.name, self._secret = name, secret
        self.up = topic_of(name, "up").encode()
        self.status = topic_of(name, "status").encode()
        self.reader = packets.Reader()
        self.socket: socket.socket | None = None

    def open(self, port: int) -> socket.socket:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(connect(self.name, f"{self.name}-1", self._secret, (self.status, STATUS)))
        return self.socket


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kiosks", type=int, nargs="+", default=[1000, 3000, 5000])
    parser.add_argument("--seconds", type=float, default=10.0, help="of frames")
    asked = parser.parse_args()
    print(f"`python -m benchmarks.brokers`, {datetime.now(UTC).date()}, {os.cpu_count()} cores, {platform.machine()}\n")
    print("| broker | kiosks | connected, subscribed, status left, s | memory, MB | frames/s acknowledged |", end="")
    print(" frames/s at the collector | broker's CPU a frame, µs | guesses/s refused |\n|" + "---|" * 8, flush=True)
    with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as settings:
        known = enrolled(settings, max(asked.kiosks))
        for serve in (embedded, mosquitto):
            for count in asked.kiosks:
                with serve(settings) as broker:
                    print(measured(broker, settings, known[:count], asked.seconds), flush=True)


@contextlib.contextmanager
def database(folder: Path) -> Iterator[Settings]:
    """A registry of kiosks: brokers are set up from it."""
    settings = Settings.load({}, data=folder / "data")
    with running(settings):
        migrations.upgrade(make_engine(settings, poolclass=NullPool))
        yield settings


def enrolled(settings: Settings, count: int) -> list[tuple[str, str]]:
    """Kiosks with their secrets."""
    engine = make_engine(settings, poolclass=NullPool)
    with engine.begin() as connection:
        return [_enrolled(connection, settings, f"k-{number}") for number in range(count)]


def _enrolled(connection: Connection, settings: Settings, name: str) -> tuple[str, str]:
    connection.execute(text("INSERT INTO kiosk (id, state) VALUES (:name, 'enrolled')"), {"name": name})
    return name, new_secret(connection, settings, name).secret


@contextlib.contextmanager
def embedded(settings: Settings) -> Iterator[Broker]:
    settings = replace(settings, broker_port=free_ports(1)[0])
    shutil.rmtree(settings.data / "broker", ignore_errors=True)
    broker = EmbeddedBroker(settings)
    with connect_database(settings) as connection:
        broker.prepare(connection)
    with _running("embedded (NATS server)", broker.command(), settings.broker_port) as running:
        yield running


@contextlib.contextmanager
def mosquitto(settings: Settings) -> Iterator[Broker]:
    program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if not program:
        raise SystemExit("The benchmark needs Mosquitto. On Debian: apt-get install mosquitto")
    folder = settings.data / "mosquitto"
    shutil.rmtree(folder, ignore_errors=True)
    listeners = Listeners("127.0.0.1", *free_ports(2))
    with connect_database(settings) as connection:
        write_configuration(settings, connection, folder, ["localhost"], listeners)
    configuration = folder / "mosquitto.conf"
    written = configuration.read_text().replace("max_connections 100\n", "max_connections -1\n")
    configuration.write_text(("user root\n" if os.geteuid() == 0 else "") + written)
    with _running("Mosquitto", [program, "-c", str(configuration)], listeners.local_port) as running:
        yield running


@contextlib.contextmanager
def _running(name: str, command: Sequence[str], port: int) -> Iterator[Broker]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
            time.sleep(0.02)
        yield Broker(name, process, port)
    finally:
        process.kill()
        process.wait()


def measured(broker: Broker, settings: Settings, known: Sequence[tuple[str, str]], seconds: float) -> str:
    """A line of the table."""
    kiosks = [Kiosk(name, secret) for name, secret in known]
    begun = time.monotonic()
    bring_in(kiosks, broker.port)
    came = time.monotonic() - begun
    memory = broker.memory
    received: Synchronized[int] = multiprocessing.Value("q", 0)
    subscribed = multiprocessing.Event()
    collector = multiprocessing.Process(
        target=collect, args=(broker.port, settings.secret("broker-collector"), received, subscribed), daemon=True
    )
    collector.start()
    subscribed.wait()
    cpu, begun = broker.cpu, time.monotonic()
    acknowledged = say_frames(kiosks, seconds)
    took, heard, cpu = time.monotonic() - begun, received.value, broker.cpu - cpu
    collector.kill()
    collector.join()
    guesses = guess(broker.port, known[0][0], min(seconds, 3.0))
    for kiosk in kiosks:
        if kiosk.socket:
            kiosk.socket.close()
    return (
        f"| {broker.name} | {len(kiosks):,} | {came:.1f} | {memory:.0f} | {acknowledged / took:,.0f} | "
        f"{heard / took:,.0f} | {cpu / max(acknowledged, 1) * 1e6:.0f} | {guesses:,.0f} |"
    )


def bring_in(kiosks: Sequence[Kiosk], port: int) -> None:
    """All connect, subscribe and leave their status, AT_ONCE at a time."""
    waiting, done = list(reversed(kiosks)), 0
    with selectors.DefaultSelector() as selector:

        def let_in() -> None:
            if waiting:
                kiosk = waiting.pop()
                selector.register(kiosk.open(port), selectors.EVENT_READ, kiosk)

        for _ in range(AT_ONCE):
            let_in()
        while done < len(kiosks):
            for kiosk, packet in _arrived(selector):
                if packet.kind == CONNACK:
                    packets.check_connack(packet.body)
                    topics = [topic_of(kiosk.name, name).encode() for name in HEARS]
                    kiosk.socket.sendall(subscribe(1, topics) + publish(2, kiosk.status, STATUS, retain=True))
                elif packet.kind == PUBACK:
                    done += 1
                    selector.unregister(kiosk.socket)
                    let_in()


def say_frames(kiosks: Sequence[Kiosk], seconds: float) -> int:
    """Each says a frame, and the next one when that is acknowledged; how many were."""
    acknowledged = 0
    with selectors.DefaultSelector() as selector:
        for kiosk in kiosks:
            assert kiosk.socket  # noqa: S101 - it was brought in
            selector.register(kiosk.socket, selectors.EVENT_READ, kiosk)
            kiosk.socket.sendall(publish(3, kiosk.up, FRAME))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for kiosk, packet in _arrived(selector):
                if packet.kind == PUBACK:
                    acknowledged += 1
                    kiosk.socket.sendall(publish(3, kiosk.up, FRAME))
    return acknowledged


def _arrived(selector: selectors.BaseSelector) -> Iterator[tuple[Any, Any]]:
    for key, _ in selector.select(1):
        kiosk: Kiosk = key.data
        data = kiosk.socket.recv(65_536) if kiosk.socket else b""
        if not data:
            raise SystemExit(f"the broker has closed the connection of {kiosk.name}")
        for packet in kiosk.reader.feed(data):
            yield kiosk, packet


def collect(port: int, password: str, received: "Synchronized[int]", subscribed: Any) -> None:
    """Confirms all that comes, as the intake does, without storing it."""
    reader = packets.Reader()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(packets.connect("collector-bench", "collector", password, 0))
        packets.check_connack(connection.recv(4)[2:])
        connection.sendall(packets.subscribe([(f"{ROOT}/+/up", 1)]))
        while data := connection.recv(262_144):
            ids: list[int] = []
            for packet in reader.feed(data):
                if isinstance(packet, packets.Publish):
                    ids.append(packet.packet_id)
                else:
                    subscribed.set()
            if ids:
                received.value += len(ids)
                connection.sendall(packets.pubacks(ids))


def guess(port: int, name: str, seconds: float) -> float:
    """Wrong passwords of a known kiosk, one connection after the other; how many a second are refused."""
    refused, begun = 0, time.monotonic()
    while time.monotonic() - begun < seconds:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(connect(name, f"{name}-1", f"guess-{refused}"))
            with contextlib.suppress(ConnectionResetError):
                while connection.recv(64):
                    pass
        refused += 1
    return refused / (time.monotonic() - begun)


if __name__ == "__main__":
    main()
