"""Connections to the database for those who call every few seconds.

SQLAlchemy's pool asks each connection whether it lives before it gives it out. That is right for a page, and would
double what a printer costs that calls in vain. One of these is simply used; one that is dead is replaced.
"""

import contextlib
from collections import deque
from collections.abc import Iterator

import psycopg
from sqlalchemy import Engine, event

from collector.database import connect
from collector.queue.jobs import Database
from collector.settings import Settings


class Connections:
    """Each statement is committed by itself; there are as many as are needed at the same time.

    Parameters
    ----------
    engine: they are closed when it is disposed of.
    """

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._free: deque[Database] = deque()
        event.listen(engine, "engine_disposed", lambda _: self._close())

    @contextlib.contextmanager
    def one(self) -> Iterator[Database]:
        """One that lives, or lived when it was last used.

        Raises
        ------
        psycopg.OperationalError: the database cannot be reached, or went away.
        """
        try:
            database = self._free.pop()
        except IndexError:
            database = connect(self._settings, autocommit=True)
        try:
            yield database
        except psycopg.OperationalError:
            database.close()
            self._close()  # what happened to one happened to all
            raise
        finally:
            if not database.closed:
                self._free.append(database)

    def _close(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._free.pop().close()
