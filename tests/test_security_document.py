"""docs/security.md says of each threat which test shows that it is met: those tests are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_proof_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "security.md").read_text())
    assert len(named) > 50
    missing = [
        f"{path}::{test}"
        for path, test in named
        if not (ROOT / path).exists() or not re.search(rf"def {test}\(", (ROOT / path).read_text())
    ]
    assert missing == []
