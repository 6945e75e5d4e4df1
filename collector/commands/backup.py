"""`smilepost backup` and `smilepost restore`: all that lasts, in one file."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from collector.commands import Commands
from collector.settings import Settings

if TYPE_CHECKING:
    from collector.backup.file import Manifest


def add(commands: Commands) -> None:
    command = commands.add_parser("backup", help="all that lasts into one file, while everything runs")
    command.add_argument("file", type=Path, help="for example smilepost-2026-11-22.zip; it replaces no other")
    command.add_argument("--verify", action="store_true", help="make none, but read every byte of this one")
    command.set_defaults(run=_backup)
    command = commands.add_parser("restore", help="make an installation of a backup, in an empty data folder")
    command.add_argument("file", type=Path, help="as `smilepost backup` wrote it")
    command.set_defaults(run=_restore)


def _backup(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.backup.restore import verify
    from collector.backup.save import backup

    if parsed.verify:
        print(f"\nWhole: {_contents(verify(parsed.file))}")
        return
    manifest = backup(settings, parsed.file)
    size = parsed.file.stat().st_size / 2**20
    print(f"\n{parsed.file}: {_contents(manifest)}, {size:,.1f} MiB.")
    if parsed.file.stat().st_mode & 0o077:
        print("On this file system everybody can read it.")
    print(
        "It holds the installation's secrets and what customers wrote: keep it where only you can read it, and\n"
        "encrypt it (age, gpg) before it leaves this machine. Keep smilepost.toml and outside passwords beside it."
    )


def _restore(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.backup.restore import restore

    restored = restore(settings, parsed.file)
    print(f"\nRestored into {settings.data}: {_contents(restored.manifest)}.")
    if restored.left_out:
        print(f"Left out, because they are none of Smilepost's: {', '.join(restored.left_out)}.")
    print(
        "Start it now: smilepost up\n"
        "  Kiosks send what they still hold; what they do not is written down as a gap (Kiosks).\n"
        "  Everybody signs in again. What was retired, taken back or erased since the backup is there: do it again."
    )
    if restored.unsure:
        print(f"  {restored.unsure} slips or messages perhaps went out: somebody should look (Print jobs, Messages).")


def _contents(manifest: "Manifest") -> str:
    made = f"{manifest.made_at:%Y-%m-%d %H:%M} UTC"
    return f"as of {made}, {manifest.rows:,} rows in {len(manifest.tables)} tables, {len(manifest.files)} files"
