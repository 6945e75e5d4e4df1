"""The tables of a report on paper: a row for each touchpoint or store, over as many sheets as it takes (pure)."""

from collector.insights.compare import Comparison
from collector.posters.faces import INK
from collector.posters.layout import Box, Line, Text, fit
from collector.reports.flow import ACROSS, MARGIN, RULE, Flow
from collector.reports.report import Report, Row
from collector.reports.sentences import change_short, tables
from collector.reports.words import Speech
from printer.text import seen

#: How high a row is.
ROW = 6.6
#: Where the columns of the table stand: the bar, and the right ends of index, ratings and change.
_BAR, _BAR_LONG, _INDEX, _RATINGS = 88.0, 36.0, 144.0, 166.0


def add_tables(flow: Flow, report: Report, speech: Speech) -> None:
    for title, rows in tables(report, speech):
        flow.room(18 + 2 * ROW)
        flow.title(title)
        _head(flow, speech)
        for row in rows:
            if flow.room(ROW):
                _head(flow, speech)
            _row(flow, row, speech)
        flow.y += 6


def _head(flow: Flow, speech: Speech) -> None:
    words, y = speech.words, flow.y + 2.6
    flow.add(Text(MARGIN, y, words.place, 8.5, quiet=True))
    flow.add(Text(_BAR, y, "0", 8.5, quiet=True), Text(_BAR + _BAR_LONG, y, "100", 8.5, quiet=True, is_right=True))
    heads = ((_INDEX, words.index), (_RATINGS, words.ratings), (ACROSS - MARGIN, words.change))
    for right, head in heads:
        said = fit(head, 20, sizes=(8.5, 6), most=1)
        flow.add(Text(right, y, said.lines[0], said.size, quiet=True, is_right=True))
    flow.y += 4.5


def _row(flow: Flow, row: Row, speech: Speech) -> None:
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
    value = f"{speech.number(row.index.value)} ± {speech.margin(row.index.margin)}"
    flow.add(Text(_INDEX, base, value, 10, is_right=True))
    flow.add(Text(_RATINGS, base, speech.number(row.index.count), 10, is_right=True))
    is_sure = isinstance(row.change, Comparison) and row.change.is_sure
    flow.add(Text(ACROSS - MARGIN, base, change_short(row.change, speech), 10, bold=is_sure, is_right=True))
