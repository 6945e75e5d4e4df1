"""The messages' fault suite, its short form. `make test-messages` is the long one."""

from pathlib import Path

from collector.queue.jobs import CUT_OFF
from tests.message_crashes.trial import Trial


def test_nobody_is_told_twice_and_what_is_unsure_says_why(tmp_path: Path) -> None:
    result = Trial(tmp_path, kills=30, seed=20261122).run()
    print(result)
    assert result.ledger.well, str(result)
    assert result.ledger.arrived > 20
    assert any(CUT_OFF in each for each in result.ledger.outcomes)
