"""`python -m benchmarks.cluster [--seconds 15] [--kiosks 400] [--fleet 2000]`: prints what docs/benchmarks.md says.

Each broker runs with the configuration that the product writes, with its collectors, one PostgreSQL and all kiosks on
this machine: three nodes and two collectors share its cores. Kiosks come without TLS, where it does not say otherwise;
collectors of the cluster and its nodes among themselves use it.
"""

import argparse
import contextlib
import os
import platform
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psycopg
from sqlalchemy.pool import NullPool

from benchmarks.brokers import embedded, mosquitto
from benchmarks.cluster.kiosks import Fleet
from benchmarks.intake.journals import name_of
from benchmarks.intake.meters import seconds as processor
from benchmarks.intake.report import percentile
from benchmarks.intake.servers import Postgres
from collector.broker.cluster import Cluster
from collector.broker.queues import QUEUES, VHOST
from collector.database import connect, make_engine
from collector.fleet.credentials import Credentials, new_secret
from collector.ingest.state import read_states
from collector.settings import Settings
from tests.rabbitmq import Nodes

#: Presses a second while single presses are timed, and while the leader dies.
PACE = 50
#: Seconds that a kiosk waits for an answer before it comes anew, as the firmware has it.
PATIENCE = 20.0
PARTS = ("rows", "return")


class Setting(NamedTuple):
    """A broker that runs, and what a collector has to know of it."""

    name: str
    settings: Settings
    ports: list[int]
    collectors: int
    #: Kills the queue's leader, where there is one.
    kill: Callable[[], None] | None = None
    #: What its certificates are checked with, where kiosks come with TLS.
    trusted: ssl.SSLContext | None = None


Serve = Callable[[Settings, Path], contextlib.AbstractContextManager[Setting]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kiosks", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each part")
    parser.add_argument("--fleet", type=int, default=2000, help="kiosks that come back at once")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    asked = parser.parse_args()
    print(f"`python -m benchmarks.cluster`, {datetime.now(UTC).date()}, {os.cpu_count()} cores, {platform.machine()}")
    with tempfile.TemporaryDirectory(prefix="smilepost-bench-") as folder:
        postgres = Postgres(Path(folder) / "data")
        try:
            if "rows" in asked.only:
                print("\n| broker | collectors | rows/s, 1 a frame | rows per CPU-second | rows/s, 20 a frame", end="")
                print(" | rows per CPU-second |", end="")
                print(f" press to table at {PACE}/s: median, 99 %, ms |\n|" + "---|" * 7, flush=True)
                for serve in (_embedded, _mosquitto, _rabbitmq):
                    with _set_up(postgres, asked.kiosks, serve, Path(folder)) as (setting, known):
                        _measure(setting, known, asked.seconds)
            if "return" in asked.only:
                print("\n| broker | TLS | kiosks at once | the last has its answer after, s | kiosks/s |", end="")
                print(" CPU of all but the kiosks, ms a kiosk | connections tried |\n|" + "---|" * 7, flush=True)
                for serve in (_embedded, _mosquitto, _rabbitmq, _rabbitmq_with_tls):
                    with _set_up(postgres, asked.fleet, serve, Path(folder)) as (setting, known):
                        _measure_return(setting, known)
        finally:
            postgres.close()


@contextlib.contextmanager
def _set_up(
    postgres: Postgres, kiosks: int, serve: Serve, folder: Path
) -> Iterator[tuple[Setting, Sequence[Credentials]]]:
    with postgres.database() as settings, tempfile.TemporaryDirectory(dir=folder) as own:
        known = _secrets(settings, kiosks)
        with serve(settings, Path(own)) as setting, _collecting(setting):
            yield setting, known


def _measure_return(setting: Setting, known: Sequence[Credentials]) -> None:
    """All connect in one moment, subscribe and say that they are online; each has its `ack` in the end."""
    fleet = Fleet(known, setting.ports, time.time(), setting.trusted, at_once=len(known), patience=PATIENCE)
    own, cpu, begun = time.process_time(), processor(os.getpid()), time.monotonic()
    fleet.settle()
    took = time.monotonic() - begun
    used = processor(os.getpid()) - cpu - (time.process_time() - own)
    cells = [setting.name, "yes" if setting.trusted else "no", f"{len(known):,}", f"{took:.1f}"]
    cells += [f"{len(known) / took:,.0f}", f"{used / len(known) * 1000:.1f}", f"{fleet.tries:,}"]
    print(f"| {' | '.join(cells)} |", flush=True)
    fleet.close()


def _measure(setting: Setting, known: Sequence[Credentials], seconds: float) -> None:
    fleet = Fleet(known, setting.ports, time.time())
    fleet.settle()
    cells = []
    for ratings in (1, 20):
        fleet.press(2, ratings=ratings)  # warm
        own = time.process_time()
        before, cpu, begun = _rows(setting.settings), processor(os.getpid()), time.monotonic()
        fleet.press(seconds, ratings=ratings)
        rows, took = _rows(setting.settings) - before, time.monotonic() - begun
        # Broker, collectors and database are this process's children; the kiosks are this process itself.
        used = processor(os.getpid()) - cpu - (time.process_time() - own)
        cells += [f"{rows / took:,.0f}", f"{rows / used:,.0f}"]
        fleet.settle()
    begun = time.time()
    fleet.press(seconds, pause=len(known) / PACE)
    fleet.settle()
    waits = _waits(setting.settings, begun)
    cells.append(f"{percentile(waits, 50) * 1000:.0f}, {percentile(waits, 99) * 1000:.0f}")
    print(f"| {setting.name} | {setting.collectors} | " + " | ".join(cells) + " |", flush=True)
    if setting.kill:
        begun = time.time()
        killer = threading.Timer(3, setting.kill)
        killer.start()
        fleet.press(seconds + 10, pause=len(known) / PACE)
        fleet.settle()
        killer.join()
        waits, gap = _waits(setting.settings, begun), _gap(setting.settings, begun)
        late = sum(wait > 1 for wait in waits)
        print(
            f"\nThe leader of the queue is killed at {PACE} presses a second: for {gap:.1f} s nothing is stored; from "
            f"press to table {max(waits):.1f} s at most, more than 1 s for {late} of {len(waits)} presses."
        )
    fleet.close()


@contextlib.contextmanager
def _embedded(settings: Settings, _folder: Path) -> Iterator[Setting]:
    with embedded(settings) as broker:
        settings = replace(settings, broker_port=broker.port)
        yield Setting("embedded (NATS)", settings, [broker.port], 1)


@contextlib.contextmanager
def _mosquitto(settings: Settings, _folder: Path) -> Iterator[Setting]:
    with mosquitto(settings) as broker:
        password = settings.data / "secrets" / "broker-collector"
        url = f"mqtt://collector@127.0.0.1:{broker.port}"
        settings = replace(settings, broker=url, broker_password_file=password)
        yield Setting("Mosquitto", settings, [broker.port], 1)


def _rabbitmq_with_tls(settings: Settings, folder: Path) -> contextlib.AbstractContextManager[Setting]:
    return _rabbitmq(settings, folder, tls=True)


@contextlib.contextmanager
def _rabbitmq(settings: Settings, folder: Path, *, tls: bool = False) -> Iterator[Setting]:
    nodes = Nodes(settings, folder / "nodes", 3)
    try:
        nodes.start()
        settings = nodes.settings(settings)
        with connect(settings, autocommit=True) as database:
            Cluster(settings).refresh_users(database)

        def kill() -> None:
            leader = nodes.ask(nodes.nodes[0], "queues", VHOST, QUEUES[0].name)["leader"]
            next(node for node in nodes.nodes if node.name == leader).kill()

        ports = [node.listeners.kiosks if tls else node.plain for node in nodes.nodes]
        trusted = ssl.create_default_context(cafile=str(settings.broker_ca)) if tls else None
        yield Setting("RabbitMQ, three nodes", settings, ports, 2, kill, trusted)
    finally:
        nodes.close()


@contextlib.contextmanager
def _collecting(setting: Setting) -> Iterator[None]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SMILEPOST_")}
    environment = {**inherited, **setting.settings.environment()}
    command = [sys.executable, "-m", "collector", "ingest"]
    processes = [
        subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(setting.collectors)
    ]
    try:
        while sum(each.state == "running" for each in read_states(setting.settings)) < setting.collectors:
            time.sleep(0.1)
        yield
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def _secrets(settings: Settings, count: int) -> list[Credentials]:
    engine = make_engine(settings, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM kiosk_secret")
        return [new_secret(connection, settings, name_of(number)) for number in range(count)]


def _rows(settings: Settings) -> int:
    with psycopg.connect(settings.database_url) as connection:
        return int(connection.execute("SELECT coalesce(sum(seq), 0) FROM cursor").fetchall()[0][0])


def _waits(settings: Settings, begun: float) -> list[float]:
    """Seconds from each press since `begun` to the commit of its row."""
    query = (
        "SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin) - happened_at) FROM rating"
        " WHERE happened_at >= to_timestamp(%s)"
    )
    with psycopg.connect(settings.database_url) as connection:
        return [float(wait) for (wait,) in connection.execute(query, [begun])]


def _gap(settings: Settings, begun: float) -> float:
    """The longest time in which nothing was committed, s."""
    query = (
        "SELECT max(at - before) FROM (SELECT at, lag(at) OVER (ORDER BY at) AS before FROM (SELECT DISTINCT"
        " extract(epoch FROM pg_xact_commit_timestamp(xmin)) AS at FROM rating WHERE happened_at >= to_timestamp(%s))"
        " AS commits) AS pairs"
    )
    with psycopg.connect(settings.database_url) as connection:
        return float(connection.execute(query, [begun]).fetchall()[0][0])


if __name__ == "__main__":
    main()
