"""The fault suite's short form: some seconds of it with each broker. `make chaos` is the long one."""

import asyncio
from pathlib import Path

import pytest

from tests.chaos.house import BROKERS
from tests.chaos.plan import draw
from tests.chaos.run import Options, Result, Trial

KILLS = 10


@pytest.mark.parametrize("broker", BROKERS)
def test_every_lit_press_is_stored_once_whatever_happens(tmp_path: Path, broker: str) -> None:
    options = Options(20, seed=20261122, kills=KILLS, presses=2000, broker=broker, hosts=2, each=4, vms=1)

    async def suffer() -> Result:
        async with Trial(options, tmp_path) as trial:
            await trial.suffer(draw(options.seed, options.seconds, options.kills))
            return await trial.settle()

    result = asyncio.run(suffer())
    print(result)
    assert result.well, str(result)
    assert result.ledger.lit > 1900
    assert result.kills.total() == KILLS
    assert result.mistimed  # the clock did jump
