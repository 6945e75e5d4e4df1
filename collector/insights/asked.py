"""What a page of figures was asked: of which place, from when to when, and of which touchpoint and channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import NamedTuple

from collector.current import row_id
from collector.forms import line
from collector.ratings.kinds import Channel, word

#: Days that are shown where nobody asks for others, and the most that can be asked for: two years.
USUAL, MOST = 28, 731
#: No touchpoint has a longer name.
_LONGEST_NAME = 80

_CHANNELS = {word(channel): channel for channel in Channel}
_EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class Asked:
    """A place, a period and what is looked at of it. Days are the stores' own; both ends are included."""

    place_id: int
    first: date
    last: date
    #: Of a store; None: all of them.
    touchpoint_id: int | None = None
    #: Empty: all of them.
    channels: frozenset[Channel] = field(default=frozenset())
    #: Only what was heard while the stores were open, at a known time; stores whose hours nobody knows are always open.
    opened: bool = False
    #: All touchpoints of this name, at whatever store of the place; None: whatever the name.
    touchpoint_name: str | None = None

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def is_up_to(self, today: date, days: int) -> bool:
        """Whether it has so many days, of which today is the last."""
        return self.days == days and self.last == today

    @property
    def has_touchpoint(self) -> bool:
        """Whether some touchpoints alone are looked at."""
        return self.touchpoint_id is not None or self.touchpoint_name is not None

    @property
    def before(self) -> "Asked":
        """The same, of the period of the same length just before."""
        return replace(self, first=self.first - timedelta(self.days), last=self.first - timedelta(1))

    @property
    def previous_year(self) -> "Asked":
        """The same, 52 weeks before: on the same weekdays."""
        return replace(self, first=self.first - timedelta(weeks=52), last=self.last - timedelta(weeks=52))

    def at(self, place_id: int) -> "Asked":
        """The same of another place, but for one touchpoint of this one."""
        return replace(self, place_id=place_id, touchpoint_id=None)

    def parameters(self) -> dict[str, object]:
        """What statements are told of it: :place, :first, :last, :touchpoint, :name, :channels; null: all of them."""
        return {
            "place": self.place_id,
            "first": self.first,
            "last": self.last,
            "touchpoint": self.touchpoint_id,
            "name": self.touchpoint_name,
            "channels": [int(channel) for channel in sorted(self.channels)] or None,
        }

    def query(self) -> dict[str, str | list[str]]:
        """What an address needs to ask the same again: `url_for(…, **asked.query())`."""
        asked: dict[str, str | list[str]] = {"from": self.first.isoformat(), "to": self.last.isoformat()}
        if self.touchpoint_id is not None or self.touchpoint_name is not None:
            asked["touchpoint"] = self.touchpoint_name or str(self.touchpoint_id)
        if self.channels:
            asked["channel"] = [word(channel) for channel in sorted(self.channels)]
        if self.opened:
            asked["open"] = "1"
        return asked


def asked_of(
    args: Mapping[str, str], place_id: int, today: date, usual: int = USUAL, *, is_store: bool = True
) -> Asked:
    """What an address asks for: ?from= and ?to=, or ?days= up to today; ?touchpoint=; ?channel=, also several times;
    ?open=1.

    What makes no sense is left out, as if it had not been typed: a page is shown in any case.

    Parameters
    ----------
    args: of the request, as Flask has them.
    today: of the place.
    usual: days up to today that are shown where no period is asked for.
    is_store: a number is a touchpoint of the store, by its row; whatever else, and above stores anything, is a name.
    """
    last = min(_day(args.get("to")) or today, today)
    first = _day(args.get("from"))
    if first is None or first > last:
        first = last - timedelta(_days(args.get("days"), usual) - 1)
    touchpoint = line(args.get("touchpoint", "")[:_LONGEST_NAME])
    is_row = is_store and touchpoint.isascii() and touchpoint.isdigit()
    return Asked(
        place_id,
        max(first, last - timedelta(MOST - 1)),
        last,
        _row(touchpoint) if is_row else None,
        frozenset(_CHANNELS[each] for each in _several(args, "channel") if each in _CHANNELS),
        args.get("open") == "1",
        None if is_row else touchpoint or None,
    )


class TouchpointChoice(NamedTuple):
    """One of the touchpoints by which figures can be narrowed."""

    #: What an address says for it.
    value: str
    name: str
    is_asked: bool


def touchpoint_choices(touchpoints: Sequence[tuple[str, str]], asked: Asked) -> list[TouchpointChoice]:
    """Touchpoints to choose from, and which of them is asked for; a name that none of them has is one more, for now.

    Parameters
    ----------
    touchpoints: as (what an address says, name), see `places.queries.touchpoints_to_choose`.
    """
    named, row = asked.touchpoint_name, str(asked.touchpoint_id or "")
    choices = [
        TouchpointChoice(value, name, name.lower() == named.lower() if named else value == row)
        for value, name in touchpoints
    ]
    if named and not any(each.is_asked for each in choices):
        choices.append(TouchpointChoice(named, named, is_asked=True))
    return choices


def _day(typed: str | None) -> date | None:
    try:
        day = date.fromisoformat(typed or "")
    except ValueError:
        return None
    return day if day >= _EARLIEST else None


def _days(typed: str | None, usual: int) -> int:
    return int(typed) if typed and typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= MOST else usual


def _row(typed: str) -> int | None:
    try:
        return row_id(typed)
    except ValueError:
        return None


def _several(args: Mapping[str, str], name: str) -> Sequence[str]:
    if hasattr(args, "getlist"):
        found: Sequence[str] = args.getlist(name)
        return found
    return [args[name]] if name in args else []
