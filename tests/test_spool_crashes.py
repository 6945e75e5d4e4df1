"""The spool's fault suite, its short form. `make test-spool` is the long one."""

import asyncio
from pathlib import Path

from tests.spool_crashes.trial import Trial


def test_nothing_is_printed_twice_and_what_is_not_printed_says_why(tmp_path: Path) -> None:
    result = asyncio.run(Trial(tmp_path, jobs=120, seed=20261122).run())
    print(result)
    assert result.ledger.well, str(result)
    assert result.ledger.printed > 60
    assert result.troubles["spool killed"]
