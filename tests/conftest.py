"""What tests share: a real PostgreSQL for the session, and a fresh database of the newest shape for each test."""

import contextlib
import functools
import itertools
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
import structlog
from psycopg.rows import TupleRow
from sqlalchemy import Engine, select
from sqlalchemy.pool import NullPool

from collector import migrations
from collector.broker.nats import EmbeddedBroker
from collector.database import connect, make_engine
from collector.fleet.credentials import Credentials
from collector.fleet.registry.enrolment import enrol
from collector.places.tables import touchpoint
from collector.settings import Settings
from collector.surveys.tables import question
from collector.up.postgres import running
from collector.up.shop import open_shop
from tests.waiting import until

# Says how printed codes scan with a missing column; has a RabbitMQ for all tests that need one.
pytest_plugins = ["tests.printer.columns", "tests.rabbitmq"]

#: What a run of some tests side by side takes at most, bytes.
ROOM_IN_MEMORY = 2 * 1024**3

#: The tests of the collector's own folders: most, and each of them brief.
BRIEF = Path(__file__).parent / "collector"

#: Runs of tests at most that do not meet at one port.
_SIDE_BY_SIDE = 16

_numbers = itertools.count(1)

# No test is timed: the machine may be busy.
hypothesis.settings.register_profile("smilepost", deadline=None)
hypothesis.settings.load_profile("smilepost")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole installations, boards and browsers first: at the end no worker is left alone with a long one."""
    items.sort(key=lambda item: item.path.is_relative_to(BRIEF))


@pytest.fixture(autouse=True)
def log_of_its_own() -> Iterator[None]:
    """What a test's own call of the program sets up, no other test logs to."""
    yield
    structlog.reset_defaults()


def _ports_of_this_run() -> Iterator[int]:
    """Below those that a system gives to whoever connects (Linux: 32768 on), and apart for tests side by side."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", f"gw{_SIDE_BY_SIDE - 1}").removeprefix("gw")) % _SIDE_BY_SIDE
    ports = range(20_000 + worker, 32_000, _SIDE_BY_SIDE)
    begin = secrets.randbelow(len(ports))
    return itertools.cycle([*ports[begin:], *ports[:begin]])


_ports = _ports_of_this_run()


def free_ports(count: int) -> list[int]:
    """Ports of this machine that are free, and stay so until whoever asked listens there."""
    return list(itertools.islice(filter(_is_free, _ports), count))


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def port_settings() -> dict[str, int]:
    """Settings of an installation that meets no other: a free port for each part."""
    names = ("port", "live_port", "floor_port", "broker_port", "printer_port", "mail_port", "sms_port")
    return dict(zip(names, free_ports(len(names)), strict=True))


def wait_for_port(port: int) -> None:
    """Wait until something answers at a port of this machine."""

    def answers() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    until(answers, f"an answer at port {port}")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for PostgreSQL's files, in memory where the machine has room there: a disk is what making a database
    for each test waits for."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < ROOM_IN_MEMORY:
        yield tmp_path_factory.mktemp("postgres")
        return
    for left in memory.glob("smilepost-tests-*-*"):  # by a run that was killed
        if not Path("/proc", left.name.split("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=memory, prefix=f"smilepost-tests-{os.getpid()}-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres(cluster: Path) -> Iterator[Settings]:
    """Settings of a running embedded PostgreSQL whose database `smilepost` is migrated."""
    settings = Settings.load(environ={}, data=cluster)
    # Nothing here must outlive the machine: without fsync, and with a short log, the suite is quicker.
    with running(settings, "fsync=off", "min_wal_size=32MB", "max_wal_size=128MB"):
        migrations.upgrade(make_engine(settings, poolclass=NullPool))
        yield settings
        administration(settings.database_url).close()


@functools.cache
def administration(url: str) -> psycopg.Connection[TupleRow]:
    """A connection of a server that makes and drops databases; one for all tests, since to connect costs as much."""
    return psycopg.connect(url, dbname="postgres", autocommit=True)


@pytest.fixture
def settings(postgres: Settings, tmp_path: Path) -> Iterator[Settings]:
    with empty_installation(postgres, tmp_path) as made:
        yield made


@contextlib.contextmanager
def empty_installation(postgres: Settings, folder: Path) -> Iterator[Settings]:
    """Settings of an installation with a database of its own, migrated and empty."""
    name = f"test_{next(_numbers)}"
    server = administration(postgres.database_url)
    server.execute(f"CREATE DATABASE {name} TEMPLATE smilepost STRATEGY file_copy")
    url = postgres.database_url.replace("/smilepost?", f"/{name}?")
    yield Settings.load(environ={}, data=folder, database=url, **port_settings())
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def broker(settings: Settings, engine: Engine) -> Iterator[EmbeddedBroker]:
    """The embedded broker of `settings`, running."""
    embedded = EmbeddedBroker(settings)
    with connect(settings) as database:
        embedded.prepare(database)
    with (settings.data / "broker.log").open("w") as log:
        process = subprocess.Popen(embedded.command(), stderr=log)
        try:
            wait_for_port(settings.broker_port)
            yield embedded
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def shop(engine: Engine, settings: Settings) -> Credentials:
    """The first shop with one kiosk, `exit-1`, at its exit; what that kiosk signs in with."""
    with engine.begin() as connection:
        open_shop(connection)
        place = connection.execute(select(touchpoint.c.id).where(touchpoint.c.name == "Exit")).scalar_one()
        asked = connection.execute(select(question.c.id)).scalar_one()
        return enrol(connection, settings, "exit-1", place, asked)


@pytest.fixture
def database(settings: Settings, shop: Credentials) -> Iterator[psycopg.Connection[TupleRow]]:
    with connect(settings, autocommit=True) as connection:
        yield connection


@pytest.fixture
def empty_database(settings: Settings) -> Iterator[psycopg.Connection[TupleRow]]:
    """Without the first shop."""
    with connect(settings, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an organisation's CA, its broker's certificate for localhost, and a CA that is a stranger."""
    folder = tmp_path_factory.mktemp("certificates")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "400")

    def make(name: str, *arguments: str) -> None:
        command = ["openssl", "req", "-x509", *key, "-keyout", f"{name}.key", "-out", f"{name}.pem", *arguments]
        subprocess.run(command, check=True, cwd=folder, capture_output=True)

    make("ca", "-subj", "/CN=The organisation")
    make("other", "-subj", "/CN=A stranger")
    extensions = ("-addext", "basicConstraints=CA:FALSE", "-addext", "subjectAltName=DNS:localhost")
    make("broker", "-CA", "ca.pem", "-CAkey", "ca.key", "-subj", "/CN=localhost", *extensions)
    return folder
