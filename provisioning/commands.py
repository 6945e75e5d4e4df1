"""`smilepost provision …`: what a technician can ask for, and how. What each command does is in a module of its own,
which is loaded when it runs."""

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path

from collector.commands import Commands
from collector.settings import Settings
from provisioning.pi.options import add_options

_EPILOG = """\
examples:
  smilepost provision kiosk --store Riverside --touchpoint Exit --wifi Shop
  smilepost provision batch kiosks.csv --wifi Shop
  smilepost provision show

From a laptop add where the collector is, and what lets you in; without both it is this machine's installation:
  --collector https://feedback.example.com --token-file token
(`smilepost token --scope provision` prints a token. It sees the stores that it is for, and no rating.)
"""
_KIOSK = """\
example:
  smilepost provision kiosk --store Riverside --touchpoint Exit --wifi Shop

The board needs MicroPython (hardware.md says how it gets that) and a USB cable that carries data. Whatever interrupts
this, the same command goes on where it stood. No secret is shown or kept: they go over the cable, and nowhere else.
"""
_BATCH = """\
example:
  smilepost provision batch --example > kiosks.csv
  smilepost provision batch kiosks.csv --wifi Shop --labels labels

The list has the columns store, touchpoint and kiosk; the last one may be empty. Plug boards in, in any order and as
many as there are ports: each becomes the next kiosk. What came of it is in kiosks.report.csv (and .pdf, to print), by
which the same command goes on where it stood. A board that could not be completed is tried again once it is plugged in
again.
"""
_SHOW = """\
example:
  smilepost provision show

It says what a board is, which kiosk, whether the collector answers it and what keeps it. A kiosk goes on meanwhile.
"""
_CHANGE = """\
examples:
  smilepost provision change --wifi Shop-2
  smilepost provision change --broker

Its ratings stay. --broker asks the collector where its broker is now, and gives the kiosk that, the certificates, and a
fresh secret: after the broker has moved, or for a kiosk that it lets in no more.
"""
_RESET = """\
examples:
  smilepost provision factory-reset
  smilepost provision factory-reset --discard

All goes but the program, once everything recorded has reached the collector. Where it never will (the kiosk is retired,
or its collector is no more), --discard erases it at once. Without a cable: hold the two outer buttons for 20 s, within
a minute after the power comes.
"""
_MOVE = """\
example:
  smilepost provision move riverside-exit-2 --store Riverside --touchpoint Entrance
"""
_RETIRE = """\
example:
  smilepost provision retire riverside-exit-2 --why stolen --comment "Seen last on Friday"

Its secrets end, and the broker cuts it off at once. What it sent stays. This cannot be taken back.
"""
_REPLACE = """\
example:
  smilepost provision replace riverside-exit-2 --by riverside-exit-3

The new one is made before, with `provision kiosk`. It takes the touchpoint, the question and the settings of the old
one, which is retired; what that recorded stays with the place.
"""


def add(commands: Commands) -> None:
    provision = commands.add_parser(
        "provision",
        help="kiosks, for the technician: from a bare board to one that is tested and labelled",
        description="From a bare board to a kiosk that is tested and labelled; and what comes after.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).add_subparsers(required=True, title="what", metavar="WHAT")
    _add_kiosk(provision)
    _add_batch(provision)
    _add_field(provision)
    _add_registered(provision)
    command = provision.add_parser("pi", help="make a card with Raspberry Pi OS that starts as a kiosk")
    add_options(command)
    add_collector(command)
    command.set_defaults(run=_later("pi.command", "run"))
    _add_by_hand(provision)


def _add_kiosk(provision: Commands) -> None:
    command = _command(provision, "kiosk", "make a kiosk of the board at the cable, test it, label it", _KIOSK)
    _add_place(command)
    command.add_argument("--kiosk", help="its id; default: what the board is already, else one made from both names")
    command.add_argument(
        "--another-board",
        action="store_true",
        help="the kiosk --kiosk, which lives on another board, moves to this one",
    )
    _add_cable(command)
    _add_screen(command)
    command.add_argument(
        "--label", type=Path, metavar="FILE", help="write its label as PDF; default: the store's printer"
    )
    add_network(command)
    add_collector(command)
    command.set_defaults(run=_later("kiosk", "run"))


def _add_batch(provision: Commands) -> None:
    command = _command(provision, "batch", "the same for a list of kiosks, several boards at once", _BATCH)
    command.add_argument("list", type=Path, nargs="?", metavar="LIST", help="a CSV, for example kiosks.csv")
    command.add_argument("--example", action="store_true", help="print a list to begin with")
    command.add_argument(
        "--port",
        dest="ports",
        action="append",
        help="where a board is or will be; repeat for more; default: all boards on USB",
    )
    command.add_argument(
        "--labels", type=Path, metavar="FOLDER", help="write the labels as PDF there; default: the stores' printers"
    )
    command.add_argument(
        "--report", type=Path, metavar="FILE", help="the report to print, PDF; default: beside the list"
    )
    _add_screen(command)
    add_network(command)
    add_collector(command)
    command.set_defaults(run=_later("batch.command", "run"))


def _add_field(provision: Commands) -> None:
    command = _command(provision, "show", "what is at the cable, and how it is", _SHOW)
    _add_cable(command)
    command.set_defaults(run=_later("field", "show"))
    command = _command(provision, "change", "another Wi-Fi or broker for the kiosk at the cable", _CHANGE)
    _add_cable(command)
    command.add_argument("--broker", action="store_true", help="as the collector says now; with a fresh secret")
    add_network(command)
    add_collector(command)
    command.set_defaults(run=_later("field", "change"))
    command = _command(provision, "factory-reset", "make the kiosk at the cable a blank board", _RESET)
    _add_cable(command)
    command.add_argument("--discard", action="store_true", help="what was never sent is lost")
    _add_sure(command)
    command.set_defaults(run=_later("field", "factory_reset"))


def _add_registered(provision: Commands) -> None:
    command = _command(provision, "move", "a kiosk stands somewhere else from now on", _MOVE)
    command.add_argument("kiosk", metavar="KIOSK", help="its id")
    _add_place(command)
    add_collector(command)
    command.set_defaults(run=_later("registered", "move"))
    command = _command(provision, "retire", "a kiosk is lost, stolen, broken or not wanted any more", _RETIRE)
    command.add_argument("kiosk", metavar="KIOSK", help="its id")
    command.add_argument("--why", required=True, choices=("retired", "broken", "lost", "stolen"))
    command.add_argument("--comment", help="kept on its page")
    _add_sure(command)
    add_collector(command)
    command.set_defaults(run=_later("registered", "retire"))
    command = _command(provision, "replace", "a kiosk takes the place of another one", _REPLACE)
    command.add_argument("kiosk", metavar="OLD", help="the id of the one that goes")
    command.add_argument("--by", required=True, metavar="NEW", help="the id of the one that comes")
    command.add_argument("--comment", help="kept on its page")
    add_collector(command)
    command.set_defaults(run=_later("registered", "replace"))


def _add_by_hand(provision: Commands) -> None:
    command = provision.add_parser("files", help="by hand: write a board's program into a folder, to be copied onto it")
    command.add_argument("board", help="for example pico_w")
    command.add_argument("folder", type=Path)
    command.set_defaults(run=_later("by_hand", "files"))
    command = provision.add_parser("identity", help="by hand: enrol a kiosk and write its device.json")
    command.add_argument("kiosk", help="small letters, digits and hyphens; one that is known gets a further secret")
    _add_place(command)
    command.add_argument("--broker", help="as the kiosk sees it, mqtts://host:8883; default: as the collector says")
    command.add_argument("--key", type=Path, help="release.key.pub: the kiosk takes releases that this key has signed")
    command.add_argument("--output", type=Path, default=Path("device.json"), help="default: device.json")
    add_collector(command)
    command.set_defaults(run=_later("by_hand", "identity"))
    command = provision.add_parser(
        "signer", help="write a file from which a till's proxy or a Raspberry Pi signs receipt codes; or end one"
    )
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--store", help="name of the store whose receipts it signs")
    which.add_argument("--end", type=int, metavar="ID", help="end this signer: what it signed counts for 30 days more")
    command.add_argument("--kind", choices=("proxy", "pi"), default="proxy", help="default: proxy")
    command.add_argument("--kiosk", help="the Raspberry Pi that it is for")
    command.add_argument("--name", help="what you call it, for example till 2")
    command.add_argument("--output", type=Path, default=Path("signer.json"), help="default: signer.json")
    command.set_defaults(run=_later("by_hand", "signer"))


def add_network(command: argparse.ArgumentParser) -> None:
    """What says in which Wi-Fi a kiosk is."""
    command.add_argument("--wifi", metavar="NAME", help="the shop's Wi-Fi; default: the one that the board knows")
    command.add_argument("--wifi-password-file", type=Path, metavar="FILE", help="default: it is asked for")
    command.add_argument("--open-wifi", action="store_true", help="it has no password")
    command.add_argument("--country", help="two letters, for its channels, for example UA")


def add_collector(command: argparse.ArgumentParser) -> None:
    """What says where the collector is."""
    command.add_argument(
        "--collector", metavar="URL", help="where people reach it; default: this machine's installation"
    )
    command.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="a token with the scope provision (`smilepost token`), for --collector",
    )


def _add_place(command: argparse.ArgumentParser) -> None:
    command.add_argument("--store", required=True, help="name of the store")
    command.add_argument("--touchpoint", required=True, help="name of the touchpoint in it")


def _add_cable(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--port",
        dest="cable",
        metavar="PORT",
        help="where the board is, for example /dev/ttyACM0; default: the only one on USB",
    )


def _add_screen(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--screen", choices=("st7789", "ssd1681", "none"), help="which one is fitted; default: as the board has it"
    )


def _add_sure(command: argparse.ArgumentParser) -> None:
    command.add_argument("--sure", action="store_true", help="do not ask")


def _command(provision: Commands, name: str, text: str, epilog: str) -> argparse.ArgumentParser:
    """A command whose help has an example."""
    formatter = argparse.RawDescriptionHelpFormatter
    return provision.add_parser(name, help=text, epilog=epilog, formatter_class=formatter)


def _later(module: str, name: str) -> Callable[[Settings, argparse.Namespace], int | None]:
    """A function of a module in `provisioning`, which is loaded when it is called."""

    def run(settings: Settings, parsed: argparse.Namespace) -> int | None:
        code: int | None = getattr(importlib.import_module(f"provisioning.{module}"), name)(settings, parsed)
        return code

    return run
