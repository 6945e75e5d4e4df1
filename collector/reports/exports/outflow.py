"""A list on its way: read from the database some rows at a time, sent at once, with how far it has come.

1. Whoever asks notes what they want (`ask_for`): the page shows it.
2. The file is fetched: the rows flow, and every second it is written down how many have left.
3. Its end says done; who hangs up, stopped. It can be fetched again.
"""

import threading
import time
from collections.abc import Generator, Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from collector.insights.asked import Asked
from collector.insights.heard import heard
from collector.places.tables import place
from collector.reports.exports.cells import BEGIN, encoded
from collector.reports.exports.listed import Wanted
from collector.reports.exports.lists import LISTS
from collector.reports.tables import export

#: Rows that are read and sent in one piece.
PIECE = 2_000
#: How often it is written down how far a list has come, s.
EVERY = 1.0
#: So many lists flow at a time from one web process: the others' pages need its threads.
AT_ONCE = 2
#: A file that moved last so long ago is on its way no more: its process has died.
DEAD = timedelta(minutes=2)
#: What somebody asked for is forgotten after this time, and so many are shown.
KEPT, SHOWN = timedelta(days=7), 10

_slots = threading.BoundedSemaphore(AT_ONCE)


def ask_for(connection: Connection, account_id: int, name: str, wanted: Wanted, key: str) -> int:
    """Note that somebody wants a list; returns its number.

    Parameters
    ----------
    key: of the form: a double tap is one list.
    """
    connection.execute(delete(export).where(export.c.created_at < wanted.now - KEPT))
    days = {"first": wanted.first, "last": wanted.last, "narrowed": wanted.narrowed}
    values = {"account_id": account_id, "place_id": wanted.place_id, "list": name, "key": key, **days}
    made = insert(export).values(**values, expected=_expected(connection, name, wanted), created_at=wanted.now)
    connection.execute(made.on_conflict_do_nothing(index_elements=["key"]))
    return int(connection.execute(select(export.c.id).where(export.c.key == key)).scalar_one())


def _expected(connection: Connection, name: str, wanted: Wanted) -> int:
    """About how many rows a list has; ratings are too many to be counted one by one."""
    if name != "ratings" or wanted.first is None or wanted.last is None:
        return LISTS[name].flow(connection, wanted).count(connection)
    found = heard(connection, Asked(wanted.place_id, wanted.first, wanted.last))
    return sum(sum(cell.presses) + cell.marked for cell in found.cells)


def own_exports(connection: Connection, account_id: int) -> Any:
    """What somebody asked for in the last days, the newest first."""
    query = select(export, place.c.name.label("place")).join(place, place.c.id == export.c.place_id)
    query = query.where(export.c.account_id == account_id).order_by(export.c.created_at.desc(), export.c.id.desc())
    return connection.execute(query.limit(SHOWN)).all()


def own_export(connection: Connection, account_id: int, export_id: int) -> Row[Any] | None:
    """One of them; None where there is none with this number, or another asked for it."""
    query = select(export, place.c.name.label("place"), place.c.time_zone).join(place, place.c.id == export.c.place_id)
    return connection.execute(query.where(export.c.id == export_id, export.c.account_id == account_id)).first()


class Slot:
    """One of the few lists that flow at a time. Close it in any case; twice is once.

    Raises, when it is made,
    ------
    Busy: as many as there may be are on their way.
    """

    def __init__(self) -> None:
        if not _slots.acquire(blocking=False):
            raise Busy
        self._is_closed = False

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            _slots.release()


class Outflow:
    """A file on its way. Iterate over it for its pieces, and close it in any case.

    Raises, when it is made,
    ------
    Busy: as many as there may be are on their way.
    """

    def __init__(self, engine: Engine, export_id: int, name: str, wanted: Wanted) -> None:
        self._slot = Slot()
        self._engine, self._id = engine, export_id
        self._columns = LISTS[name].columns
        self._rows, self._ended, self._is_closed = 0, False, False
        self._pieces = self._flow()
        try:
            with engine.connect() as connection:  # while there is a request: themes are named in its language
                self._rows_of = LISTS[name].flow(connection, wanted)
            self._note("running")
        except BaseException:
            self._slot.close()
            raise

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def _flow(self) -> Generator[bytes, None, None]:
        noted = time.monotonic()
        yield BEGIN.encode() + encoded([self._columns])
        with self._engine.connect() as connection:
            # A cursor of the server's: the rows are read as they are sent, and all of them as they were at one moment.
            line = self._rows_of.lines(connection)
            streamed = {"stream_results": True, "yield_per": PIECE}
            with connection.execute(self._rows_of.query, execution_options=streamed) as found:
                for piece in found.partitions(PIECE):
                    yield encoded(map(line, piece))
                    self._rows += len(piece)
                    if time.monotonic() - noted >= EVERY:
                        noted = time.monotonic()
                        self._note("running")
        self._ended = True

    def close(self) -> None:
        """It has been sent, or nobody wants the rest."""
        if self._is_closed:
            return
        self._is_closed = True
        self._pieces.close()
        self._slot.close()
        self._note("done" if self._ended else "stopped")

    def _note(self, state: str) -> None:
        with self._engine.begin() as connection:
            values = {"state": state, "rows": self._rows, "moved_at": func.now()}
            connection.execute(update(export).where(export.c.id == self._id).values(values))


class Busy(Exception):
    """As many lists as there may be are on their way."""
