"""`smilepost release …`: firmware for the kiosks."""

import argparse
from pathlib import Path

from collector.commands import Commands, database_errors
from collector.settings import Settings


def add(commands: Commands) -> None:
    release = commands.add_parser(
        "release", help="firmware for the kiosks: build and sign it, publish it, roll it out"
    ).add_subparsers(required=True, title="what", metavar="WHAT")
    command = release.add_parser(
        "key", help="make the organisation's key: releases are signed with it; prints the half that kiosks know"
    )
    command.add_argument("key", nargs="?", type=Path, default=Path("release.key"), help="default: release.key")
    command.set_defaults(run=_release_key)

    command = release.add_parser("build", help="build and sign the firmware for one board")
    command.add_argument("board", help="for example pico_w")
    command.add_argument("number", type=int, help="of the release; higher than that of any before")
    command.add_argument("--key", type=Path, default=Path("release.key"), help="default: release.key")
    command.add_argument("--output", type=Path, help="default: smilepost-BOARD-NUMBER.zip")
    command.set_defaults(run=_release_build)

    command = release.add_parser("publish", help="take a signed release in, so that kiosks can be offered it")
    command.add_argument("file", type=Path, help="as `smilepost release build` writes it")
    command.add_argument(
        "--key", type=Path, default=Path("release.key.pub"), help="its public half; default: release.key.pub"
    )
    command.set_defaults(run=_release_publish)

    command = release.add_parser("roll-out", help="bring a release to the kiosks of a place: to one, to some, to all")
    command.add_argument("number", type=int, help="of the release")
    command.add_argument("--place", help="name of a region, a store or the organisation; default: all kiosks")
    command.set_defaults(run=_release_roll_out)


def _release_key(_settings: Settings, parsed: argparse.Namespace) -> None:
    from provisioning.release import make_key

    print(make_key(parsed.key))


def _release_build(_settings: Settings, parsed: argparse.Namespace) -> None:
    from provisioning import bundle, release

    key = release.read_key(parsed.key)
    built = release.build(bundle.bundle(parsed.board), parsed.board, parsed.number, bundle.version(), key)
    output = parsed.output or Path(f"smilepost-{parsed.board}-{parsed.number}.zip")
    built.write(output)
    print(output)


def _release_publish(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.fleet.releases import publish_file

    published = publish_file(settings, parsed.file, parsed.key).manifest
    print(f"Release {published.number} for {published.board}: kiosks can be offered it now.")


def _release_roll_out(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.fleet.rollout.by_hand import begin_by_name

    with database_errors():
        begun = begin_by_name(settings, parsed.number, parsed.place)
    print(f"Release {begun.number} goes to {begun.place}: first to {begun.first}. Watch it at {begun.url}")
