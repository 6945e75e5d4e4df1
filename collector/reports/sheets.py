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

from collector.posters.faces import DRAWINGS, INK
from collector.posters.layout import CAPITAL, Box, Drawn, Item, Line, Panel, Sheet, Text, block, fit
from collector.posters.letters import MM_PER_POINT, width
from collector.reports.chart import CLOSED, chart
from collector.reports.flow import ACROSS, DOWN, INNER, MARGIN, RULE, Flow
from collector.reports.report import Report
from collector.reports.rows import add_tables
from collector.reports.sentences import change_said, trust_said
from collector.reports.words import Speech
from printer.text import seen


def sheets(report: Report, speech: Speech) -> list[Sheet]:
    flow = Flow()
    _head(flow, report, speech)
    if report.index is None:
        _sentence(flow, speech.words.closed if report.is_closed else speech.words.nothing)
    else:
        _headline(flow, report, speech)
    _trend(flow, report, speech)
    add_tables(flow, report, speech)
    _reasons_and_cases(flow, report, speech)
    _improvements(flow, report, speech)
    count = len(flow.sheets)
    return [
        Sheet(ACROSS, DOWN, (Panel(0, DOWN, (*items, *_foot(report, speech, at, count))),))
        for at, items in enumerate(flow.sheets, start=1)
    ]


def _head(flow: Flow, report: Report, speech: Speech) -> None:
    size = 22.0
    name = fit(seen(report.place), INNER, sizes=(size, 14), most=2, bold=True)
    flow.add(*block(name, MARGIN, flow.y, bold=True))
    flow.y += len(name.lines) * name.height + 1
    title = f"{speech.words.titles[report.days.period]} · {speech.days(report.days)}"
    flow.add(*block(fit(title, INNER, sizes=(12, 9), most=1), MARGIN, flow.y, quiet=True))
    flow.y += 8
    flow.rule()


def _sentence(flow: Flow, text: str) -> None:
    said = fit(text[0].upper() + text[1:], INNER, sizes=(16, 12), most=2)
    flow.add(*block(said, MARGIN, flow.y))
    flow.y += len(said.lines) * said.height + 6


def _headline(flow: Flow, report: Report, speech: Speech) -> None:
    """The index on the left, the faces on the right."""
    assert report.index  # noqa: S101 - whoever calls has looked
    words, top, left = speech.words, flow.y, 76.0
    value, big = speech.number(report.index.value), 54.0
    high = big * CAPITAL * MM_PER_POINT
    flow.add(Text(MARGIN, top + high, value, big, bold=True))
    beside = MARGIN + width(value, big, bold=True) + 3
    flow.add(Text(beside, top + high - 6.5, words.of_100, 11, quiet=True))
    flow.add(Text(beside, top + high, f"± {speech.margin(report.index.margin)}", 14))
    y = top + high + 5
    counted = words.counted.format(count=speech.number(report.index.count))
    for text, quiet in ((counted, False), (change_said(report, speech), True)):
        said = fit(text, left - 6, sizes=(10, 8.5), most=4)
        flow.add(*block(said, MARGIN, y, quiet=quiet))
        y += len(said.lines) * said.height + 1.5
    flow.y = max(y, top + _faces(flow, report, speech, MARGIN + left, top)) + 3
    flow.rule()


def _faces(flow: Flow, report: Report, speech: Speech, x: float, top: float) -> float:
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


def _trend(flow: Flow, report: Report, speech: Speech) -> None:
    if not any(point.index for point in report.trend):
        return
    height = 44.0
    flow.room(height + 16)
    flow.title(speech.words.by_day)
    flow.add(*chart(report.trend, speech, MARGIN, flow.y, INNER, height))
    flow.y += height + 4
    if report.closed_days and not report.is_closed:
        said = speech.words.closed_days.format(count=speech.number(report.closed_days))
        flow.add(Text(MARGIN, flow.y + 2.5, f"{CLOSED} {said}", 9, quiet=True))
        flow.y += 6
    flow.y += 4


#: Two lists side by side: where the right one begins, and how high a line of them is.
_RIGHT, _LINE = 116.0, 6.2


def _reasons_and_cases(flow: Flow, report: Report, speech: Speech) -> None:
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


def _reasons(flow: Flow, report: Report, speech: Speech) -> None:
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


def _improvements(flow: Flow, report: Report, speech: Speech) -> None:
    if not report.improvements:
        return
    flow.room(24)
    flow.title(speech.words.improvements)
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
