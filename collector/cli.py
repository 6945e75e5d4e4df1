"""The `smilepost` program: one sub-command a job. Each part runs alone as well as under `smilepost up`."""

import argparse
import asyncio
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import structlog

from collector import __version__
from collector.accounts.tokens import SCOPES
from collector.failure import Failure
from collector.settings import Settings

EPILOG = """\
examples:
  smilepost up                                    a whole shop on this machine, with two virtual kiosks
  smilepost simulate press riverside-exit 4       press the rightmost smiley of a virtual kiosk
  smilepost token --scope read till-report        a token for a program that reads the API
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

    command = commands.add_parser("up", help="everything on this machine: database, broker, collector, virtual kiosks")
    command.add_argument("--no-simulators", action="store_true", help="without the shop floor and its virtual kiosks")
    command.set_defaults(run=_up)

    for name, run, help_text in (
        ("ingest", _ingest, "take ratings in: from the broker into the table"),
        ("web", _web, "serve the pages and the API"),
        ("live", _live, "serve live events to open pages"),
        ("jobs", _jobs, "background work: the ladder, deliveries to other systems, the broker's users, housekeeping"),
        ("print", _print, "bring slips to the printers"),
    ):
        commands.add_parser(name, help=help_text, description=help_text.capitalize() + ".").set_defaults(run=run)

    about = "the world around: kiosks, a printer, a central queue"
    simulate = commands.add_parser("simulate", help=about).add_subparsers(required=True, metavar="WHAT")
    command = simulate.add_parser("floor", help="the shop floor: kiosks, a printer, and a page to press them")
    command.set_defaults(run=_simulate_floor)
    command = simulate.add_parser(
        "press", help="press a button of a virtual kiosk of the running shop floor; waits for its light"
    )
    command.add_argument("kiosk", help="for example riverside-exit")
    command.add_argument("button", type=int, help="1 is the leftmost")
    command.set_defaults(run=_simulate_press)

    command = simulate.add_parser(
        "receiver", help="a central queue: takes webhooks, checks their signatures, says what came"
    )
    command.add_argument("receiver_port", type=int, metavar="PORT")
    command.add_argument("secret_file", type=Path, help="file with the webhook's secret, whsec_…")
    command.set_defaults(run=_simulate_receiver)

    command = commands.add_parser("token", help="print a new API token for this installation")
    command.add_argument("name", nargs="?", default="token", help="what it is for, shown in lists")
    command.add_argument(
        "--scope", action="append", help="read (default), write or metrics; repeat for more", choices=SCOPES
    )
    command.add_argument("--place", type=int, help="id of the place it is for; default: all of them")
    command.set_defaults(run=_token)

    _add_provision(commands)
    _add_release(commands)

    command = commands.add_parser("doctor", help="say what is wrong with this installation and how to mend it")
    command.add_argument("--mend", action="store_true", help="mend what can be mended: bring the tables up to date")
    command.set_defaults(run=_doctor)
    return parser


def _add_provision(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    provision = commands.add_parser(
        "provision", help="kiosks: their program and identity, for the cable"
    ).add_subparsers(required=True, metavar="WHAT")
    command = provision.add_parser("files", help="write all that a board runs into a folder, to be copied onto it")
    command.add_argument("board", help="for example pico_w")
    command.add_argument("folder", type=Path)
    command.set_defaults(run=_provision_files)
    command = provision.add_parser(
        "identity", help="enrol a kiosk and write its device.json; one that is known gets a further secret"
    )
    command.add_argument("kiosk", help="small letters, digits and hyphens, for example riverside-exit-2")
    command.add_argument("--store", required=True, help="name of the store")
    command.add_argument("--touchpoint", required=True, help="name of the touchpoint in it")
    command.add_argument("--broker", required=True, help="as the kiosk sees it: mqtts://host:8883 or mqtt://host:1883")
    command.add_argument("--key", type=Path, help="release.key.pub: the kiosk takes releases that this key has signed")
    command.add_argument("--output", type=Path, default=Path("device.json"), help="default: device.json")
    command.set_defaults(run=_provision_identity)


def _add_release(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    release = commands.add_parser("release", help="firmware for the kiosks: sign it, publish it").add_subparsers(
        required=True, metavar="WHAT"
    )
    command = release.add_parser(
        "key", help="make the organisation's key: releases are signed with it; prints the half that kiosks know"
    )
    command.add_argument("key", nargs="?", type=Path, default=Path("release.key"), help="default: release.key")
    command.set_defaults(run=_release_key)

    command = release.add_parser("publish", help="take a signed release in, so that kiosks can be offered it")
    command.add_argument("file", type=Path, help="as `smilepost release build` writes it")
    command.add_argument(
        "--key", type=Path, default=Path("release.key.pub"), help="its public half; default: release.key.pub"
    )
    command.set_defaults(run=_release_publish)

    command = release.add_parser("build", help="build and sign the firmware for one board")
    command.add_argument("board", help="for example pico_w")
    command.add_argument("number", type=int, help="of the release; higher than that of any before")
    command.add_argument("--key", type=Path, default=Path("release.key"), help="default: release.key")
    command.add_argument("--output", type=Path, help="default: smilepost-BOARD-NUMBER.zip")
    command.set_defaults(run=_release_build)


def _up(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.up.installation import up

    asyncio.run(up(settings, simulators=not parsed.no_simulators, say=lambda line: print(line, flush=True)))


def _ingest(settings: Settings, _parsed: argparse.Namespace) -> None:
    from collector.ingest.intake import Intake

    intake = Intake(settings)
    _on_end(intake.stop)
    intake.run()


def _web(settings: Settings, _parsed: argparse.Namespace) -> None:
    from collector.web import serve

    serve(settings)


def _live(settings: Settings, _parsed: argparse.Namespace) -> None:
    from collector.live.server import serve

    serve(settings)


def _jobs(settings: Settings, _parsed: argparse.Namespace) -> None:
    from collector.jobs.loop import Jobs

    jobs = Jobs(settings)
    _on_end(jobs.stop)
    jobs.run()


def _print(settings: Settings, _parsed: argparse.Namespace) -> None:
    from printer.spool import spool

    worker = spool(settings)
    _on_end(worker.stop)
    worker.run()


def _simulate_receiver(_settings: Settings, parsed: argparse.Namespace) -> None:
    from simulators.webhook_receiver import serve

    serve(parsed.receiver_port, parsed.secret_file.read_text().strip())


def _simulate_floor(settings: Settings, _parsed: argparse.Namespace) -> None:
    from simulators.floor.server import serve

    serve(settings)


def _simulate_press(settings: Settings, parsed: argparse.Namespace) -> None:
    from simulators.floor.press import press

    print(press(settings, parsed.kiosk, parsed.button))


def _token(settings: Settings, parsed: argparse.Namespace) -> None:
    from sqlalchemy import exc

    from collector.accounts.tokens import make_token
    from collector.database import make_engine
    from collector.places.queries import top_place

    try:
        with make_engine(settings).begin() as connection:
            place = parsed.place or top_place(connection)
            token = make_token(connection, parsed.name, parsed.scope or ["read"], place)
    except exc.IntegrityError as problem:
        raise Failure(f"there is no place with the id {parsed.place}.") from problem
    except exc.NoResultFound as problem:
        raise Failure("this installation has no place yet. Start it once: smilepost up") from problem
    except exc.DBAPIError as problem:
        raise Failure(
            f"the database does not answer: {str(problem.orig).strip()} Is `smilepost up` running?"
        ) from problem
    # On its own line and nothing else on standard output, so that a script can take it.
    print(token)


def _provision_files(_settings: Settings, parsed: argparse.Namespace) -> None:
    from provisioning.program import write_program

    size = write_program(parsed.board, parsed.folder)
    print(f"{size:,} bytes for {parsed.board} in {parsed.folder}. Copy them: mpremote cp -r {parsed.folder}/* :")


def _provision_identity(settings: Settings, parsed: argparse.Namespace) -> None:
    from urllib.parse import urlsplit

    from collector.database import make_engine
    from collector.settings import BrokerAddress
    from provisioning.program import enrolled, write_identity

    broker = urlsplit(parsed.broker)
    if broker.scheme not in {"mqtt", "mqtts"} or not broker.hostname:
        raise Failure("--broker: write an address like mqtts://broker.example:8883.")
    tls = broker.scheme == "mqtts"
    address = BrokerAddress(broker.hostname, broker.port or (8883 if tls else 1883), "", tls)
    key = parsed.key.read_text().strip() if parsed.key else ""
    with make_engine(settings).begin() as connection:
        who = enrolled(connection, settings, parsed.kiosk, parsed.store, parsed.touchpoint, address, key)
    write_identity(who, parsed.output)
    print(f"{who.kiosk} is enrolled. {parsed.output} holds its secret: copy it onto the board, then delete it.")


def _release_key(_settings: Settings, parsed: argparse.Namespace) -> None:
    from provisioning.release import make_key

    print(make_key(parsed.key))


def _release_publish(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.fleet.releases import publish_file

    published = publish_file(settings, parsed.file, parsed.key).manifest
    print(f"Release {published.number} for {published.board}: kiosks can be offered it now.")


def _release_build(_settings: Settings, parsed: argparse.Namespace) -> None:
    from provisioning import bundle, release

    key = release.read_key(parsed.key)
    built = release.build(bundle.bundle(parsed.board), parsed.board, parsed.number, bundle.version(), key)
    output = parsed.output or Path(f"smilepost-{parsed.board}-{parsed.number}.zip")
    built.write(output)
    print(output)


def _doctor(settings: Settings, parsed: argparse.Namespace) -> int:
    from collector.doctor import examine

    return examine(settings, mend=parsed.mend, say=print)


def _on_end(stop: Callable[[], None]) -> None:
    """Have SIGINT and SIGTERM call `stop`, in a thread: a handler runs between any two lines, where locks are held."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: threading.Thread(target=stop, daemon=True).start())


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
