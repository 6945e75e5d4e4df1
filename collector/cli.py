"""The `smilepost` program: one sub-command a job. Each part runs alone as well as under `smilepost up`."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog

from collector import __version__
from collector.commands import (
    archive,
    backup,
    broker,
    customers,
    doctor,
    let_in,
    parts,
    printing,
    release,
    simulate,
    token,
)
from collector.failure import Failure
from collector.settings import Settings
from provisioning import commands as provisioning

EPILOG = """\
examples:
  smilepost up                                    a whole shop on this machine, with two virtual kiosks
  smilepost simulate press riverside-exit 4       press the rightmost smiley of a virtual kiosk
  smilepost print self-test                       the page that shows what a printer can do
  smilepost token --scope read till-report        a token for a program that reads the API
  smilepost backup smilepost-2026-11-22.zip       all that lasts, while everything runs
  smilepost broker certificates broker.example    so that kiosks on other machines can come in
  smilepost doctor                                what is wrong, and how to mend it

Settings come from smilepost.toml, then SMILEPOST_… environment variables, then flags.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program; ends with 0 when all went well, 1 for a failure that a sentence explains, 2 for wrong usage."""
    parsed = _parser().parse_args(arguments)
    _set_up_log()
    try:
        settings = Settings.load(data=parsed.data, port=parsed.port)
        sys.exit(parsed.run(settings, parsed) or 0)
    except Failure as problem:
        sys.exit(f"smilepost: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="smilepost",
        description="An open in-store feedback terminal: kiosks, receipts and the collector behind them.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"smilepost {__version__}")
    parser.add_argument("--data", type=Path, help="folder for everything that lasts (SMILEPOST_DATA)")
    parser.add_argument("--port", type=int, help="web port, 8080 by default (SMILEPOST_PORT)")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    for each in (
        parts,
        printing,
        simulate,
        token,
        let_in,
        provisioning,
        release,
        broker,
        archive,
        customers,
        backup,
        doctor,
    ):
        each.add(commands)
    return parser


def _set_up_log() -> None:
    """One line an event, times in UTC: for a person at a terminal in words, for a machine as JSON."""
    renderer: Any = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
