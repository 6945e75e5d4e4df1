"""`python -m tests.standby`: the primary dies again and again under load, and each time its standby takes over."""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
from pathlib import Path

import structlog

from tests.chaos.run import Options
from tests.standby.gap import measure


def main() -> None:
    """Run it and print what came of it; ends with 1 where anything was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.standby", description=__doc__)
    parser.add_argument("--times", type=int, default=4)
    parser.add_argument("--pace", type=float, default=50, help="presses a second")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    folder = Path(tempfile.mkdtemp(prefix="smilepost-standby-"))
    folder.chmod(0o755)  # the database's user comes to its own below
    print(f"What the parts say: {folder}", flush=True)
    options = Options(60, presses=round(60 * asked.pace), hosts=4, each=5, vms=0)
    told = asyncio.run(measure(options, folder, asked.times))
    print(f"\n{told}")
    if told.result.well:
        shutil.rmtree(folder)
    sys.exit(not told.result.well)


if __name__ == "__main__":
    main()
