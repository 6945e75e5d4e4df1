"""`smilepost archive …`: old months of ratings."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from collector.commands import Commands, database_errors
from collector.failure import Failure
from collector.settings import Settings


def add(commands: Commands) -> None:
    about = "old months of ratings: from the database into files, and back"
    archive = commands.add_parser("archive", help=about).add_subparsers(required=True, title="what", metavar="WHAT")
    command = archive.add_parser("old", help="write old months into files, one each, and take them out of the database")
    command.add_argument(
        "--months", type=int, default=24, help="how many whole months stay in the database; default: 24"
    )
    command.set_defaults(run=_archive_old)
    command = archive.add_parser("restore", help="bring the month of a file back into the database; the file stays")
    command.add_argument("file", type=Path, help="its path, or its name in the data folder's archive")
    command.set_defaults(run=_archive_restore)
    command = archive.add_parser("verify", help="read files whole and say whether they are what was written")
    command.add_argument("files", type=Path, nargs="*", help="default: all of the data folder's archive")
    command.set_defaults(run=_archive_verify)


def _archive_old(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.ratings.archive import archive_old

    if parsed.months < 0:
        raise Failure("--months: write 0 or more.")
    months = 0
    with database_errors():
        for done in archive_old(settings, parsed.months, datetime.now(UTC)):
            print(f"  ✓ {done.month}  {done.rows:>12,} ratings  {done.path}", flush=True)
            months += 1
    print("Bring a month back with: smilepost archive restore FILE" if months else "No month is that old.")


def _archive_restore(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.ratings.archive import bring_back, find_file

    with database_errors():
        back = bring_back(settings, find_file(settings, parsed.file), datetime.now(UTC))
    print(f"The {back.rows:,} ratings of {back.month} are in the database again; {back.path} stays.")


def _archive_verify(settings: Settings, parsed: argparse.Namespace) -> int:
    from collector.ratings.archive import find_file, folder_of
    from collector.ratings.archive_file import ArchiveError, verify

    wrong = 0
    for file in parsed.files or sorted(folder_of(settings).glob("*.gz")):
        try:
            found = verify(find_file(settings, file))
        except ArchiveError as problem:
            print(f"  ✗ {problem}", flush=True)
            wrong += 1
        else:
            print(f"  ✓ {found.month}  {found.seal.rows:>12,} ratings  {file}", flush=True)
    return min(wrong, 1)
