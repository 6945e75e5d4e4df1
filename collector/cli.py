"""The `smilepost` program: one sub-command a job. Each part runs alone as well as under `smilepost up`."""

import argparse
import asyncio
import contextlib
import logging
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from collector import __version__
from collector.accounts.tokens import SCOPES
from collector.failure import Failure
from collector.settings import Settings
from printer.proxy import WARNING

if TYPE_CHECKING:
    from collector.backup.file import Manifest

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


PROXY_EPILOG = """\
example:
  smilepost print proxy --signer signer.json --printer tcp://192.0.2.10 --match 'TOTAL' --except 'KITCHEN|CARD'

It fails open: what it does not understand it only forwards. If this machine stands still, set the till back to the
printer's own address.
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
    ):
        commands.add_parser(name, help=help_text, description=help_text.capitalize() + ".").set_defaults(run=run)

    _add_print(commands)
    _add_simulate(commands)

    command = commands.add_parser("token", help="print a new API token for this installation")
    command.add_argument("name", nargs="?", default="token", help="what it is for, shown in lists")
    command.add_argument(
        "--scope", action="append", help="read (default), write, metrics, personal; repeat for more", choices=SCOPES
    )
    command.add_argument("--place", type=int, help="id of the place it is for; default: all of them")
    command.set_defaults(run=_token)

    _add_provision(commands)
    _add_release(commands)
    _add_broker(commands)
    _add_archive(commands)
    _add_invite(commands)
    _add_person(commands)
    _add_backup(commands)

    command = commands.add_parser("doctor", help="say what is wrong with this installation and how to mend it")
    command.add_argument(
        "--mend",
        action="store_true",
        help="mend what can be mended: bring the tables up to date, and figures in line with the ratings",
    )
    command.set_defaults(run=_doctor)
    return parser


def _add_print(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "bring slips to the printers; or one of its own commands"
    command = commands.add_parser("print", help=about, description=f"{about.capitalize()}.")
    command.set_defaults(run=_print)
    own = command.add_subparsers(metavar="WHAT")
    command = own.add_parser(
        "self-test", help="print the page that shows what a printer can do, and wait for it; `smilepost up` must run"
    )
    command.add_argument("--store", help="name of the store, where there are several")
    command.add_argument("--printer", help="name of the printer, where there are several")
    command.set_defaults(run=_print_self_test)
    _add_print_proxy(own)


def _add_print_proxy(own: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = own.add_parser(
        "proxy",
        help="stand between a till and its printer, and put a code onto the till's own receipts",
        description=f"Stand between a till and its printer.\n\n{WARNING}",
        epilog=PROXY_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--signer", type=Path, required=True, help="file of `smilepost provision signer --kind proxy`")
    command.add_argument("--printer", required=True, help="the printer behind it: tcp://192.0.2.10:9100")
    command.add_argument("--listen", default="0.0.0.0:9100", help="for the till; default: 0.0.0.0:9100")
    command.add_argument("--profile", default="epson-80", help="kind of printer; default: epson-80")
    command.add_argument(
        "--encoding",
        default="cp437",
        help="code page that the printer begins with, for what is matched; default: cp437",
    )
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--match",
        metavar="REGEX",
        help="receipts in whose text this is found get a code; a group (?P<reference>…) is printed below it, a dot is "
        "also the end of a line",
    )
    which.add_argument("--every", action="store_true", help="all receipts get one, those that are pictures, too")
    command.add_argument("--except", metavar="REGEX", dest="unless", help="but not those in whose text this is found")
    command.set_defaults(run=_print_proxy)


def _add_simulate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
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
        "time", help="move this installation's time on, where it lives by a test clock (the setting clock_file)"
    )
    command.add_argument("by", metavar="SPAN", help="+26h, +1d12h or +30m; real: back to the machine's time")
    command.set_defaults(run=_simulate_time)

    command = simulate.add_parser(
        "receiver", help="a central queue: takes webhooks, checks their signatures, says what came"
    )
    command.add_argument("receiver_port", type=int, metavar="PORT")
    command.add_argument("secret_file", type=Path, help="file with the webhook's secret, whsec_…")
    command.set_defaults(run=_simulate_receiver)

    command = simulate.add_parser(
        "history", help="a plausible past: stores and kiosks that have been rated for months, to see the product full"
    )
    command.add_argument("--stores", type=int, default=200, help="default: 200")
    command.add_argument("--ratings", type=int, default=1_000_000, help="default: 1000000; 50 million take some 12 GB")
    command.add_argument("--months", type=int, default=24, help="how far it reaches back; default: 24")
    command.add_argument("--seed", type=int, default=1, help="another one is another past; default: 1")
    command.add_argument("--beside-real", action="store_true", help="also where there are real ratings")
    command.set_defaults(run=_simulate_history)


def _add_archive(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "old months of ratings: from the database into files, and back"
    archive = commands.add_parser("archive", help=about).add_subparsers(required=True, metavar="WHAT")
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


def _add_invite(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "invite", help="ask customers of a file how it was, by mail or text message, under the contact policy"
    )
    command.add_argument(
        "file", type=Path, help="CSV with the columns address, consent, language, reference, touchpoint"
    )
    command.add_argument("--store", required=True, help="name of the store where they bought something")
    command.set_defaults(run=_invite)


def _add_person(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "what is kept of a customer: give it to them, or erase it"
    person = commands.add_parser("person", help=about).add_subparsers(required=True, metavar="WHAT")
    whom = "e-mail address, telephone number, case #184 or its link; - reads it from standard input"
    command = person.add_parser("export", help="all that is kept of a customer, as JSON on standard output")
    command.add_argument("whom", help=whom)
    command.set_defaults(run=_person_export)
    command = person.add_parser("erase", help="erase a customer's contacts, words, attachments and messages for good")
    command.add_argument("whom", help=whom)
    command.set_defaults(run=_person_erase)


def _add_backup(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("backup", help="all that lasts into one file, while everything runs")
    command.add_argument("file", type=Path, help="for example smilepost-2026-11-22.zip; it replaces no other")
    command.add_argument("--verify", action="store_true", help="make none, but read every byte of this one")
    command.set_defaults(run=_backup)
    command = commands.add_parser("restore", help="make an installation of a backup, in an empty data folder")
    command.add_argument("file", type=Path, help="as `smilepost backup` wrote it")
    command.set_defaults(run=_restore)


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
    command.set_defaults(run=_provision_signer)


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


def _add_broker(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    broker = commands.add_parser("broker", help="the MQTT broker: its certificates, or a Mosquitto's").add_subparsers(
        required=True, metavar="WHAT"
    )
    command = broker.add_parser(
        "certificates", help="make the organisation's CA and the embedded broker's certificate, so that it can use TLS"
    )
    command.add_argument("name", nargs="+", help="name or address at which kiosks reach this machine")
    command.set_defaults(run=_broker_certificates)

    command = broker.add_parser("mosquitto", help="write a complete configuration for a Mosquitto, with all kiosks")
    command.add_argument("folder", type=Path, help="from which it is to run, for example /etc/mosquitto/smilepost")
    command.add_argument("name", nargs="+", help="name or address at which kiosks reach it")
    command.add_argument("--listen", default="0.0.0.0", help="address for kiosks; default: all")  # noqa: S104
    command.add_argument("--tls-port", type=int, default=8883, help="for kiosks; default: 8883")
    command.add_argument("--local-port", type=int, default=1883, help="for collectors beside it; default: 1883")
    command.add_argument("--plugin", type=Path, help="its dynamic-security plugin, if it is not where Debian puts it")
    command.set_defaults(run=_broker_mosquitto)


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
    from collector.slips.spool import Spool

    spool = Spool(settings)
    _on_end(spool.stop)
    spool.run()


def _print_self_test(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.slips.self_test import print_test_page

    with _database_errors():
        print_test_page(settings, parsed.store, parsed.printer, lambda line: print(line, flush=True))


def _print_proxy(_settings: Settings, parsed: argparse.Namespace) -> None:
    from printer.profiles import PROFILES
    from printer.proxy.insertion import Rule
    from printer.proxy.server import serve

    if parsed.profile not in PROFILES:
        raise Failure(f"--profile: there is no {parsed.profile!r}. There are: {', '.join(PROFILES)}.")
    rule = Rule(_pattern("--match", parsed.match), _pattern("--except", parsed.unless))
    try:
        is_code_page = b"TOTAL".decode(parsed.encoding) == "TOTAL"
    except (LookupError, UnicodeError):
        is_code_page = False
    if not is_code_page:
        raise Failure(f"--encoding: Python knows no code page {parsed.encoding!r}. Write for example cp866.")
    try:
        serve(
            parsed.signer,
            parsed.listen,
            parsed.printer,
            PROFILES[parsed.profile],
            rule,
            parsed.encoding,
            lambda line: print(line, flush=True),
        )
    except ValueError as problem:
        raise Failure(str(problem)) from problem
    except OSError as problem:
        raise Failure(f"it cannot listen at {parsed.listen}: {problem.strerror}.") from problem


def _pattern(flag: str, text: str | None) -> re.Pattern[str] | None:
    """What is to be found in a receipt; a dot is also the end of a line, and `^` and `$` are those of each line."""
    if text is None:
        return None
    try:
        pattern = re.compile(text, re.DOTALL | re.MULTILINE)
    except re.error as problem:
        raise Failure(f"{flag}: {text!r} is no regular expression: {problem}.") from problem
    if pattern.search(""):
        raise Failure(f"{flag}: {text!r} is found in everything, even where nothing stands. For that: --every.")
    return pattern


def _simulate_receiver(_settings: Settings, parsed: argparse.Namespace) -> None:
    from simulators.webhook_receiver import serve

    serve(parsed.receiver_port, parsed.secret_file.read_text().strip())


def _simulate_floor(settings: Settings, _parsed: argparse.Namespace) -> None:
    from simulators.floor.server import serve

    serve(settings)


def _simulate_press(settings: Settings, parsed: argparse.Namespace) -> None:
    from simulators.floor.press import press

    print(press(settings, parsed.kiosk, parsed.button))


def _simulate_time(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector import clock

    print(f"It is {clock.move(settings, clock.span(parsed.by)):%Y-%m-%d %H:%M} UTC here now.")


def _simulate_history(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.progress import step
    from simulators.history import Wanted, load_history

    if min(parsed.stores, parsed.ratings, parsed.months) < 1:
        raise Failure("--stores, --ratings and --months: write 1 or more.")
    wanted = Wanted(parsed.stores, parsed.ratings, parsed.months, parsed.seed)
    with _database_errors(), step("ratings", of=wanted.ratings) as advance:
        fresh = load_history(settings, wanted, datetime.now(UTC), beside_real=parsed.beside_real, advance=advance)
    if not fresh:
        print("All of them were there already.")
    print(f"Look at it: {settings.url}/")


def _archive_old(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.ratings.archive import archive_old

    if parsed.months < 0:
        raise Failure("--months: write 0 or more.")
    months = 0
    with _database_errors():
        for done in archive_old(settings, parsed.months, datetime.now(UTC)):
            print(f"  ✓ {done.month}  {done.rows:>12,} ratings  {done.path}", flush=True)
            months += 1
    print("Bring a month back with: smilepost archive restore FILE" if months else "No month is that old.")


def _archive_restore(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.ratings.archive import bring_back, find_file

    with _database_errors():
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


@contextlib.contextmanager
def _database_errors() -> Iterator[None]:
    """Say in a sentence that the database does not answer, or what it said."""
    import psycopg
    from sqlalchemy import exc

    try:
        yield
    except (psycopg.Error, exc.DBAPIError) as problem:
        said = str(getattr(problem, "orig", None) or problem).strip()
        raise Failure(f"the database could not do it: {said} Is `smilepost up` running?") from problem


def _token(settings: Settings, parsed: argparse.Namespace) -> None:
    from sqlalchemy import exc

    from collector.accounts.tokens import make_token
    from collector.database import make_engine
    from collector.places.queries import top_place

    with _database_errors():
        try:
            with make_engine(settings).begin() as connection:
                place = parsed.place or top_place(connection)
                token = make_token(connection, parsed.name, parsed.scope or ["read"], place)
        except exc.IntegrityError as problem:
            raise Failure(f"there is no place with the id {parsed.place}.") from problem
        except exc.NoResultFound as problem:
            raise Failure("this installation has no place yet. Start it once: smilepost up") from problem
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


def _provision_signer(settings: Settings, parsed: argparse.Namespace) -> None:
    from sqlalchemy.pool import NullPool

    from collector.database import make_engine
    from collector.links.keys import leads_nowhere
    from collector.slips.signers import end_signer, make_signer, write_signer

    with _database_errors(), make_engine(settings, poolclass=NullPool).begin() as connection:
        if parsed.end is not None:
            store = end_signer(connection, parsed.end)
            print(
                f"Signer {parsed.end} of {store} has ended: what it has signed counts for 30 days more.\n"
                "Its machine is not told and would go on: stop what uses it there, and delete its file."
            )
            return
        made = make_signer(connection, settings, parsed.store, parsed.kind, parsed.kiosk, parsed.name)
        # Within the transaction: no signer without its file.
        write_signer(made, parsed.output)
    print(f"{parsed.output} is signer {made.signer}, for {made.store}: move it to its machine, and keep no copy.")
    if leads_nowhere(settings):
        print(
            f"The codes lead to {settings.url}, which only this machine can open. Set “url” in smilepost.toml,\n"
            "and make another signer before receipts are printed."
        )


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


def _broker_certificates(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.broker.certificates import make_certificates

    made = make_certificates(settings.certificates, settings.certificates, parsed.name)
    print(f"{made.certificate} is the embedded broker's, for {', '.join(parsed.name)}; {made.ca} goes to kiosks.")
    print(
        'In smilepost.toml, broker_host = "0.0.0.0" lets kiosks in from other machines. Then start `smilepost up` anew.'
    )


def _broker_mosquitto(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.broker.mosquitto import Listeners, next_steps, write_configuration
    from collector.database import connect

    folder = parsed.folder.expanduser().absolute()
    listeners = Listeners(parsed.listen, parsed.tls_port, parsed.local_port)
    with _database_errors(), connect(settings) as database:
        written = write_configuration(settings, database, folder, parsed.name, listeners, parsed.plugin)
    print(next_steps(settings, folder, parsed.name[0], listeners, written))


def _invite(settings: Settings, parsed: argparse.Namespace) -> int:
    from collector import clock
    from collector.contacts.file import invite_all
    from collector.database import make_engine

    with _database_errors():
        engine = make_engine(settings)
        now = clock.now(settings)
        wrong = invite_all(engine, settings, parsed.store, parsed.file, now, lambda line: print(line, flush=True))
    print("What becomes of them: Messages, in the console.")
    return min(wrong, 1)


def _person_export(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.personal.command import export

    with _database_errors():
        print(export(settings, _whom(parsed)))


def _person_erase(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.personal.command import erase

    with _database_errors():
        print(erase(settings, _whom(parsed)))


def _whom(parsed: argparse.Namespace) -> str:
    """Who is meant; on a command line that others can read it would stand for all to see."""
    return sys.stdin.readline().strip() if parsed.whom == "-" else str(parsed.whom)


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
