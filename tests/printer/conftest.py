import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.printer.paper import RunningPrinter

MakePrinter = Callable[..., RunningPrinter]


@pytest.fixture
def make_printer() -> Iterator[MakePrinter]:
    """Makes virtual printers that run until the test ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    made: list[RunningPrinter] = []

    def make(**options: int) -> RunningPrinter:
        made.append(RunningPrinter(loop, **options))
        return made[-1]

    yield make
    for running in made:
        running.stop()

    async def drain() -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(drain(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def virtual(make_printer: MakePrinter) -> RunningPrinter:
    """One virtual printer, 80 mm."""
    return make_printer()
