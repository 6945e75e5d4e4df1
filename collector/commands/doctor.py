"""`smilepost doctor`: what is wrong, and how to mend it."""

import argparse

from collector.commands import Commands
from collector.settings import Settings


def add(commands: Commands) -> None:
    command = commands.add_parser("doctor", help="say what is wrong with this installation and how to mend it")
    command.add_argument(
        "--mend",
        action="store_true",
        help="mend what can be mended: bring the tables up to date, and figures in line with the ratings",
    )
    command.set_defaults(run=_doctor)


def _doctor(settings: Settings, parsed: argparse.Namespace) -> int:
    from collector.doctor import examine

    return examine(settings, mend=parsed.mend, say=print)
