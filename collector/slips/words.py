"""How printers and print jobs are spoken of: what is, and what to do."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext

from collector.slips.queries import Desk, Printer, PrintJob
from collector.words import clock, when
from printer.condition import (
    BROKEN,
    COVER_OPEN,
    CUTTER_STUCK,
    OFFLINE,
    PAPER_LOW,
    PAPER_OUT,
    READY,
    SILENT,
    UNREACHABLE,
)
from printer.slip import Slip


class _Said(NamedTuple):
    """How a printer is; what to do while nothing waits for it; and until when that which waits will wait."""

    how: str
    to_do: str = ""
    until: str = ""


def printer_words(desk: Desk) -> str:
    """The printer at Counter is out of paper. The 3 slips that wait will print when there is paper."""
    said = _said(desk.printer)
    if desk.waiting and said.until:
        waits = ngettext(
            "The slip that waits will print %(until)s.",
            "The %(num)s slips that wait will print %(until)s.",
            desk.waiting,
            until=said.until,
        )
        return f"{said.how} {waits}"
    return f"{said.how} {said.to_do}".rstrip()


def _said(printer: Printer) -> _Said:
    name = printer.name
    words: Mapping[str, _Said] = {
        "unknown": _Said(_("Nothing has been printed at %(name)s yet.", name=name)),
        READY.state: _Said(_("The printer at %(name)s is ready.", name=name)),
        PAPER_LOW.state: _Said(
            _("The paper in the printer at %(name)s is nearly used up: have a new roll at hand.", name=name)
        ),
        PAPER_OUT.state: _Said(
            _("The printer at %(name)s is out of paper.", name=name),
            _("Put in a new roll."),
            _("when there is paper"),
        ),
        COVER_OPEN.state: _Said(
            _("The cover of the printer at %(name)s is open.", name=name), _("Close it."), _("when it is closed")
        ),
        CUTTER_STUCK.state: _Said(
            _("The blade of the printer at %(name)s is stuck: open the cover and free it.", name=name),
            until=_("when it is free"),
        ),
        OFFLINE.state: _Said(
            _("The printer at %(name)s is switched to offline: see what its panel says.", name=name),
            until=_("when it is online again"),
        ),
        BROKEN.state: _Said(
            _(
                "The printer at %(name)s reports a fault: switch it off and on again, and see what its panel says.",
                name=name,
            ),
            until=_("when it is well again"),
        ),
        UNREACHABLE.state: _Said(
            _(
                "The printer at %(name)s cannot be reached: is it switched on, and is its cable plugged in?",
                name=name,
            ),
            until=_("when it is back"),
        ),
        SILENT.state: _Said(
            _(
                "The printer at %(name)s does not say how it is: is its cover closed, and is nobody else printing?",
                name=name,
            ),
            until=_("when it answers"),
        ),
    }
    return words[printer.state]


def print_job_words(job: PrintJob, zone: ZoneInfo) -> str:
    """What became of a slip: The slip is on its way. Printed at 12:03."""
    if job.state == "unknown":
        return str(_("Perhaps printed: %(why)s Look at the printer.", why=job.outcome))
    if job.state == "failed":
        return str(_("Not printed: %(why)s", why=job.outcome))
    if job.state == "done":
        return job.outcome or _printed(job.finished_at or job.created_at, zone)
    if job.state == "queued" and _said(job.printer).until:
        return str(_("The slip waits for the printer."))
    return str(_("The slip is on its way."))


def _printed(moment: datetime, zone: ZoneInfo) -> str:
    time = when(moment, zone)
    is_today = time == clock(moment, zone)
    return str(_("Printed at %(time)s.", time=time) if is_today else _("Printed %(time)s.", time=time))


def slip_words(slip: Slip) -> str:
    """What is on the paper: Review slip · 0042 · COPY."""
    words = [str(_("Review slip")), slip.reference, str(_("COPY")) if slip.copy else None]
    return " · ".join(word for word in words if word)


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (printer_words, print_job_words, slip_words)
