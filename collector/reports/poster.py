"""Results for the wall: what customers said, large, and what was done about it (pure). A4, and A3 the same, larger.

Riverside                    October 2026
What you told us
82 of 100    from 1,204 ratings
☺ ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇ 61 %
🙂 ▇▇▇▇▇▇▇▇ 22 %
😐 ▇▇▇ 9 %
☹ ▇▇▇ 8 %
You said, we did
– A second till is open from 17:00.
Thank you!
"""

from collections.abc import Sequence

from collector.insights.faces import Share
from collector.posters.faces import DRAWINGS, INK
from collector.posters.layout import CAPITAL, Box, Drawn, Item, Line, Panel, Sheet, Text, block, fit
from collector.posters.letters import MM_PER_POINT, width
from collector.reports.report import Report
from collector.reports.words import Speech
from printer.text import seen

#: Millimetres by name, as addresses and file names call them.
SIZES = {"a4": (210.0, 297.0), "a3": (297.0, 420.0)}
#: How many improvements have room.
MOST = 4
RULE = "#dcd7d0"


def poster(report: Report, speech: Speech, size: str) -> Sheet:
    """A sheet to hang up.

    Parameters
    ----------
    size: of SIZES.
    """
    across, down = SIZES[size]
    u = across / 210
    margin, inner = 20 * u, across - 40 * u
    items, y = _head(report, speech, margin, inner, u)
    if report.index is None:
        said = fit(speech.words.nothing, inner, sizes=(30 * u, 20 * u), most=2, bold=True)
        items += block(said, margin, y + 10 * u, bold=True)
    else:
        items += _figure(report, speech, margin, y, u)
        items += _faces(report.shares, margin, y + 52 * u, inner, u)
    step = (15 if len(report.shares) > 4 else 18) * u
    below = y + 52 * u + len(report.shares) * step + 10 * u
    items += _done(report, speech, margin, below, inner, down - 42 * u - below, u)
    items += _foot(speech, margin, inner, down, u)
    return Sheet(across, down, (Panel(0, down, tuple(items)),))


def _head(report: Report, speech: Speech, x: float, room: float, u: float) -> tuple[list[Item], float]:
    shop = fit(seen(report.place), room, sizes=(22 * u, 14 * u), most=2, bold=True)
    items: list[Item] = [*block(shop, x, x, bold=True)]
    y = x + len(shop.lines) * shop.height + 1 * u
    items += block(fit(speech.days(report.days), room, sizes=(15 * u, 11 * u), most=1), x, y, quiet=True)
    y += 15 * u
    title = fit(speech.words.results, room, sizes=(40 * u, 24 * u), most=1, bold=True)
    items += block(title, x, y, bold=True)
    return items, y + title.height + 9 * u


def _figure(report: Report, speech: Speech, x: float, y: float, u: float) -> list[Item]:
    """The index, as large as a hand, and how much stands behind it."""
    assert report.index  # noqa: S101 - whoever calls has looked
    size = 112 * u
    value, foot = speech.number(report.index.value), y + size * CAPITAL * MM_PER_POINT
    right = x + width(value, size, bold=True) + 6 * u
    count = speech.words.voices.format(count=speech.number(report.index.count))
    beside = f"{speech.words.of_100}  ± {speech.margin(report.index.margin)}"
    return [
        Text(x, foot, value, size, bold=True),
        Text(right, foot - 10 * u, beside, 22 * u, quiet=True),
        Text(right, foot, count, 18 * u),
    ]


def _faces(shares: Sequence[Share], x: float, y: float, room: float, u: float) -> list[Item]:
    step, side = (15 * u, 12 * u) if len(shares) > 4 else (18 * u, 15 * u)
    bar, long = x + side + 6 * u, room - side - 6 * u - 24 * u
    most = max(share.percent for share in shares) or 1
    items: list[Item] = []
    for at, share in enumerate(shares):
        top = y + at * step
        items.append(Drawn(x, top, side, share.face))
        wide = long * share.percent / most
        if wide:
            items.append(Box(bar, top + side * 0.15, wide, side * 0.7, DRAWINGS[share.face].colour, INK))
        middle = top + side / 2 + 20 * u * CAPITAL * MM_PER_POINT / 2
        items.append(Text(bar + wide + 4 * u, middle, f"{share.percent} %", 20 * u, bold=True))
    return items


def _done(report: Report, speech: Speech, x: float, y: float, room: float, high: float, u: float) -> list[Item]:
    """What was done because customers said so, as much as there is room for."""
    if not report.improvements:
        return []
    items: list[Item] = [Line(((x, y - 4 * u), (x + room, y - 4 * u)), RULE, 0.4 * u)]
    title = fit(speech.words.you_said, room, sizes=(20 * u, 14 * u), most=1, bold=True)
    items += block(title, x, y + 3 * u, bold=True)
    foot, y = y + high, y + 3 * u + title.height + 4 * u
    for each in report.improvements[:MOST]:
        said = fit(seen(each), room - 8 * u, sizes=(15 * u, 12 * u), most=2)
        if y + len(said.lines) * said.height > foot:
            break
        items.append(Text(x, y + said.size * CAPITAL * MM_PER_POINT, "–", said.size))
        items += block(said, x + 8 * u, y)
        y += len(said.lines) * said.height + 3 * u
    return items


def _foot(speech: Speech, x: float, room: float, down: float, u: float) -> list[Item]:
    thanks = fit(speech.words.thanks, room, sizes=(26 * u, 20 * u), most=1, bold=True)
    tell = fit(speech.words.tell, room, sizes=(13 * u, 10 * u), most=1)
    return [
        *block(thanks, x, down - x - 16 * u, bold=True),
        *block(tell, x, down - x - 3 * u, quiet=True),
    ]
