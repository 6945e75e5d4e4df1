"""`smilepost let-in`: the way back in for whoever has lost every other one."""

import argparse

from collector.commands import Commands, database_errors
from collector.failure import Failure
from collector.settings import Settings


def add(commands: Commands) -> None:
    about = "print a link that lets somebody in once, who has lost password, telephone and recovery codes"
    command = commands.add_parser("let-in", help=about)
    command.add_argument("name", help="as they sign in; their password, second factor and sign-on are forgotten")
    command.set_defaults(run=_let_in)


def _let_in(settings: Settings, parsed: argparse.Namespace) -> None:
    from sqlalchemy import exc, select
    from sqlalchemy.pool import NullPool

    from collector.accounts.people import changes
    from collector.accounts.people.queries import one_person
    from collector.accounts.sessions import make_sign_in_link
    from collector.accounts.tables import account
    from collector.database import make_engine
    from collector.places.queries import top_place

    with database_errors(), make_engine(settings, poolclass=NullPool).begin() as connection:
        try:
            top = top_place(connection)
        except exc.NoResultFound as problem:
            raise Failure("this installation has no place yet. Start it once: smilepost up") from problem
        account_id = connection.scalar(select(account.c.id).where(account.c.name == parsed.name))
        person = one_person(connection, top, account_id) if account_id is not None else None
        if person is None:
            raise Failure(f"there is no account {parsed.name!r}.")
        if person.ended_at or person.role == "email-only":
            raise Failure(f"nobody signs in as {parsed.name!r}. On the page People an admin can change that.")
        changes.let_in_anew(connection, person, "smilepost let-in")
        secret = make_sign_in_link(connection, person.name)
    print(f"{settings.url}/sign-in/link/{secret}")
