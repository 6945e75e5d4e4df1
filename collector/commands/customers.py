"""`smilepost invite` and `smilepost person …`: customers, one by one."""

import argparse
import sys
from pathlib import Path

from collector.commands import Commands, database_errors
from collector.settings import Settings


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "invite", help="ask customers of a file how it was, by mail or text message, under the contact policy"
    )
    command.add_argument(
        "file", type=Path, help="CSV with the columns address, consent, language, reference, touchpoint"
    )
    command.add_argument("--store", required=True, help="name of the store where they bought something")
    command.set_defaults(run=_invite)

    about = "what is kept of a customer: give it to them, or erase it"
    person = commands.add_parser("person", help=about).add_subparsers(required=True, title="what", metavar="WHAT")
    whom = "e-mail address, telephone number, case #184 or its link; - reads it from standard input"
    command = person.add_parser("export", help="all that is kept of a customer, as JSON on standard output")
    command.add_argument("whom", help=whom)
    command.set_defaults(run=_person_export)
    command = person.add_parser("erase", help="erase a customer's contacts, words, attachments and messages for good")
    command.add_argument("whom", help=whom)
    command.set_defaults(run=_person_erase)


def _invite(settings: Settings, parsed: argparse.Namespace) -> int:
    from sqlalchemy.pool import NullPool

    from collector import clock
    from collector.contacts.file import invite_all
    from collector.database import make_engine
    from collector.shared_secrets import ALL, agree_at_start

    agree_at_start(settings, ALL)
    with database_errors():
        engine = make_engine(settings, poolclass=NullPool)
        now = clock.now(settings)
        wrong = invite_all(engine, settings, parsed.store, parsed.file, now, lambda line: print(line, flush=True))
    print("What becomes of them: Messages, in the console.")
    return min(wrong, 1)


def _person_export(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.personal.command import export
    from collector.shared_secrets import ALL, agree_at_start

    agree_at_start(settings, ALL)
    with database_errors():
        print(export(settings, _whom(parsed)))


def _person_erase(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.personal.command import erase
    from collector.shared_secrets import ALL, agree_at_start

    agree_at_start(settings, ALL)
    with database_errors():
        print(erase(settings, _whom(parsed)))


def _whom(parsed: argparse.Namespace) -> str:
    """Who is meant; on a command line that others can read it would stand for all to see."""
    return sys.stdin.readline().strip() if parsed.whom == "-" else str(parsed.whom)
