import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from simulators.polling_printer import PollingPrinter
from tests.printer.columns import SCANNED, SEEN
from tests.printer.paper import PollingRunner, RunningPrinter, check

MakePrinter = Callable[..., RunningPrinter]
MakeCaller = Callable[..., PollingRunner]


@contextlib.contextmanager
def event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop that runs on a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def drain() -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    try:
        yield loop
    finally:
        asyncio.run_coroutine_threadsafe(drain(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def make_printer(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[MakePrinter]:
    """Makes virtual printers that run until the test ends; then each code on their paper must scan, worn as well."""
    made: list[RunningPrinter] = []
    with event_loop() as loop:

        def make(**options: Any) -> RunningPrinter:
            path = tmp_path / f"printer-{len(made)}"
            made.append(RunningPrinter(loop, **{"path": path, **options}))
            return made[-1]

        try:
            yield make
        finally:
            for running in made:
                running.stop()
    _check_paper(request, made)


@pytest.fixture
def make_caller(request: pytest.FixtureRequest) -> Iterator[MakeCaller]:
    """Makes printers that poll, `StarPrinter` and `EpsonPrinter`; their paper is looked at as well."""
    made: list[PollingRunner] = []
    with event_loop() as loop:

        def make(kind: type[PollingPrinter], url: str, *, codes: bool = True, **options: Any) -> PollingRunner:
            made.append(PollingRunner(loop, lambda look: kind(url, look, **options), codes))
            return made[-1]

        try:
            yield make
        finally:
            for running in made:
                running.stop()
    _check_paper(request, made)


def _check_paper(request: pytest.FixtureRequest, made: Sequence[RunningPrinter | PollingRunner]) -> None:
    scans = [check(strip.png, strip.text) for each in made if each.codes for strip in each.strips]
    request.node.user_properties += [
        (SEEN, sum(len(each.clean) for each in scans)),
        (SCANNED, sum(each.broken for each in scans)),
    ]


@pytest.fixture
def virtual(make_printer: MakePrinter) -> RunningPrinter:
    """One virtual printer, 80 mm."""
    return make_printer()
