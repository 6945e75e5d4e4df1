"""How printers and print jobs are spoken of: what is, and what to do."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext

from collector.sentences.words import translated
from collector.slips.addresses import POLLING, fields_of
from collector.slips.judge import UNKNOWN, UNWATCHED
from collector.slips.queries import Desk, Printer, PrintJob
from collector.words import clock, when
from printer.condition import (
    BROKEN,
    COVER_OPEN,
    CUTTER_STUCK,
    MUTE,
    OFFLINE,
    PAPER_LOW,
    PAPER_OUT,
    READY,
    SILENT,
    UNREACHABLE,
)
from printer.profiles import NO_CODE_PAGE, PAGE_NAMES, PROFILES
from printer.slip import Slip
from printer.transport.tcp import PORT


class _Said(NamedTuple):
    """How a printer is; what to do while nothing waits for it; and until when that which waits will wait."""

    how: str
    to_do: str = ""
    until: str = ""


def printer_words(desk: Desk, zone: ZoneInfo) -> str:
    """The printer at Counter is out of paper. The 3 slips that wait will print when there is paper."""
    said = _said(desk.printer, zone)
    if desk.waiting and said.until:
        waits = ngettext(
            "The slip that waits will print %(until)s.",
            "The %(num)s slips that wait will print %(until)s.",
            desk.waiting,
            until=said.until,
        )
        return f"{said.how} {waits}"
    return f"{said.how} {said.to_do}".rstrip()


def seen_words(printer: Printer, zone: ZoneInfo) -> str:
    """How old that is: since 11:40, seen 11:52; nothing where the words say it themselves."""
    if printer.seen_at is None or printer.state == UNWATCHED or _is_away(printer):
        return ""
    if printer.state_since and printer.state not in {READY.state, MUTE.state}:
        return str(
            _("since %(since)s, seen %(time)s", since=when(printer.state_since, zone), time=when(printer.seen_at, zone))
        )
    return str(_("seen %(time)s", time=when(printer.seen_at, zone)))


def _is_away(printer: Printer) -> bool:
    """Whether it is not we who cannot reach it."""
    return printer.state == UNREACHABLE.state and (printer.way in POLLING or printer.way == "kiosk")


def _said(printer: Printer, zone: ZoneInfo) -> _Said:
    name = printer.name
    if printer.state == UNKNOWN:
        return _not_heard_of(printer)
    if _is_away(printer):
        return _away(printer, zone)
    words: Mapping[str, _Said] = {
        UNWATCHED: _Said(
            _(
                "Nobody has looked at the printer at %(name)s since %(time)s: is Smilepost's printing part running?",
                name=name,
                time=when(printer.seen_at, zone) if printer.seen_at else "",
            ),
            until=_("when it runs"),
        ),
        READY.state: _Said(_("The printer at %(name)s is ready.", name=name)),
        PAPER_LOW.state: _Said(
            _("The paper in the printer at %(name)s is nearly used up: have a new roll at hand.", name=name)
        ),
        MUTE.state: _Said(_("The printer at %(name)s never says how it is.", name=name), _("Look at it now and then.")),
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


def _not_heard_of(printer: Printer) -> _Said:
    name = printer.name
    if printer.way in POLLING and not printer.has_secret:
        return _Said(
            _("The printer at %(name)s knows no address to call yet.", name=name),
            _("Make one, and type it into the printer."),
            _("when it calls"),
        )
    if printer.way in POLLING and printer.seen_at:
        return _Said(_("The printer at %(name)s calls, and has not said yet how it is.", name=name))
    if printer.way in POLLING:
        return _Said(
            _("The printer at %(name)s has not called yet.", name=name),
            _("Type its address into the printer, and switch it on."),
            _("when it calls"),
        )
    if printer.way == "kiosk":
        return _Said(
            _(
                "The kiosk %(kiosk)s has not said yet how the printer at %(name)s is: is it set up there?",
                kiosk=printer.kiosk_id,
                name=name,
            ),
            until=_("when it is"),
        )
    return _Said(_("The printer at %(name)s has not been heard of yet.", name=name))


def _away(printer: Printer, zone: ZoneInfo) -> _Said:
    if printer.kiosk_is_well:
        return _Said(
            _(
                "The kiosk %(kiosk)s cannot reach the printer at %(name)s: is it switched on, is its cable plugged in,"
                " and does the kiosk's printer.json say where it is?",
                kiosk=printer.kiosk_id,
                name=printer.name,
            ),
            until=_("when it is back"),
        )
    if printer.way == "kiosk":
        return _Said(
            _(
                "The kiosk %(kiosk)s, which brings slips to the printer at %(name)s, is away: is it switched on, and in"
                " its network?",
                kiosk=printer.kiosk_id,
                name=printer.name,
            ),
            until=_("when the kiosk is back"),
        )
    return _Said(
        _(
            "The printer at %(name)s has not called since %(time)s: is it switched on, and in its network?",
            name=printer.name,
            time=when(printer.seen_at, zone) if printer.seen_at else "",
        ),
        until=_("when it calls"),
    )


def print_job_words(job: PrintJob, zone: ZoneInfo) -> str:
    """What became of a slip: The slip is on its way. Printed at 12:03."""
    if job.state == "unknown":
        return str(_("Perhaps printed: %(why)s Look at the printer.", why=translated(job.outcome)))
    if job.state == "failed":
        return str(_("Not printed: %(why)s", why=translated(job.outcome)))
    if job.state == "done":
        return translated(job.outcome) or _printed(job.finished_at or job.created_at, zone)
    if job.state == "queued" and _said(job.printer, zone).until:
        return str(_("The slip waits for the printer."))
    return str(_("The slip is on its way."))


def _printed(moment: datetime, zone: ZoneInfo) -> str:
    time = when(moment, zone)
    is_today = time == clock(moment, zone)
    return str(_("Printed at %(time)s.", time=time) if is_today else _("Printed %(time)s.", time=time))


def slip_words(slip: Slip | None) -> str:
    """What is on the paper: Review slip · 0042 · COPY."""
    if slip is None:
        return str(_("Test page"))
    words = [
        str(_("Label") if slip.kind == "label" else _("Review slip")),
        slip.reference,
        str(_("COPY")) if slip.copy else None,
    ]
    return " · ".join(word for word in words if word)


def address_words(address: str) -> str:
    """How a printer is connected: network, 192.168.1.50."""
    fields = fields_of(address)
    match fields["way"]:
        case "tcp":
            host, port = fields["host"], fields["port"]
            if port != str(PORT):
                host = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            return str(_("network, %(host)s", host=host))
        case "usb":
            return str(_("USB cable, %(device)s", device=fields["usb"]))
        case "serial":
            return str(_("serial cable, %(device)s at %(baud)s baud", device=fields["serial"], baud=fields["baud"]))
        case "kiosk":
            return str(_("behind the kiosk %(kiosk)s", kiosk=fields["kiosk"]))
        case "cloudprnt":
            return str(_("fetches its slips by %(maker)s", maker="Star CloudPRNT"))
    return str(_("fetches its slips by %(maker)s", maker="Epson Server Direct Print"))


def profile_name(key: str) -> str:
    return translated(PROFILES[key].name) if key in PROFILES else key


def profile_words(key: str) -> str:
    """What a kind of printer can do, beyond its name: makes QR codes itself · says when a slip is printed."""
    profile = PROFILES.get(key)
    if profile is None:
        return str(_("no longer known: choose another kind"))
    answers: Mapping[str, str] = {
        "process_id": _("says when a slip is printed"),
        "status": _("says how it is"),
        "none": _("never answers: nobody knows whether a slip was printed"),
    }
    said = [
        _("makes QR codes itself") if profile.native_qr else _("QR codes as pictures"),
        _("letters of its own") if profile.code_pages else _("text as pictures"),
        answers[profile.answers],
    ]
    return " · ".join(str(each) for each in said)


def code_page_words(name: str | None) -> str:
    """A set of letters, as people know it, and as the test page calls it."""
    if name is None:
        return str(_("as is usual for this kind"))
    if name == NO_CODE_PAGE:
        return str(_("none: all text as pictures, slower and always right"))
    return translated(PAGE_NAMES[name]) if name in PAGE_NAMES else name


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (
    printer_words,
    seen_words,
    print_job_words,
    slip_words,
    address_words,
    profile_name,
    profile_words,
    code_page_words,
)
