"""Star printers that call in vain, as many a second as a chain of shops has: how long each waits for its answer.

    PYTHONPATH=. .venv/bin/python -m benchmarks.print_polls [--rate 400] [--seconds 20]

The web process runs as `smilepost web` runs it, and the printers beside it on the same machine: each call is a
connection of its own.
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from sqlalchemy import Engine
from sqlalchemy.pool import NullPool

from collector import migrations
from collector.database import make_engine
from collector.places.tree import add_place
from collector.settings import Settings
from collector.slips.printers import Setup, add, new_secret
from collector.up.postgres import running
from tests.conftest import port_settings, wait_for_port

#: Printers that call; each of them every second.
PRINTERS = 400
_CALL = {
    "status": "23 86 00 00 00 00 00 00 00",
    "printerMAC": "00:11:62:aa:bb:cc",
    "statusCode": "200%20OK",
    "printingInProgress": False,
}


@dataclass(frozen=True)
class Polls:
    """How long calls took, s, and how many a second were answered."""

    took: list[float]
    rate: float

    def percentile(self, percent: int) -> float:
        """Milliseconds."""
        return 1000 * statistics.quantiles(self.took, n=100)[percent - 1]


def measure(settings: Settings, secrets: list[str], rate: float, seconds: float) -> Polls:
    """Let printers call a running web process.

    Parameters
    ----------
    rate: calls a second, each begun at its own time whether or not those before are answered; 0 for as many as can be,
        from 32 printers at a time.
    """
    return asyncio.run(_measure(f"http://127.0.0.1:{settings.port}", secrets, rate, seconds))


async def _measure(origin: str, secrets: list[str], rate: float, seconds: float) -> Polls:
    took: list[float] = []
    urls = [f"{origin}/print/{secret}/cloudprnt" for secret in secrets]
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def call(number: int) -> None:
            began = time.perf_counter()
            async with session.post(urls[number % len(urls)], json=_CALL) as answer:
                answer.raise_for_status()
                await answer.json()
            took.append(time.perf_counter() - began)

        async def call_on_and_on(first: int) -> None:
            number = first
            while time.perf_counter() < ends:
                await call(number)
                number += 32

        began = time.perf_counter()
        ends = began + seconds
        async with asyncio.TaskGroup() as group:
            if rate:
                for number in range(round(rate * seconds)):
                    await asyncio.sleep(began + number / rate - time.perf_counter())
                    group.create_task(call(number))
            else:
                for first in range(32):
                    group.create_task(call_on_and_on(first))
        return Polls(took, len(took) / (time.perf_counter() - began))


@contextlib.contextmanager
def web(settings: Settings) -> Iterator[None]:
    """The web process, for as long as it is needed."""
    environment = {**os.environ, **settings.environment()}
    with (settings.data / "web.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "collector", "web"], env=environment, stdout=log, stderr=log)
        try:
            wait_for_port(settings.port)
            yield
        finally:
            process.terminate()
            process.wait()


def set_up(engine: Engine, printers: int = PRINTERS) -> list[str]:
    """A store with printers that call; returns their secrets."""
    with engine.begin() as connection:
        top = add_place(connection, "organisation", "Smilepost", time_zone="UTC")
        region = add_place(connection, "region", "Region", top, time_zone="UTC")
        store = add_place(connection, "store", "Riverside", region, time_zone="UTC", opening_hours={})
        ids = [add(connection, store, Setup(f"Till {n}", "cloudprnt:", "star-80")) for n in range(printers)]
        return [new_secret(connection, printer_id) for printer_id in ids]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rate", type=float, default=400.0, help="calls a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(environ={}, data=Path(folder), **port_settings())
        with running(settings):
            engine = make_engine(settings, poolclass=NullPool)
            migrations.upgrade(engine)
            secrets = set_up(engine)
            with web(settings):
                measure(settings, secrets, 0, 3)  # warm
                for rate in (parsed.rate, 0.0):
                    polls = measure(settings, secrets, rate, parsed.seconds)
                    wanted = f"{rate:.0f} a second" if rate else "as many as can be"
                    values = ", ".join(f"p{n} {polls.percentile(n):.1f} ms" for n in (50, 95, 99))
                    print(f"{wanted:20} {polls.rate:6.0f}/s   {values}")


if __name__ == "__main__":
    main()
