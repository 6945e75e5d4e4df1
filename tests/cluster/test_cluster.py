"""The cluster suite's short form; `make test-cluster` is the long one."""

import asyncio
from pathlib import Path

from tests.chaos.run import Options
from tests.cluster.stories import SHORT, run


def test_leader_and_collectors_die_and_every_lit_press_is_stored_once(tmp_path: Path) -> None:
    options = Options(60, presses=1800, hosts=2, each=5, vms=0, broker="RabbitMQ, three nodes")
    told = asyncio.run(run(options, tmp_path, SHORT, print, times=1))
    print(told)
    assert told.well, str(told)
    assert told.result.ledger.lit > 150
