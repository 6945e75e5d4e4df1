"""`python -m tests.cluster`: every story, as often as you like."""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
from pathlib import Path

import structlog

from tests.chaos.run import Options
from tests.cluster.stories import STORIES, run


def main() -> None:
    """Run them and print what came of it; ends with 1 where anything was lost, doubled or stalled."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("--times", type=int, default=2)
    parser.add_argument("--pace", type=float, default=50, help="presses a second")
    parser.add_argument("--back-within", type=float, default=30, help="s: a fleet that lost its broker in one moment")
    parser.add_argument("--only", nargs="+", choices=list(STORIES), default=list(STORIES), metavar="STORY")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))  # kiosks cut off say so
    folder = Path(tempfile.mkdtemp(prefix="smilepost-cluster-"))
    print(f"What the parts say: {folder}", flush=True)
    many = {"presses": round(60 * asked.pace), "hosts": 4, "each": 5, "vms": 0}
    options = Options(60, **many, broker="RabbitMQ, three nodes", back_within=asked.back_within)
    told = asyncio.run(run(options, folder, tuple(asked.only), lambda line: print(line, flush=True), asked.times))
    print(f"\n{told}")
    if told.well:
        shutil.rmtree(folder)
    sys.exit(not told.well)


if __name__ == "__main__":
    main()
