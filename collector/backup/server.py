"""A connection to the database, or in a sentence why there is none."""

import psycopg

from collector.database import connect
from collector.failure import Failure
from collector.settings import Settings


class NoDatabase(Failure):
    """The database cannot be reached; the message says why and what to do."""


def reach(settings: Settings) -> psycopg.Connection[psycopg.rows.TupleRow]:
    """A connection in autocommit.

    Raises
    ------
    NoDatabase: it does not answer.
    """
    try:
        return connect(settings, autocommit=True)
    except psycopg.OperationalError as problem:
        raise NoDatabase(
            f"The database does not answer: {str(problem).strip()}. Check the setting `database`, and whether that "
            "server runs."
        ) from problem
