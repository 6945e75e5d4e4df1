"""`smilepost person …`: the same as the console's pages, for whoever is at the machine. They see all places."""

import getpass
import json
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import NoResultFound
from sqlalchemy.pool import NullPool

from collector import clock
from collector.addresses import NoAddress
from collector.database import make_engine
from collector.failure import Failure
from collector.personal import erase as erasing
from collector.personal import export as exporting
from collector.personal.find import find
from collector.personal.person import Person
from collector.places.queries import top_place
from collector.settings import Settings


class Unknown(Failure):
    """Nothing is kept of whoever is meant; the message says so."""


def export(settings: Settings, whom: str) -> str:
    """All that is kept of a person, as JSON.

    Raises
    ------
    Unknown: nothing is.
    """
    now = clock.now(settings)
    with make_engine(settings, poolclass=NullPool).begin() as connection:
        document = exporting.export(connection, _person(connection, settings, whom, now), _who(), now)
    return json.dumps(document, ensure_ascii=False, indent=2)


def erase(settings: Settings, whom: str) -> str:
    """Erase a person; returns a sentence of what was erased.

    Raises
    ------
    Unknown: nothing is kept.
    """
    now = clock.now(settings)
    with make_engine(settings, poolclass=NullPool).begin() as connection:
        erased = erasing.erase(connection, settings, _person(connection, settings, whom, now), _who(), now)
    if not erased:
        return "There was nothing left to erase."
    counts = ", ".join(f"{name} {count}" for name, count in vars(erased).items())
    return f"Erased ({counts}). The ratings stay: they say nothing of whom they come from."


def _person(connection: Connection, settings: Settings, whom: str, now: datetime) -> Person:
    try:
        person = find(connection, settings, top_place(connection), whom, now)
    except NoResultFound:
        person = None  # no place yet, so nobody
    except NoAddress as problem:
        raise Unknown(f"{problem} Write an address, a telephone number with its country, or a case: #184.") from problem
    if person is None or not person.is_known:
        raise Unknown("nothing is kept of this customer.")
    return person


def _who() -> str:
    """Who is written down in the audit log."""
    try:
        return f"{getpass.getuser()} at the command line"
    except (KeyError, OSError):  # a user number without a name
        return "somebody at the command line"
