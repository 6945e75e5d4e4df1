"""The report of a list on paper: A4 lying, as many pages as it takes."""

import functools
import io
from collections.abc import Iterator, Sequence
from datetime import datetime

import pypdfium2

from collector.posters.layout import LEADING, Panel, Sheet, Text
from collector.posters.letters import MM_PER_POINT, width
from collector.posters.pdf import pdf
from printer.text import seen, shorten, wrap
from provisioning.batch.lists import Line, State
from provisioning.batch.table import summary

#: Of the page and of its margin, mm; of the type, points.
_ACROSS, _HEIGHT, _MARGIN, _SIZE, _GAP = 297.0, 210.0, 14.0, 8.0, 3.0
#: Title and width of each column, mm.
_COLUMNS = (
    ("store", 38.0),
    ("touchpoint", 30.0),
    ("kiosk", 42.0),
    ("board, chip", 38.0),
    ("result", 18.0),
    ("to mend", 60.0),
    ("time", 12.0),
    ("when, by", 31.0),
)
_RESULTS = {State.READY: "ready", State.NOT_READY: "to mend", State.STOPPED: "stopped", State.AT_WORK: "stopped"}


def printed(lines: Sequence[Line], name: str, at: datetime) -> bytes:
    """The report as PDF.

    Parameters
    ----------
    name: of the list.
    at: now, in the time of whoever reads it.
    """
    title = f"{name}: {summary(lines)}"
    pages = list(_pages(lines))
    whole = pypdfium2.PdfDocument.new()
    for number, rows in enumerate(pages, start=1):
        foot = f"{at:%d %B %Y, %H:%M} · page {number} of {len(pages)}"
        sheet = Sheet(_ACROSS, _HEIGHT, (Panel(0, _HEIGHT, (*_around(title, foot), *rows)),))
        page = pypdfium2.PdfDocument(pdf(sheet, title))
        whole.import_pages(page)
        page.close()
    file = io.BytesIO()
    whole.save(file)
    whole.close()
    return file.getvalue()


def _around(title: str, foot: str) -> Iterator[Text]:
    yield Text(_MARGIN, 18, _cut(title, _ACROSS - 2 * _MARGIN, 14), 14, bold=True)
    for x, (name, _) in zip(_lefts(), _COLUMNS, strict=True):
        yield Text(x, 28, name, _SIZE, quiet=True)
    yield Text(_ACROSS - _MARGIN, _HEIGHT - 8, foot, _SIZE, quiet=True, is_right=True)


def _pages(lines: Sequence[Line]) -> Iterator[list[Text]]:
    """What stands on each page; a line of the list is not torn apart."""
    items: list[Text] = []
    y = top = 34.0
    for line in lines:
        row = list(_row(line))
        height = _step() * max(map(len, row)) + _GAP
        if items and y + height > _HEIGHT - _MARGIN:
            yield items
            items, y = [], top
        for x, cell in zip(_lefts(), row, strict=True):
            items += [Text(x, y + place * _step(), text, _SIZE) for place, text in enumerate(cell)]
        y += height
    yield items


def _row(line: Line) -> Iterator[list[str]]:
    took = f"{line.took:.0f} s" if line.took else ""
    when = line.done_at.replace("T", " ")[:16]
    to_mend = line.said if line.state in {State.NOT_READY, State.STOPPED} else ""
    result = _RESULTS.get(line.state, "to do")
    cells = (
        (line.at.store,),
        (line.at.name,),
        (line.kiosk,),
        (line.board, line.chip),
        (result,),
        (to_mend,),
        (took,),
        (when, line.by),
    )
    for (_, across), texts in zip(_COLUMNS, cells, strict=True):
        measure = functools.partial(width, size=_SIZE, bold=False)
        yield [piece for text in texts if text for piece in wrap(seen(text), across - _GAP, measure)]


def _lefts() -> Iterator[float]:
    x = _MARGIN
    for _, across in _COLUMNS:
        yield x
        x += across


def _step() -> float:
    return _SIZE * LEADING * MM_PER_POINT


def _cut(text: str, room: float, size: float) -> str:
    return shorten(seen(text), room, functools.partial(width, size=size, bold=True))
