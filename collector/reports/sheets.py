"""A report on paper: sheets of A4, whose parts follow one another (pure).

Riverside                                  what, and of when
Daily report
────────────────────────────────────────────────────────────
82 of 100      ☺ ▇▇▇▇▇▇▇▇▇▇▇ 61 %          how good, how sure, how it splits
────────────────────────────────────────────────────────────
How did it go, day by day?                 the chart, with its interval
Where was it good, and where not?          a row for each touchpoint or store, over as many sheets as it takes
Why?              What became of complaints?
You said, we did
"""

from dataclasses import dataclass, field

from collector.insights.compare import Comparison, TooFew
from collector.posters.faces import DRAWINGS, INK
from collector.posters.layout import CAPITAL, Box, Drawn, Item, Line, Panel, Sheet, Text, block, fit
from collector.posters.letters import MM_PER_POINT, width
from collector.reports.chart import CLOSED, chart
from collector.reports.report import Report, Row
from collector.reports.words import Speech
from printer.text import seen

ACROSS, DOWN, MARGIN = 210.0, 297.0, 20.0
INNER = ACROSS - 2 * MARGIN
#: Nothing but the foot stands below.
FLOOR = DOWN - 25.0
RULE = "#dcd7d0"
#: How high a row of the table is.
ROW = 6.6


@dataclass
class _Flow:
    """Sheets that fill from the top down."""

    sheets: list[list[Item]] = field(default_factory=lambda: [[]])
    y: float = MARGIN

    def room(self, height: float) -> bool:
        """Have so much room; whether a further sheet was begun for it."""
        if self.y + height <= FLOOR:
            return False
        self.sheets.append([])
        self.y = MARGIN
        return True

    def add(self, *items: Item) -> None:
        self.sheets[-1].extend(items)


def sheets(report: Report, speech: Speech) -> list[Sheet]:
    flow = _Flow()
    _head(flow, report, speech)
    if report.index is None:
        _sentence(flow, speech.words.closed if report.is_closed else speech.words.nothing)
    else:
        _headline(flow, report, speech)
    _trend(flow, report, speech)
    _table(flow, report, speech)
    _reasons_and_cases(flow, report, speech)
    _improvements(flow, report, speech)
    count = len(flow.sheets)
    return [
        Sheet(ACROSS, DOWN, (Panel(0, DOWN, (*items, *_foot(report, speech, at, count))),))
        for at, items in enumerate(flow.sheets, start=1)
    ]


def _head(flow: _Flow, report: Report, speech: Speech) -> None:
    size = 22.0
    name = fit(seen(report.place), INNER, sizes=(size, 14), most=2, bold=True)
    flow.add(*block(name, MARGIN, flow.y, bold=True))
    flow.y += len(name.lines) * name.height + 1
    title = f"{speech.words.titles[report.days.period]} · {speech.days(report.days)}"
    flow.add(*block(fit(title, INNER, sizes=(12, 9), most=1), MARGIN, flow.y, quiet=True))
    flow.y += 8
    _rule(flow)


def _rule(flow: _Flow) -> None:
    flow.add(Line(((MARGIN, flow.y), (ACROSS - MARGIN, flow.y)), RULE))
    flow.y += 7


def _sentence(flow: _Flow, text: str) -> None:
    said = fit(text[0].upper() + text[1:], INNER, sizes=(16, 12), most=2)
    flow.add(*block(said, MARGIN, flow.y))
    flow.y += len(said.lines) * said.height + 6


def _headline(flow: _Flow, report: Report, speech: Speech) -> None:
    """The index on the left, the faces on the right."""
    assert report.index  # noqa: S101 - whoever calls has looked
    words, top, left = speech.words, flow.y, 76.0
    value, big = speech.number(report.index.value), 54.0
    high = big * CAPITAL * MM_PER_POINT
    flow.add(Text(MARGIN, top + high, value, big, bold=True))
    beside = MARGIN + width(value, big, bold=True) + 3
    flow.add(Text(beside, top + high - 6.5, words.of_100, 11, quiet=True))
    flow.add(Text(beside, top + high, f"± {speech.number(report.index.margin)}", 14))
    y = top + high + 5
    counted = words.counted.format(count=speech.number(report.index.count))
    for text, quiet in ((counted, False), (change_said(report, speech), True)):
        said = fit(text, left - 6, sizes=(10, 8.5), most=4)
        flow.add(*block(said, MARGIN, y, quiet=quiet))
        y += len(said.lines) * said.height + 1.5
    flow.y = max(y, top + _faces(flow, report, speech, MARGIN + left, top)) + 3
    _rule(flow)


def _faces(flow: _Flow, report: Report, speech: Speech, x: float, top: float) -> float:
    """A bar for each face, from zero; returns how high all of it is."""
    side, step = 8.0, 10.5
    bar_x, bar_room = x + side + 30, ACROSS - MARGIN - x - side - 30 - 24
    most = max(share.percent for share in report.shares) or 1
    for at, share in enumerate(report.shares):
        y = top + at * step
        middle = y + side / 2 + 10 * CAPITAL * MM_PER_POINT / 2
        flow.add(Drawn(x, y, side, share.face))
        word = fit(speech.face(share.face), 27, sizes=(10, 7), most=1)
        flow.add(Text(x + side + 2.5, middle, word.lines[0], word.size))
        long = bar_room * share.percent / most
        if long:
            flow.add(Box(bar_x, y + 1, long, side - 2, DRAWINGS[share.face].colour, INK))
        flow.add(Text(bar_x + long + 2, middle, f"{share.percent} %", 10, bold=True))
        flow.add(Text(ACROSS - MARGIN, middle, speech.number(share.count), 10, quiet=True, is_right=True))
    return len(report.shares) * step


def _trend(flow: _Flow, report: Report, speech: Speech) -> None:
    if not any(point.index for point in report.trend):
        return
    height = 44.0
    flow.room(height + 16)
    _title(flow, speech.words.by_day)
    flow.add(*chart(report.trend, speech, MARGIN, flow.y, INNER, height))
    flow.y += height + 4
    if report.closed_days and not report.is_closed:
        said = speech.words.closed_days.format(count=speech.number(report.closed_days))
        flow.add(Text(MARGIN, flow.y + 2.5, f"{CLOSED} {said}", 9, quiet=True))
        flow.y += 6
    flow.y += 4


def _title(flow: _Flow, text: str) -> None:
    said = fit(text, INNER, sizes=(13, 10), most=1, bold=True)
    flow.add(*block(said, MARGIN, flow.y, bold=True))
    flow.y += 9


#: Where the columns of the table stand: the bar, and the right ends of index, ratings and change.
_BAR, _BAR_LONG, _INDEX, _RATINGS = 88.0, 36.0, 144.0, 166.0


def _table(flow: _Flow, report: Report, speech: Speech) -> None:
    if not report.rows:
        return
    flow.room(18 + 2 * ROW)
    words = speech.words
    _title(flow, words.by_touchpoint if report.kind == "store" else words.by_store)
    _table_head(flow, speech)
    for row in report.rows:
        if flow.room(ROW):
            _table_head(flow, speech)
        _table_row(flow, row, speech)
    flow.y += 6


def _table_head(flow: _Flow, speech: Speech) -> None:
    words, y = speech.words, flow.y + 2.6
    flow.add(Text(MARGIN, y, words.place, 8.5, quiet=True))
    flow.add(Text(_BAR, y, "0", 8.5, quiet=True), Text(_BAR + _BAR_LONG, y, "100", 8.5, quiet=True, is_right=True))
    heads = ((_INDEX, words.index), (_RATINGS, words.ratings), (ACROSS - MARGIN, words.change))
    for right, head in heads:
        said = fit(head, 20, sizes=(8.5, 6), most=1)
        flow.add(Text(right, y, said.lines[0], said.size, quiet=True, is_right=True))
    flow.y += 4.5


def _table_row(flow: _Flow, row: Row, speech: Speech) -> None:
    top, base = flow.y, flow.y + ROW / 2 + 1.3
    flow.add(Line(((MARGIN, top), (ACROSS - MARGIN, top)), RULE, 0.2))
    name = fit(seen(row.name), _BAR - MARGIN - 4, sizes=(10, 8), most=1)
    flow.add(Text(MARGIN, base, name.lines[0], name.size))
    flow.y += ROW
    if row.index is None:
        said = speech.words.closed if row.is_closed else "–"
        flow.add(Text(_INDEX, base, said, 10, quiet=True, is_right=True))
        return
    middle = top + ROW / 2
    flow.add(Box(_BAR, top + 1.6, _BAR_LONG, ROW - 3.2, outline=RULE))
    flow.add(Box(_BAR, top + 1.6, _BAR_LONG * row.index.value / 100, ROW - 3.2, "#a8a39d"))
    low, high = (_BAR + _BAR_LONG * each / 100 for each in (row.index.low, row.index.high))
    flow.add(Line(((low, middle), (high, middle)), INK, 0.5))
    value = f"{speech.number(row.index.value)} ± {speech.number(row.index.margin)}"
    flow.add(Text(_INDEX, base, value, 10, is_right=True))
    flow.add(Text(_RATINGS, base, speech.number(row.index.count), 10, is_right=True))
    is_sure = isinstance(row.change, Comparison) and row.change.is_sure
    flow.add(Text(ACROSS - MARGIN, base, change_short(row.change, speech), 10, bold=is_sure, is_right=True))


#: Two lists side by side: where the right one begins, and how high a line of them is.
_RIGHT, _LINE = 116.0, 6.2


def _reasons_and_cases(flow: _Flow, report: Report, speech: Speech) -> None:
    """Why they were unhappy on the left, what became of that on the right."""
    words, cases = speech.words, report.cases
    has_cases = any((cases.opened, cases.resolved, cases.late, cases.waiting))
    high = 9 + _LINE * max(len(report.reasons), 4 * has_cases)
    if high <= 9:
        return
    flow.room(high)
    top = flow.y
    if report.reasons:
        _reasons(flow, report, speech)
    if has_cases:
        left = _RIGHT if report.reasons else MARGIN
        flow.add(*block(fit(words.cases, 74, sizes=(13, 9), most=1, bold=True), left, top, bold=True))
        counts = (words.opened, cases.opened), (words.resolved, cases.resolved)
        for at, (word, count) in enumerate((*counts, (words.late, cases.late), (words.waiting, cases.waiting))):
            base = top + 9 + at * _LINE + 3.2
            said = fit(word, 56, sizes=(10, 8), most=1)
            flow.add(Text(left, base, said.lines[0], said.size))
            flow.add(Text(left + 74, base, speech.number(count), 10, bold=True, is_right=True))
    flow.y = top + high + 6


def _reasons(flow: _Flow, report: Report, speech: Speech) -> None:
    top = flow.y
    flow.add(*block(fit(speech.words.reasons, 88, sizes=(13, 9), most=1, bold=True), MARGIN, top, bold=True))
    most = max(count for _, count in report.reasons)
    for at, (reason, count) in enumerate(report.reasons):
        y = top + 9 + at * _LINE
        said = fit(seen(reason), 48, sizes=(10, 8), most=1)
        flow.add(Text(MARGIN, y + 3.2, said.lines[0], said.size))
        long = 26 * count / most
        flow.add(Box(MARGIN + 52, y, long, 4.2, "#a8a39d"))
        flow.add(Text(MARGIN + 52 + long + 2, y + 3.2, speech.number(count), 10))


def _improvements(flow: _Flow, report: Report, speech: Speech) -> None:
    if not report.improvements:
        return
    flow.room(24)
    _title(flow, speech.words.improvements)
    for each in report.improvements:
        said = fit(seen(each), INNER - 6, sizes=(10, 10), most=3)
        flow.room(len(said.lines) * said.height + 2)
        flow.add(Text(MARGIN, flow.y + 10 * CAPITAL * MM_PER_POINT, "–", 10))
        flow.add(*block(said, MARGIN + 5, flow.y))
        flow.y += len(said.lines) * said.height + 2


def _foot(report: Report, speech: Speech, page: int, pages: int) -> list[Item]:
    words, y = speech.words, DOWN - 19.0
    made = words.made.format(when=speech.moment(report.made_at, report.zone))
    number = words.page.format(page=page, pages=pages)
    items: list[Item] = [Line(((MARGIN, y - 4), (ACROSS - MARGIN, y - 4)), RULE)]
    for at, line in enumerate((trust_said(report, speech), words.explained)):
        said = fit(line, INNER, sizes=(8, 6), most=1)
        items += block(said, MARGIN, y + at * 4, quiet=True)
    items += block(fit(made, INNER - 30, sizes=(8, 6), most=1), MARGIN, y + 8, quiet=True)
    items.append(Text(ACROSS - MARGIN, y + 8 + 8 * CAPITAL * MM_PER_POINT, number, 8, quiet=True, is_right=True))
    return items


def change_said(report: Report, speech: Speech) -> str:
    """The change of the index as a sentence."""
    words, change = speech.words, report.change
    if isinstance(change, TooFew):
        return words.too_few
    sentence = words.surely if change.is_sure else words.same
    against = words.against[report.days.period]
    return sentence.format(change=speech.signed(change.change), margin=speech.number(change.margin), before=against)


def change_short(change: Comparison | TooFew, speech: Speech) -> str:
    """The same in a table: +6 ± 4; a dash where too few rated to say."""
    if isinstance(change, TooFew):
        return "–"
    return f"{speech.signed(change.change)} ± {speech.number(change.margin)}"


def trust_said(report: Report, speech: Speech) -> str:
    """How far the figures can be trusted, in one line."""
    words, trust = speech.words, report.trust
    counted, every = speech.number(trust.counted), speech.number(trust.heard)
    parts = [words.trust.format(counted=counted, all=every, marked=speech.number(trust.marked_share))]
    if trust.uptime is not None:
        parts.append(words.uptime.format(percent=speech.number(trust.uptime)))
    if trust.on_its_way:
        parts.append(words.on_its_way.format(count=speech.number(trust.on_its_way)))
    return " ".join(parts)
