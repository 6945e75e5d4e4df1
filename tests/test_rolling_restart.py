"""Collectors are replaced one by one while people press: nobody has to stop, and nothing is lost or doubled."""

import asyncio
from pathlib import Path

import pytest

from tests.chaos.house import BROKERS
from tests.chaos.run import Options, Result, Trial


@pytest.mark.parametrize("broker", BROKERS)
def test_a_rolling_restart_loses_and_doubles_nothing(tmp_path: Path, broker: str) -> None:
    """With the embedded broker both collectors hear everything; Mosquitto gives each message to one of them."""
    options = Options(20, presses=2000, broker=broker, hosts=2, each=4, vms=0)

    async def roll() -> Result:
        async with Trial(options, tmp_path) as trial:
            await trial.pressed(100)
            for collector in trial.house.collectors:
                assert await collector.end() == 0
                await trial.pressed(200)  # the other one works alone
                await trial.house.start(collector)
                await trial.pressed(200)
            return await trial.settle()

    result = asyncio.run(roll())
    assert result.well, str(result)
    assert result.ledger.lit > 800
