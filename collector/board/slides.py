"""What a board shows: the place as a whole, then each of its stores that was heard this week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from collector.improvements.queries import current, shown
from collector.insights.asked import Asked
from collector.insights.compare import FEWEST
from collector.insights.faces import Share, shares
from collector.insights.heard import heard, heard_below
from collector.insights.index import Index, index
from collector.places.queries import Place
from collector.places.tables import place as places
from collector.surveys.definition import Texts

#: Until today has as many ratings as a figure needs, these days speak.
WEEK = timedelta(days=6)


@dataclass(frozen=True)
class Slide:
    """One place for a while."""

    place_id: int
    name: str
    #: None: nobody has pressed in these days.
    index: Index | None
    shares: Sequence[Share]
    #: Whether all of it is of today, and not of the last seven days.
    is_today: bool
    #: What was changed because customers said so, by language.
    we_did: Texts | None
    #: Which of how many, counted from 0.
    number: int
    of: int

    @property
    def next(self) -> int:
        return (self.number + 1) % self.of


def slide(connection: Connection, place: Place, now: datetime, number: int) -> Slide:
    """The slide with this number; past the last, it begins anew."""
    today = now.astimezone(place.zone).date()
    turns = _turns(connection, place, today)
    number %= len(turns)
    place_id, name = turns[number]
    words, is_today = heard(connection, Asked(place_id, today, today)), True
    if words.tally().total() < FEWEST:
        words, is_today = heard(connection, Asked(place_id, today - WEEK, today)), False
    tally = words.tally()
    return Slide(
        place_id=place_id,
        name=name,
        index=index(tally),
        shares=shares(tally),
        is_today=is_today,
        we_did=_we_did(connection, place_id, now),
        number=number,
        of=len(turns),
    )


def _turns(connection: Connection, place: Place, today: date) -> list[tuple[int, str]]:
    """The places that take turns."""
    if place.kind == "store":
        return [(place.id, place.name)]
    below = heard_below(connection, Asked(place.id, today - WEEK, today))
    speaking = [store_id for store_id, said in below.items() if said.counted]
    named = select(places.c.id, places.c.name).where(places.c.id.in_(speaking)).order_by(places.c.name, places.c.id)
    return [(place.id, place.name), *((row.id, row.name) for row in connection.execute(named))]


def _we_did(connection: Connection, place_id: int, now: datetime) -> Texts | None:
    """The newest that is said there or below, else what is said above."""
    own = shown(connection, place_id, now)
    return own[0].text if own else current(connection, place_id, None, now)
