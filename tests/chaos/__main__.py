"""`python -m tests.chaos`: the fault suite, as long as you like."""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
from dataclasses import fields
from pathlib import Path

import structlog

from tests.chaos.house import BROKERS
from tests.chaos.plan import draw
from tests.chaos.run import Options, Result, Trial


def main() -> None:
    """Run it and print what came of it; ends with 1 where anything was lost, doubled or odd."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    for field in fields(Options):
        choices = BROKERS if field.name == "broker" else None
        parser.add_argument(f"--{field.name}", type=type(field.default), default=field.default, choices=choices)
    options = Options(**vars(parser.parse_args()))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))  # kiosks cut off say so
    folder = Path(tempfile.mkdtemp(prefix="smilepost-chaos-"))
    print(f"What the parts say: {folder / 'logs'}", flush=True)
    result = asyncio.run(_run(options, folder))
    print(f"\n{result}")
    if result.well:
        shutil.rmtree(folder)
    sys.exit(not result.well)


async def _run(options: Options, folder: Path) -> Result:
    async with Trial(options, folder, lambda line: print(line, flush=True)) as trial:
        await trial.suffer(draw(options.seed, options.seconds, options.kills))
        return await trial.settle()


if __name__ == "__main__":
    main()
