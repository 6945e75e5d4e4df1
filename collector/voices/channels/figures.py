"""What a channel's column shows (pure), from ratings or from the voices of a segment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from collector.insights.asked import Asked
from collector.insights.compare import FEWEST
from collector.insights.faces import Share, shares
from collector.insights.heard import Heard
from collector.insights.index import index
from collector.insights.measures import Measure, csat, nps, smiley_index, total
from collector.ratings.kinds import Channel

#: Side by side; more are read by nobody.
MOST = 10
#: Points of a line as small as a word.
_POINTS = 28


@dataclass(frozen=True)
class Column:
    """One channel."""

    channel: Channel
    index: Measure | None
    #: Per cent of the better half of the scales.
    csat: Measure | None
    nps: Measure | None
    shares: Sequence[Share]
    counted: int
    marked: int
    #: The index over the period, in as many steps as a line has room for; empty where days are not known.
    line: Sequence[float | None]
    #: Comments that came this way.
    comments: int = 0

    @property
    def heard(self) -> int:
        return self.counted + self.marked

    @property
    def marked_share(self) -> float:
        """Per cent."""
        return 100 * self.marked / self.heard if self.heard else 0.0

    @property
    def is_few(self) -> bool:
        return self.counted < FEWEST


def columns(heard: Heard, asked: Asked, comments: Mapping[Channel, int]) -> list[Column]:
    """A column for each channel by which customers were heard, the one that was heard most first."""
    found = []
    for channel, each in heard.by_channel.items():
        smileys, promoters = each.tally(), nps(each.tally("nps"))
        if each.counted or each.marked or promoters or comments.get(channel):
            found.append(
                Column(
                    channel,
                    smiley_index(smileys),
                    csat(smileys),
                    promoters,
                    shares(smileys) if smileys else (),
                    each.counted,
                    each.marked,
                    _line(each.days, asked),
                    comments.get(channel, 0),
                )
            )
    return sorted(found, key=lambda column: (-column.heard, column.channel))


def _line(days: Mapping[date, Heard], asked: Asked) -> list[float | None]:
    if not days:
        return []
    step = -(-asked.days // _POINTS)
    line: list[float | None] = []
    for begin in range(0, asked.days, step):
        several = (asked.first + timedelta(days=each) for each in range(begin, min(begin + step, asked.days)))
        found = index(total([days[day].tally() for day in several if day in days]))
        line.append(found.value if found else None)
    return line
