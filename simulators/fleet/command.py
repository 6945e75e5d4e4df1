"""`smilepost simulate fleet`: a fleet beside a running installation of this machine, until Ctrl-C."""

import asyncio
import contextlib
import json
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, exists, or_, select

from collector.database import make_engine
from collector.failure import Failure
from collector.fleet.credentials import Credentials
from collector.fleet.identity import FILE
from collector.ingest.tables import cursor
from collector.settings import Settings
from collector.surveys.tables import answer
from collector.up.shop import KIOSKS
from simulators.flash_image import read_file
from simulators.fleet.compared import compare
from simulators.fleet.enrolment import enrol_all
from simulators.fleet.fleet import Fleet, saved
from simulators.fleet.plan import PREFIX, Behaviour, Planned, plan
from simulators.history import PREFIX as PAST
from simulators.rhythm import OPEN

#: What the ids of kiosks in VMs begin with.
VM_PREFIX = "simvm-"
#: Seconds between two lines, and for how long what was lit may take to arrive when this ends.
_EVERY, _ARRIVAL = 5.0, 30.0
#: Of so many kiosks one fails in each way that the firmware knows.
_FAILING = 60


@dataclass(frozen=True)
class Wanted:
    """Which fleet; the same says the same."""

    kiosks: int
    vms: int
    seed: int
    speed: float
    minutes: float | None
    beside_real: bool


def simulate_fleet(settings: Settings, wanted: Wanted) -> None:
    """Enrol what is missing, let the fleet live, and say what became of each press.

    Raises
    ------
    Failure: there are real ratings, and nobody has said that this may be beside them.
    """
    folder = settings.data / "fleet"
    troubles: dict[Behaviour, int] = {
        each: wanted.kiosks // _FAILING for each in Behaviour if each is not Behaviour.TAKES
    }
    planned = plan(wanted.kiosks, wanted.seed, troubles=troubles) if wanted.kiosks else []
    vms = plan(wanted.vms, wanted.seed, batteries=0, prefix=VM_PREFIX) if wanted.vms else []
    known = {**_known(planned, folder), **_known_vms(vms, folder)}
    engine = make_engine(settings)
    try:
        _refuse_beside_real(engine, wanted)
        with engine.begin() as connection:
            credentials = enrol_all(connection, settings, [*planned, *vms], known)
    finally:
        engine.dispose()
    fleet = Fleet(
        settings,
        planned,
        credentials,
        speed=wanted.speed,
        begin=_begin(wanted),
        vms=vms,
        folder=folder,
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_watched(settings, fleet, wanted))


def line(fleet: Fleet) -> str:
    """How the fleet is, in one line."""
    everybody = len(fleet.kiosks) + len(fleet.vms)
    releases = [
        f"{f'release {number}' if number else 'as installed'} on {many:,}" for number, many in fleet.releases().items()
    ]
    return " · ".join(
        [
            f"{fleet.online:,} of {everybody:,} kiosks online, {fleet.resting:,} at rest",
            f"{fleet.lit:,} presses lit",
            f"{fleet.on_their_way:,} records on their way",
            *releases,
        ]
    )


async def _watched(settings: Settings, fleet: Fleet, wanted: Wanted) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, ended.set)
    if wanted.speed != 1:
        print(
            f"An hour in the shops passes in {3600 / wanted.speed:,.0f} s: shoppers come that much more often, and "
            "each press is dated when it happens here."
        )
    print("Ctrl-C ends it.")
    await fleet.start()
    try:
        limit = loop.time() + wanted.minutes * 60 if wanted.minutes else None
        while not ended.is_set() and (limit is None or loop.time() < limit):
            await _within(_EVERY if limit is None else min(_EVERY, limit - loop.time()), ended)
            print(line(fleet), flush=True)
        ended.clear()
        print("The shoppers go; what was lit arrives. Ctrl-C again ends it at once.", flush=True)
        await fleet.rest()
        until = loop.time() + _ARRIVAL
        while fleet.on_their_way and not ended.is_set() and loop.time() < until:
            await _within(0.2, ended)
    finally:
        await fleet.stop()
    print(await asyncio.to_thread(_ended, settings, fleet))


def _ended(settings: Settings, fleet: Fleet) -> str:
    found = compare(settings, fleet)
    waiting = min(found.lit - found.stored, fleet.on_their_way)
    said = f"{found.lit:,} presses of {len(fleet.kiosks):,} kiosks were lit; {found.stored:,} of them are in the table"
    if found.doubled:
        said += f", some of them more often than once ({found.doubled:,})"
    if found.lit > found.stored:
        said += f"; {waiting:,} are still on their kiosks, which bring them the next time"
    if vms := sum(len(vm.lit) for vm in fleet.vms.values()):
        said += f". {vms:,} more were lit on VMs"
    return said + "."


async def _within(seconds: float, event: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _begin(wanted: Wanted) -> datetime:
    """When the shops' days begin: now, or where time is short, when they open today."""
    now = datetime.now(UTC)
    return now if wanted.speed == 1 else now.replace(hour=OPEN - 2, minute=0, second=0, microsecond=0)


def _refuse_beside_real(engine: Engine, wanted: Wanted) -> None:
    with engine.connect() as connection:
        simulated = [cursor.c.kiosk_id.startswith(prefix) for prefix in (PREFIX, VM_PREFIX, PAST)]
        tried = cursor.c.kiosk_id.in_(KIOSKS)  # by hand, on the shop floor
        theirs = (cursor.c.seq > 0) & ~or_(*simulated, tried)
        if not wanted.beside_real and connection.scalar(select(exists().where(theirs) | exists(select(answer.c.id)))):
            raise Failure("this installation has real ratings. To let a simulated fleet run beside them: --beside-real")


def _known(planned: Sequence[Planned], folder: Path) -> dict[str, Credentials]:
    """What the kiosks sign in with, by what is kept of their flashes."""
    texts = {each.kiosk: saved(folder, each.kiosk).get(FILE) for each in planned}
    return _credentials(texts)


def _known_vms(vms: Sequence[Planned], folder: Path) -> dict[str, Credentials]:
    texts: dict[str, bytes | None] = {}
    for each in vms:
        image = folder / f"{each.kiosk}.flash"
        with contextlib.suppress(FileNotFoundError):
            texts[each.kiosk] = read_file(image, FILE) if image.exists() else None
    return _credentials(texts)


def _credentials(texts: Mapping[str, bytes | None]) -> dict[str, Credentials]:
    identities = {kiosk_id: json.loads(text) for kiosk_id, text in texts.items() if text}
    return {kiosk_id: Credentials(kiosk_id, each["n"], each["secret"]) for kiosk_id, each in identities.items()}
