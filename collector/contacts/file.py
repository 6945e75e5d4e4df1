"""Invitations from a file: a table (CSV) of those who have bought something, one customer a line."""

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from collector.addresses import NoAddress
from collector.contacts.messages import invite
from collector.contacts.queries import visible_message
from collector.contacts.words import LANGUAGES
from collector.failure import Failure
from collector.places.queries import touchpoints
from collector.places.tables import place
from collector.settings import Settings

COLUMNS = ("address", "consent", "language", "reference", "touchpoint")


@dataclass(frozen=True)
class _Line:
    number: int
    address: str
    consent: str
    language: str
    reference: str | None
    touchpoint_id: int | None

    @property
    def key(self) -> str:
        """The same for the same line of the same purchase, so that a file that comes twice invites once."""
        about = f"{self.address.casefold()}\n{self.reference or ''}"
        return f"file/{hashlib.sha256(about.encode()).hexdigest()[:32]}"


def invite_all(
    engine: Engine, settings: Settings, store: str, path: Path, now: datetime, say: Callable[[str], None]
) -> int:
    """Invite everybody in a file; returns how many lines could not be used. Each line is a transaction of its own.

    Raises
    ------
    Failure: there is no such store, or the file is no such table.
    """
    became: Counter[str] = Counter()
    wrong = 0
    with engine.connect() as connection:
        store_id = _store(connection, store)
        lines = list(_lines(path, {each.name: each.id for each in touchpoints(connection, store_id)}))
    for line in lines:
        if isinstance(line, str):
            say(line)
            wrong += 1
            continue
        try:
            became[_invite(engine, settings, store_id, line, now)] += 1
        except NoAddress as problem:
            say(f"Line {line.number}: {problem}")
            wrong += 1
    for what, count in became.most_common():
        say(f"{count:>7,}  {what}")
    return wrong


def _invite(engine: Engine, settings: Settings, store_id: int, line: _Line, now: datetime) -> str:
    with engine.begin() as connection:
        message_id = invite(
            connection,
            settings,
            store_id=store_id,
            address=line.address,
            language=line.language,
            consent=line.consent,
            reference=line.reference,
            touchpoint_id=line.touchpoint_id,
            key=line.key,
            now=now,
        )
        row = visible_message(connection, store_id, message_id)
        assert row is not None  # noqa: S101 - it was written just now
        if row.state == "refused":
            return f"not sent: {row.refused}"
        return "held until somebody may be disturbed" if row.state == "held" else "on their way"


def _store(connection: Connection, name: str) -> int:
    found = connection.scalars(select(place.c.id).where(place.c.kind == "store", place.c.name == name)).all()
    if len(found) != 1:
        raise Failure(f"There is no store {name!r}." if not found else f"There is more than one store {name!r}.")
    return int(found[0])


def _lines(path: Path, touchpoint_ids: dict[str, int]) -> Iterator[_Line | str]:
    """The file's lines; what is wrong with one, as a sentence without the address in it."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = set(reader.fieldnames or ())
            if not {"address", "consent"} <= names or names - set(COLUMNS):
                raise Failure(
                    f"{path}: its first line should name the columns address, consent and, if you like, "
                    "language, reference and touchpoint."
                )
            for row in reader:
                yield _line(reader.line_num, row, touchpoint_ids)
    except OSError as problem:
        raise Failure(f"{path} cannot be read: {problem.strerror}.") from problem
    except (UnicodeDecodeError, csv.Error) as problem:
        raise Failure(f"{path} is no table in UTF-8, with commas between its columns.") from problem


def _line(number: int, row: dict[str, str], touchpoint_ids: dict[str, int]) -> _Line | str:
    if None in row:
        return f"Line {number}: it has more columns than the first line."
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if not cells["consent"]:
        return f"Line {number}: consent is empty. Write the words to which the customer said yes."
    if (language := cells["language"] or "en") not in LANGUAGES:
        return f"Line {number}: language should be one of {', '.join(LANGUAGES)}."
    if (touchpoint := cells["touchpoint"]) and touchpoint not in touchpoint_ids:
        return f"Line {number}: the store has no touchpoint {touchpoint!r}."
    return _Line(
        number,
        cells["address"],
        cells["consent"][:1000],
        language,
        cells["reference"][:64] or None,
        touchpoint_ids.get(touchpoint),
    )
