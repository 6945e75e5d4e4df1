"""What a page of figures was asked: of which place, from when to when, and of which touchpoint and channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from collector.current import row_id
from collector.places.hours import OpeningHours, open_slots
from collector.ratings.kinds import Channel, word

#: Days that are shown where nobody asks for others, and the most that can be asked for: two years.
USUAL, MOST = 28, 731
#: Only while a store was open: of so many days at most, as it is read hour by hour.
MOST_OPEN = 31

_CHANNELS = {word(channel): channel for channel in Channel}
_EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class Asked:
    """A place, a period and what is looked at of it. Days are the stores' own; both ends are included."""

    place_id: int
    first: date
    last: date
    #: None: all of them.
    touchpoint_id: int | None = None
    #: Empty: all of them.
    channels: frozenset[Channel] = field(default=frozenset())
    #: The hours of the week, as (weekday, hour), in which the store is open, where only these are looked at; of stores
    #: alone, and of ratings whose time is known. None: all hours.
    opened: frozenset[tuple[int, int]] | None = None

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Asked":
        """The same, of the period of the same length just before."""
        return replace(self, first=self.first - timedelta(self.days), last=self.first - timedelta(1))

    @property
    def previous_year(self) -> "Asked":
        """The same, 52 weeks before: on the same weekdays."""
        return replace(self, first=self.first - timedelta(weeks=52), last=self.last - timedelta(weeks=52))

    def at(self, place_id: int) -> "Asked":
        """The same period and channels of another place."""
        return replace(self, place_id=place_id, touchpoint_id=None, opened=None)

    def query(self) -> dict[str, str | list[str]]:
        """What an address needs to ask the same again: `url_for(…, **asked.query())`."""
        asked: dict[str, str | list[str]] = {"from": self.first.isoformat(), "to": self.last.isoformat()}
        if self.touchpoint_id is not None:
            asked["touchpoint"] = str(self.touchpoint_id)
        if self.channels:
            asked["channel"] = [word(channel) for channel in sorted(self.channels)]
        if self.opened is not None:
            asked["open"] = "1"
        return asked


def asked_of(args: Mapping[str, str], place_id: int, today: date, usual: int = USUAL) -> Asked:
    """What an address asks for: ?from= and ?to=, or ?days= up to today; ?touchpoint=; ?channel=, also several times.

    What makes no sense is left out, as if it had not been typed: a page is shown in any case.

    Parameters
    ----------
    args: of the request, as Flask has them.
    today: of the place.
    usual: days up to today that are shown where no period is asked for.
    """
    last = min(_day(args.get("to")) or today, today)
    first = _day(args.get("from"))
    if first is None or first > last:
        first = last - timedelta(_days(args.get("days"), usual) - 1)
    return Asked(
        place_id,
        max(first, last - timedelta(MOST - 1)),
        last,
        _row(args.get("touchpoint")),
        frozenset(_CHANNELS[each] for each in _several(args, "channel") if each in _CHANNELS),
    )


def while_open(asked: Asked, args: Mapping[str, str], opening_hours: OpeningHours) -> Asked:
    """The same of the hours in which the store is open, where the address says so (?open=1), its hours are known, and
    the period is not too long."""
    if args.get("open") != "1" or not opening_hours or asked.days > MOST_OPEN:
        return asked
    return replace(asked, opened=open_slots(opening_hours))


def _day(typed: str | None) -> date | None:
    try:
        day = date.fromisoformat(typed or "")
    except ValueError:
        return None
    return day if day >= _EARLIEST else None


def _days(typed: str | None, usual: int) -> int:
    return int(typed) if typed and typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= MOST else usual


def _row(typed: str | None) -> int | None:
    try:
        return row_id(typed or "")
    except ValueError:
        return None


def _several(args: Mapping[str, str], name: str) -> Sequence[str]:
    if hasattr(args, "getlist"):
        found: Sequence[str] = args.getlist(name)
        return found
    return [args[name]] if name in args else []
