"""`smilepost print …`: slips onto printers."""

import argparse
import re
from pathlib import Path

from collector.commands import Commands, database_errors, on_end
from collector.failure import Failure
from collector.settings import Settings
from printer.proxy import WARNING

PROXY_EPILOG = """\
example:
  smilepost print proxy --signer signer.json --printer tcp://192.0.2.10 --match 'TOTAL' --except 'KITCHEN|CARD'

It fails open: what it does not understand it only forwards. If this machine stands still, set the till back to the
printer's own address.
"""


def add(commands: Commands) -> None:
    about = "bring slips to the printers; or one of its own commands"
    command = commands.add_parser("print", help=about, description=f"{about.capitalize()}.")
    command.set_defaults(run=_print)
    own = command.add_subparsers(title="what", metavar="WHAT")
    command = own.add_parser(
        "self-test", help="print the page that shows what a printer can do, and wait for it; `smilepost up` must run"
    )
    command.add_argument("--store", help="name of the store, where there are several")
    command.add_argument("--printer", help="name of the printer, where there are several")
    command.set_defaults(run=_print_self_test)
    _add_proxy(own)


def _add_proxy(own: Commands) -> None:
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


def _print(settings: Settings, _parsed: argparse.Namespace) -> None:
    from collector.slips.spool import Spool

    spool = Spool(settings)
    on_end(spool.stop)
    spool.run()


def _print_self_test(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.slips.self_test import print_test_page

    with database_errors():
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
