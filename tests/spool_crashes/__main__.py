"""`python -m tests.spool_crashes --jobs 2000 --seed 1`: ends with 1 when something is wrong."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.spool_crashes.trial import Trial


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.spool_crashes", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2000, help="how many slips are wanted")
    parser.add_argument("--seed", type=int, default=1, help="of chance: the same troubles again, at other moments")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spool-crashes-") as folder:
        Path(folder).chmod(0o755)
        result = asyncio.run(Trial(Path(folder), wanted.jobs, wanted.seed).run())
    print(result)
    return 0 if result.ledger.well else 1


if __name__ == "__main__":
    sys.exit(main())
