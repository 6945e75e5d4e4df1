"""A kiosk's label, which a technician sticks on it: which kiosk it is, where it stands, and a code that opens its page
in the console. On a receipt printer as a slip, or on a label of 62 × 29 mm as PDF."""

import functools
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from collector.fleet.queries import Kiosk
from collector.posters.layout import CAPITAL, LEADING, Code, Panel, Sheet, Text
from collector.posters.letters import MM_PER_POINT, width
from collector.posters.pdf import pdf
from collector.queue.tables import job
from collector.settings import Settings
from collector.slips.spool import print_slip
from printer.qr import QUIET_ZONE, symbol
from printer.slip import Slip
from printer.text import seen, shorten, wrap

#: Of the label, mm.
WIDTH, HEIGHT, MARGIN = 62.0, 29.0, 2.5


def page_of(kiosk: Kiosk, settings: Settings) -> str:
    """The address of a kiosk's page."""
    return f"{settings.url.rstrip('/')}/kiosks/{kiosk.id}"


def print_label(
    connection: Connection, settings: Settings, kiosk: Kiosk, printer_id: int, *, key: str, now: datetime
) -> tuple[int, bool]:
    """Put a kiosk's label into the queue of a printer of its store; returns the job's id, and whether it is new.

    Parameters
    ----------
    key: idempotency key; with one that is known nothing more is printed.
    """
    key = f"label/{kiosk.id}/{key}"
    known = connection.scalar(select(job.c.id).where(job.c.key == key))
    if known is not None:
        return int(known), False
    slip = Slip(kiosk.store, kiosk.touchpoint, page_of(kiosk, settings), kiosk.id, "en", kind="label")
    return print_slip(connection, printer_id, slip, key=key, now=now), True


def pdf_of(kiosk: Kiosk, settings: Settings) -> bytes:
    """The label on a page of its own size."""
    return pdf(lay_out(kiosk, page_of(kiosk, settings)), f"{kiosk.id} · {seen(kiosk.store)}")


def lay_out(kiosk: Kiosk, link: str) -> Sheet:
    """The code on the left, as high as the label with its quiet zone; beside it the id, the place, and the address for
    whoever has no camera."""
    drawn = symbol(link)
    side = HEIGHT * drawn.size / (drawn.size + 2 * QUIET_ZONE)
    code = Code((HEIGHT - side) / 2, (HEIGHT - side) / 2, side, drawn)
    room = WIDTH - HEIGHT - MARGIN
    above = [
        *_name(kiosk.id, room),
        *_lines(kiosk.touchpoint, room, sizes=(9, 7), most=1),
        *_lines(kiosk.store, room, sizes=(9, 7), most=1, quiet=True),
    ]
    below = _lines(link.partition("://")[2], room, sizes=(6, 5), most=3, quiet=True)
    items = [*_placed(above, MARGIN), *_placed(below, HEIGHT - MARGIN - sum(map(_height, below)))]
    return Sheet(WIDTH, HEIGHT, (Panel(0, HEIGHT, (code, *items)),))


def _name(kiosk_id: str, room: float) -> list[Text]:
    """On one line, where it can be read from there; else on two."""
    is_short = width(kiosk_id, 8, bold=True) <= room
    return _lines(kiosk_id, room, sizes=(12, 8) if is_short else (11, 6), most=1 if is_short else 2, bold=True)


def _lines(
    text: str, room: float, *, sizes: tuple[float, float], most: int, bold: bool = False, quiet: bool = False
) -> list[Text]:
    """A text as large as it fits, between two sizes and in so many lines at most; what is more ends in `…`."""
    text, (size, least) = seen(text), sizes
    while len(lines := wrap(text, room, functools.partial(width, size=size, bold=bold))) > most and size > least:
        size = max(least, size - 0.5)
    if len(lines) > most:
        rest = shorten(" ".join(lines[most - 1 :]), room, functools.partial(width, size=size, bold=bold))
        lines = [*lines[: most - 1], rest]
    return [Text(HEIGHT, 0, line, size, bold=bold, quiet=quiet) for line in lines]


def _height(line: Text) -> float:
    return line.size * LEADING * MM_PER_POINT


def _placed(lines: list[Text], y: float) -> list[Text]:
    """The lines one below the other, the first with the tops of its capitals at `y`."""
    placed = []
    for line in lines:
        placed.append(replace(line, y=y + line.size * CAPITAL * MM_PER_POINT))
        y += _height(line)
    return placed
