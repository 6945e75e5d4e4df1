"""When each record happened. A kiosk knows its uptime; the clock comes from anchors, and both may be missing."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from collector.ingest.frames import CLOCK_WAS_SET, Record
from collector.ratings.kinds import TimeQuality

#: How far an anchor may contradict the receipt, or the record before, and still be believed: ms.
#: A time within it is moved to the bound; one beyond it comes from a clock that jumped.
TOLERANCE = 120_000

EXACT, RECONSTRUCTED, UNKNOWN = TimeQuality.EXACT, TimeQuality.RECONSTRUCTED, TimeQuality.UNKNOWN


class Anchor(NamedTuple):
    """At `uptime` of a boot the clock showed `utc`; both in ms."""

    uptime: int
    utc: int


class Dated(NamedTuple):
    """Times in ms since 1970 UTC. With quality UNKNOWN it happened between `earliest` and `happened`."""

    happened: int
    quality: TimeQuality
    earliest: int | None = None


def date(records: Sequence[Record], anchors: Mapping[int, Anchor], not_before: int, received: int) -> list[Dated]:
    """Date the records of a frame, in their order.

    Parameters
    ----------
    anchors: by boot, for each boot whose clock was ever set.
    not_before: when the record before the first happened, at the latest known.
    received: when the frame came.
    """
    not_before = min(not_before, received)
    dated = []
    unknown = False
    for record in records:
        if anchor := anchors.get(record.boot):
            happened = anchor.utc + record.uptime - anchor.uptime
            if not_before - TOLERANCE <= happened <= received + TOLERANCE:
                happened = not_before = min(max(happened, not_before), received)
                dated.append(Dated(happened, EXACT if record.flags & CLOCK_WAS_SET else RECONSTRUCTED))
                continue
        unknown = True
        dated.append(Dated(received, UNKNOWN, not_before))
    if unknown:
        _bound_by_what_follows(dated, received)
    return dated


def _bound_by_what_follows(dated: list[Dated], received: int) -> None:
    latest = received
    for place in range(len(dated) - 1, -1, -1):
        if dated[place].quality is UNKNOWN:
            dated[place] = dated[place]._replace(happened=latest)
        else:
            latest = dated[place].happened
