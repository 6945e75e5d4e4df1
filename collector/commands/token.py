"""`smilepost token`: how a program signs in."""

import argparse

from collector.accounts.tokens import SCOPES
from collector.commands import Commands, database_errors
from collector.failure import Failure
from collector.settings import Settings


def add(commands: Commands) -> None:
    command = commands.add_parser("token", help="print a new API token for this installation")
    command.add_argument("name", nargs="?", default="token", help="what it is for, shown in lists")
    command.add_argument(
        "--scope",
        action="append",
        help="read (default), write, metrics, personal, provision; repeat for more",
        choices=SCOPES,
    )
    command.add_argument("--place", type=int, help="id of the place it is for; default: all of them")
    command.set_defaults(run=_token)


def _token(settings: Settings, parsed: argparse.Namespace) -> None:
    from sqlalchemy import exc
    from sqlalchemy.pool import NullPool

    from collector.accounts.tokens import make_token
    from collector.database import make_engine
    from collector.places.queries import top_place

    with database_errors():
        try:
            with make_engine(settings, poolclass=NullPool).begin() as connection:
                place = parsed.place or top_place(connection)
                token = make_token(connection, parsed.name, parsed.scope or ["read"], place)
        except exc.IntegrityError as problem:
            raise Failure(f"there is no place with the id {parsed.place}.") from problem
        except exc.NoResultFound as problem:
            raise Failure("this installation has no place yet. Start it once: smilepost up") from problem
    # On its own line and nothing else on standard output, so that a script can take it.
    print(token)
