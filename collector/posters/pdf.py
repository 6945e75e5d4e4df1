"""A sheet as PDF: shapes and embedded letters, sharp at every size."""

import io
import re
import threading
from dataclasses import replace
from typing import assert_never

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import FILL_NON_ZERO, Canvas

from collector.posters.faces import DRAWINGS, EDGE, EYE_RADIUS, EYES, INK, MOUTH, OUTLINE, SIDE, Drawing
from collector.posters.layout import Box, Code, Drawn, Item, Line, Panel, Sheet, Sign, Text
from collector.posters.letters import (
    BOLD,
    MM_PER_POINT,
    REGULAR,
    advance,
    embed,
    is_shapes,
    outline,
    runs,
    toward,
    width,
)
from printer import fonts
from printer.fonts import Run

_QUIET = "#5f5b57"
#: Of a line around letters, in sizes of the type.
_HEAVIER = 0.035


#: The library writes one page at a time: its fonts remember which letters a file needs.
_reportlab = threading.Lock()


def pdf(sheet: Sheet, title: str, *further: Sheet, language: str = "") -> bytes:
    """Each sheet on a page of its own size; the same sheets give the same bytes."""
    file = io.BytesIO()
    with _reportlab:
        # A canvas begins with a font that PDFs do not carry along, unless it is told another.
        canvas = Canvas(file, invariant=1, pageCompression=1, initialFontName=embed(REGULAR), lang=language or None)
        canvas.setTitle(title)
        canvas.setCreator("Smilepost")
        for each in (sheet, *further):
            _page(canvas, each)
        canvas.save()
    return file.getvalue()


def _page(canvas: Canvas, sheet: Sheet) -> None:
    canvas.setPageSize((sheet.width * mm, sheet.height * mm))
    # From here on in millimetres, from the upper left corner downwards.
    canvas.translate(0, sheet.height * mm)
    canvas.scale(mm, -mm)
    for panel in sheet.panels:
        _panel(canvas, panel, sheet.width)
    for y in sheet.folds:
        _fold(canvas, y, sheet.width)
    canvas.showPage()


def _panel(canvas: Canvas, panel: Panel, across: float) -> None:
    canvas.saveState()
    if panel.is_turned:
        canvas.translate(across, panel.y + panel.height)
        canvas.rotate(180)
    else:
        canvas.translate(0, panel.y)
    for item in panel.items:
        _item(canvas, item)
    canvas.restoreState()


def _item(canvas: Canvas, item: Item) -> None:
    match item:
        case Text():
            _text(canvas, item)
        case Drawn(x, y, side, face):
            canvas.saveState()
            canvas.translate(x, y)
            canvas.scale(side / SIDE, side / SIDE)
            canvas.translate(-EDGE, -EDGE)
            _face(canvas, DRAWINGS[face])
            canvas.restoreState()
        case Code():
            _code(canvas, item)
        case Sign():
            _sign(canvas, item)
        case Box():
            _box(canvas, item)
        case Line():
            _line(canvas, item)
        case _:
            assert_never(item)


def _text(canvas: Canvas, text: Text) -> None:
    left = text.x - width(text.text, text.size, bold=text.bold) if text.is_right else text.x
    canvas.saveState()
    canvas.translate(left, text.y)
    canvas.scale(MM_PER_POINT, -MM_PER_POINT)
    colour = HexColor(_QUIET if text.quiet else INK)
    canvas.setFillColor(colour)
    canvas.setStrokeColor(colour)
    at = 0.0
    for run in runs(text.text, bold=text.bold):
        if is_shapes(run):
            _shapes(canvas, at, run, text)
            at += advance(run) * text.size
            continue
        canvas.setFont(embed(run.face), text.size)
        for word in re.findall(r"[^ ]+ ?| ", run.text):
            canvas.drawString(at, 0, word, shaping=True)
            at += advance(replace(run, text=word)) * text.size
    canvas.restoreState()


def _shapes(canvas: Canvas, x: float, run: Run, text: Text) -> None:
    path = canvas.beginPath()
    for name, points in outline(run):
        getattr(path, name)(*(number for px, py in points for number in (x + px * text.size, py * text.size)))
    # Few scripts come with a bold font; a line around the letters makes them as heavy as those beside them.
    is_thin = text.bold and run.face not in {fonts.BOLD, BOLD}
    canvas.setLineWidth(_HEAVIER * text.size)
    canvas.drawPath(path, stroke=int(is_thin), fill=1, fillMode=FILL_NON_ZERO)


def _face(canvas: Canvas, drawing: Drawing) -> None:
    canvas.setStrokeColor(HexColor(INK))
    canvas.setFillColor(HexColor(drawing.colour))
    canvas.setLineWidth(OUTLINE)
    if drawing.is_round:
        canvas.circle(24, 24, 21, fill=1)
    else:
        canvas.roundRect(3, 3, 42, 42, 9, fill=1)
    canvas.setStrokeColor(HexColor(drawing.features))
    canvas.setFillColor(HexColor(drawing.features))
    for x, y in EYES:
        canvas.circle(x, y, EYE_RADIUS, stroke=0, fill=1)
    mouth = canvas.beginPath()
    mouth.moveTo(*drawing.start)
    if drawing.bend:
        first, second = (toward(drawing.bend, point) for point in (drawing.start, drawing.end))
        mouth.curveTo(*first, *second, *drawing.end)
    else:
        mouth.lineTo(*drawing.end)
    if drawing.is_open:
        mouth.close()
    canvas.setLineWidth(MOUTH)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    canvas.drawPath(mouth, stroke=1, fill=int(drawing.is_open))


def _code(canvas: Canvas, code: Code) -> None:
    """All modules as one shape: apart, they would leave hairlines between them."""
    module = code.side / code.symbol.size
    path = canvas.beginPath()
    for y, row in enumerate(code.symbol.modules):
        for x, is_dark in enumerate(row):
            if is_dark:
                path.rect(code.x + x * module, code.y + y * module, module, module)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


def _sign(canvas: Canvas, sign: Sign) -> None:
    canvas.saveState()
    canvas.translate(sign.x, sign.y + sign.height)
    canvas.scale(1, -1)
    canvas.drawImage(ImageReader(io.BytesIO(sign.logo.png)), 0, 0, sign.width, sign.height)
    canvas.restoreState()


def _box(canvas: Canvas, box: Box) -> None:
    canvas.setLineWidth(0.25)
    if box.fill:
        canvas.setFillColor(HexColor(box.fill))
    if box.outline:
        canvas.setStrokeColor(HexColor(box.outline))
    canvas.rect(box.x, box.y, box.width, box.height, stroke=int(bool(box.outline)), fill=int(bool(box.fill)))


def _line(canvas: Canvas, line: Line) -> None:
    path = canvas.beginPath()
    path.moveTo(*line.points[0])
    for point in line.points[1:]:
        path.lineTo(*point)
    canvas.setStrokeColor(HexColor(line.colour))
    canvas.setFillColor(HexColor(line.colour))
    canvas.setLineWidth(line.width)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    canvas.drawPath(path, stroke=int(not line.is_filled), fill=int(line.is_filled))


def _fold(canvas: Canvas, y: float, across: float) -> None:
    """Marks at both edges: enough for a ruler, and nothing that is seen when it stands."""
    canvas.setStrokeColor(HexColor(_QUIET))
    canvas.setLineWidth(0.2)
    canvas.line(4, y, 12, y)
    canvas.line(across - 12, y, across - 4, y)
