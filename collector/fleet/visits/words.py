"""How the reasons for a visit are said, and what to bring."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from collector.current import now
from collector.fleet.visits.rules import Bring, Kind, Reason, Visit
from collector.sentences.words import translated
from collector.words import number
from printer.condition import CONDITIONS


def short_date(moment: datetime, zone: ZoneInfo) -> str:
    """A day of the store: 22 Nov."""
    return format_skeleton("MMMd", moment, tzinfo=zone, locale=get_locale())


def reason_words(reason: Reason, zone: ZoneInfo) -> str:
    """Why somebody should go, a sentence or two: what is wrong, with its figures."""
    count, figure, said = round(reason.count or 0), number(reason.count or 0), (reason.said or "")[:200]
    words: dict[Kind, str] = {
        Kind.DARK: _("None of its %(count)s kiosks is heard: look at power and network first.", count=figure),
        Kind.AWAY: _("It has not been heard."),
        Kind.UNHEARD: _("It is in the registry, and was never heard."),
        Kind.UNLIT: ngettext(
            "Its memory did not take %(num)s press: it needs another board.",
            "Its memory did not take %(num)s presses: it needs another board.",
            count,
        ),
        Kind.BATTERY: _battery(reason, zone),
        Kind.STUCK: _("Button %(button)s is stuck.", button=count),
        Kind.UNSENT: _("It is in touch, and does not get rid of what it has recorded."),
        Kind.RESETS: _("It got stuck and started again %(count)s times within a week.", count=figure),
        Kind.FAULT: _("Something went wrong in its program."),
        Kind.LOST: ngettext("It lost %(num)s record this week.", "It lost %(num)s records this week.", count),
        Kind.FAILED: _("It did not pass its last acceptance test."),
        Kind.SIGNAL: _("Its Wi-Fi is weak: %(level)s dBm as a rule this week.", level=figure),
        Kind.CLOCK: _("Its clock was off on %(count)s days this week.", count=figure),
        Kind.UPDATE: _("Its firmware is too old to be updated from afar."),
    }
    if reason.kind is Kind.PRINTER:
        return translated(CONDITIONS[said].sentence)
    if reason.kind in {Kind.RESETS, Kind.FAULT} and said:
        return f"{words[reason.kind]} {_('It says: %(fault)s', fault=said)}"
    return words[reason.kind]


def _battery(reason: Reason, zone: ZoneInfo) -> str:
    level = number(reason.count or 0)
    if reason.until is None or reason.until <= now():
        return str(_("Its battery is as good as empty, at %(level)s mV.", level=level))
    day = short_date(reason.until, zone)
    return str(_("Its battery, now at %(level)s mV, ends about %(day)s.", level=level, day=day))


def bring_words(visit: Visit) -> str:
    """What to bring, one after the other."""
    words: dict[Bring, str] = {
        Bring.KIOSK: _("a spare kiosk"),
        Bring.POWER: _("a power supply and a cable"),
        Bring.BATTERY: _("a charged battery"),
        Bring.BUTTON: _("a spare button and a screwdriver"),
        Bring.LAPTOP: _("a laptop with a USB cable"),
        Bring.ROUTER: _("a router, or a telephone with a hotspot"),
        Bring.WIFI: _("a repeater, or a longer cable to move the kiosk"),
        Bring.PAPER: _("paper rolls"),
        Bring.PRINTER: _("a spare printer and its cable"),
    }
    return " · ".join(str(words[each]) for each in visit.bring)


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (reason_words, bring_words, short_date)
