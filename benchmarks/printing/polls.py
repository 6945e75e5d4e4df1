"""Star printers that call in vain, as many a second as a chain of shops has: how long each waits for its answer.

Each call is a connection of its own, and begins at its own time whether or not those before are answered.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence

import aiohttp

from benchmarks.intake.report import percentile
from benchmarks.printing.installation import Installation
from collector.slips.printers import new_secret

#: Printers that call, each of them every second; how many call at the same time when the limit is looked for.
PRINTERS, AT_A_TIME = 400, 32
_CALL = {
    "status": "23 86 00 00 00 00 00 00 00",
    "printerMAC": "00:11:62:aa:bb:cc",
    "statusCode": "200%20OK",
    "printingInProgress": False,
}
#: Seconds until everything is loaded.
_WARM = 3.0
HEAD = ("calls a second", "answered a second", "p50, ms", "p95, ms", "p99, ms")


def measure(there: Installation, seconds: float) -> Iterator[Sequence[str]]:
    ids = [there.add_printer(f"Till {number}", "cloudprnt:", "star-80") for number in range(PRINTERS)]
    with there.engine.begin() as connection:
        secrets = [new_secret(connection, printer_id) for printer_id in ids]
    urls = [f"http://127.0.0.1:{there.settings.port}/print/{secret}/cloudprnt" for secret in secrets]
    with there.web():
        asyncio.run(_poll(urls, 0, _WARM))
        for rate in (PRINTERS, 0):
            began = time.perf_counter()
            took = asyncio.run(_poll(urls, rate, seconds))
            answered = len(took) / (time.perf_counter() - began)
            figures = (f"{1000 * percentile(took, n):.1f}" for n in (50, 95, 99))
            yield f"{rate or 'as many as can be'}", f"{answered:.0f}", *figures


async def _poll(urls: list[str], rate: int, seconds: float) -> list[float]:
    """How long each call took, s.

    Parameters
    ----------
    rate: calls a second; 0 for as many as can be.
    """
    took: list[float] = []
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def call(number: int) -> None:
            began = time.perf_counter()
            async with session.post(urls[number % len(urls)], json=_CALL) as answer:
                answer.raise_for_status()
                await answer.json()
            took.append(time.perf_counter() - began)

        async def call_on_and_on(number: int) -> None:
            while time.perf_counter() < ends:
                await call(number)
                number += AT_A_TIME

        began = time.perf_counter()
        ends = began + seconds
        async with asyncio.TaskGroup() as group:
            if rate:
                for number in range(round(rate * seconds)):
                    await asyncio.sleep(began + number / rate - time.perf_counter())
                    group.create_task(call(number))
            else:
                for number in range(AT_A_TIME):
                    group.create_task(call_on_and_on(number))
    return took
