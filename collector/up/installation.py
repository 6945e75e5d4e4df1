"""The parts of one installation, in the order in which they start."""

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine, exc
from sqlalchemy.pool import NullPool

from collector import migrations
from collector.accounts.sessions import make_sign_in_link
from collector.backup.unfinished import refuse_unfinished
from collector.broker.nats import EmbeddedBroker
from collector.database import connect, make_engine
from collector.failure import Failure
from collector.fleet.settings.given import renew_settings
from collector.settings import Settings
from collector.shared_secrets import ALL, agree
from collector.up.postgres import EmbeddedPostgres
from collector.up.shop import OWNER, open_house, open_shop, set_up_printer
from collector.up.supervisor import Part, Supervisor
from simulators.sms_gateway import write_template

#: What only this machine may reach: the shop floor, its printer and its telephone.
LOOPBACK = "127.0.0.1"


class CannotStart(Failure):
    """The installation cannot be started here and now; the message says why and what to do."""


async def up(settings: Settings, *, simulators: bool, say: Callable[[str], None]) -> None:
    """Run the whole installation until SIGINT or SIGTERM.

    Raises
    ------
    CannotStart, PartFailed, PostgresError, BrokerError: with a sentence for a person.
    """
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise CannotStart(f"The data folder {settings.data} cannot be made: {problem.strerror}.") from problem
    with only_one(settings):
        refuse_unfinished(settings)
        _check_ports(settings, simulators)
        if simulators:
            settings = with_receivers(settings)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        supervisor = Supervisor(settings.data / "logs")
        running = asyncio.create_task(_run(settings, supervisor, simulators, say))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            say("\nEnding …")
        running.cancel()
        stopped.cancel()
        await supervisor.end()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        say("Everything has ended; the data stays in " + str(settings.data))


def with_receivers(settings: Settings) -> Settings:
    """Where no mail server and no gateway for text messages is set, what people are told arrives on the shop floor."""
    if settings.smtp or settings.sms_gateway:
        return settings
    template = write_template(settings.data / "run", settings.sms_port)
    server = f"smtp://{LOOPBACK}:{settings.mail_port}"
    sender = settings.mail_from or "Smilepost <feedback@smilepost.example>"
    return replace(settings, smtp=server, mail_from=sender, sms_gateway=template)


async def _run(settings: Settings, supervisor: Supervisor, simulators: bool, say: Callable[[str], None]) -> None:
    begun = time.monotonic()
    if settings.database == "embedded":
        async with _step("database", say):
            postgres = EmbeddedPostgres(settings)
            await asyncio.to_thread(postgres.prepare)
            await supervisor.start(
                Part(
                    "database",
                    postgres.command,
                    lambda: asyncio.to_thread(postgres.is_ready),
                    signal.SIGINT,  # PostgreSQL's "fast": it does not wait for its clients
                    {**postgres.run_as, "cwd": "/"},
                )
            )
    async with _step("tables", say):
        engine = make_engine(settings, poolclass=NullPool)
        try:
            await asyncio.to_thread(migrations.upgrade, engine)
        except exc.OperationalError as problem:
            raise CannotStart(f"The database does not answer: {str(problem.orig).strip()}.") from problem
        with engine.begin() as connection:
            if simulators:
                open_shop(connection)
                set_up_printer(connection, settings)
            else:
                open_house(connection)
            renew_settings(connection, settings)
        with connect(settings) as database:
            agree(settings, database, ALL)
    if settings.broker == "embedded":
        async with _step("broker", say):
            broker = EmbeddedBroker(settings)
            with connect(settings) as database:
                broker.prepare(database)
            address = settings.broker_address
            await supervisor.start(Part("broker", broker.command, _answers(address.host, address.port)))
    async with _step("collector", say):
        parts = [_own_part("web", (settings.host, settings.port), settings)]
        parts.append(_own_part("live", (settings.host, settings.live_port), settings))
        parts += [_own_part(name, None, settings) for name in ("ingest", "jobs", "print")]
        await asyncio.gather(*(supervisor.start(part) for part in parts))
    if simulators:
        async with _step("shop floor", say):
            await supervisor.start(_own_part("floor", (LOOPBACK, settings.floor_port), settings))
    say(_where_to_look(settings, engine, simulators, time.monotonic() - begun))
    await supervisor.failed()


def _own_part(name: str, at: tuple[str, int] | None, settings: Settings) -> Part:
    """A part that is a sub-command of this same program; one that answers nowhere is ready once it runs."""
    arguments = ["simulate", "floor"] if name == "floor" else [name]
    environment = {**os.environ, **settings.environment()}
    is_ready = _answers(*at) if at else _at_once
    return Part(name, lambda: [sys.executable, "-m", "collector", *arguments], is_ready, options={"env": environment})


async def _at_once() -> bool:
    return True


def _answers(host: str, port: int) -> Callable[[], Awaitable[bool]]:
    async def is_ready() -> bool:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            return False
        writer.close()
        return True

    return is_ready


@contextlib.asynccontextmanager
async def _step(name: str, say: Callable[[str], None]) -> AsyncIterator[None]:
    begun = time.monotonic()
    yield
    say(f"  ✓ {name:<12} {time.monotonic() - begun:4.1f} s")


def _where_to_look(settings: Settings, engine: Engine, simulators: bool, seconds: float) -> str:
    with engine.begin() as connection:
        link = f"{settings.url}/sign-in/link/{make_sign_in_link(connection, OWNER)}"
    lines = [f"\nSmilepost runs, after {seconds:.1f} s.\n"]
    if settings.clock_file:
        lines.append(f"  Its time is moved by {settings.clock_file}: smilepost simulate time +26h\n")
    if simulators:
        lines.append(f"  Shop floor   http://localhost:{settings.floor_port}/   press a smiley here")
    lines += [
        f"  Pages        {settings.url}/",
        f"  Sign in      {link}",
        "               (works once, within 15 minutes)",
        "",
        "Ctrl-C ends everything; the data stays. What the parts say: " + str(settings.data / "logs"),
    ]
    return "\n".join(lines)


@contextlib.contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """One `up` for one data folder."""
    path: Path = settings.data / "up.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CannotStart(
                f"Smilepost already runs with the data in {settings.data} (process {file.read().strip() or '?'}). "
                "End that one first, or choose another folder: SMILEPOST_DATA=…"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _check_ports(settings: Settings, simulators: bool) -> None:
    wanted = {"port": settings.host, "live_port": settings.host}
    if simulators:
        wanted |= dict.fromkeys(("floor_port", "printer_port", "mail_port", "sms_port"), LOOPBACK)
    if settings.broker == "embedded":
        wanted["broker_port"] = settings.broker_host
    with contextlib.ExitStack() as stack:
        for name, host in wanted.items():
            trial = stack.enter_context(socket.socket())  # held until all are tried: no two may be the same
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, getattr(settings, name)))
                trial.listen()
            except OSError as problem:
                raise CannotStart(
                    f"{name} {getattr(settings, name)} on {host} cannot be used: {problem.strerror}. End the program "
                    f"that uses it, or choose another: SMILEPOST_{name.upper()}=… (SMILEPOST_PORT moves all of them)."
                ) from None
