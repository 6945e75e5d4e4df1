"""How alerts are said: what is wrong, with its figures, and what to do; the same on pages and in messages."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext

from collector.alerts.queries import ACKNOWLEDGED, CLOSED, Alert
from collector.moments import to_datetime
from collector.sentences.words import translated
from collector.words import when
from printer.condition import CONDITIONS

#: How many a message names.
MOST = 10


def message(rule: str, subject: str, data: Mapping[str, Any]) -> str:
    """What is told to people by mail and SMS."""
    return f"{_title(rule, subject, data)}. {_seen(rule, data)}"


class Changed(Protocol):
    """An alert that has opened, or is over."""

    rule: str
    subject: str
    data: Mapping[str, Any]


def gathered(opened: Sequence[Changed], ended: Sequence[Changed]) -> str:
    """What is told of several at once: each in a few words, the first ten."""
    parts = [_titles(opened), str(_("Over: %(which)s", which=_titles(ended))) if ended else ""]
    return " ".join(part for part in parts if part)


def _titles(alerts: Sequence[Changed]) -> str:
    if not alerts:
        return ""
    titles = [_title(each.rule, each.subject, each.data) for each in alerts[:MOST]]
    if len(alerts) > MOST:
        titles.append(str(_("and %(count)s more", count=len(alerts) - MOST)))
    return "; ".join(titles) + "."


def alert_title(alert: Alert) -> str:
    """What is wrong, in a few words: Many bad ratings."""
    return _title(alert.rule, alert.subject, alert.data)


def _title(rule: str, subject: str, data: Mapping[str, Any]) -> str:
    which = subject.partition("/")[2]
    words: dict[str, str] = {
        "bad-share": _("Many bad ratings"),
        "index": _("The index is low"),
        "away": _("Nothing is heard of the store's kiosks")
        if subject.startswith("store/")
        else _("Nothing is heard of %(kiosk)s", kiosk=which),
        "silence": _("Nobody presses %(kiosk)s", kiosk=which),
        "battery": _("The battery of %(kiosk)s is low", kiosk=which),
        "printer": _("%(printer)s does not print", printer=data.get("name")),
    }
    return words[rule]


def _seen(rule: str, data: Mapping[str, Any]) -> str:
    """What was seen, a sentence with its figures."""
    match rule:
        case "bad-share":
            return str(_("%(bad)s of %(count)s ratings within %(minutes)s minutes were bad.", **data))
        case "index":
            return str(
                _(
                    "The index was %(index)s, from %(count)s ratings within %(minutes)s minutes;"
                    " below %(below)s is too low.",
                    **data,
                )
            )
        case "away":
            return str(
                ngettext(
                    "It does not say that it is there.",
                    "None of the %(num)s kiosks says that it is there.",
                    data["kiosks"],
                )
            )
        case "silence":
            return str(
                _(
                    "It is online, and nobody has pressed. In the same minutes of the last %(weeks)s weeks it was"
                    " pressed %(usual)s times on average.",
                    weeks=data["weeks"],
                    usual=f"{data['usual']:g}",
                )
            )
        case "battery":
            return str(_("It is at %(millivolts)s mV; below %(below)s mV it will soon be empty.", **data))
    return translated(CONDITIONS[data["state"]].sentence)


def alert_seen(alert: Alert) -> str:
    said = _seen(alert.rule, alert.data)
    if alert.rule not in {"away", "silence"}:
        return said
    return f"{said} {_('Silent since %(time)s.', time=when(to_datetime(alert.data['since']), alert.zone))}"


def alert_remedy(alert: Alert) -> str:
    """What to do about it."""
    words: dict[str, str] = {
        "bad-share": _("Go and see what happens there now."),
        "index": _("Read what customers gave as reasons today."),
        "away": _("Look at its power, and at the network. What it records it keeps, and sends when it is back."),
        "silence": _("See whether people can reach it, and whether a button is stuck."),
        "battery": _("Charge it, or change its cells."),
        "printer": "",  # its sentence says so
    }
    return words[alert.rule]


def alert_state(alert: Alert, zone: ZoneInfo) -> str:
    """Since when, and who looks after it."""
    since = when(alert.opened_at, zone)
    if alert.state == CLOSED and alert.closed_at:
        return str(_("%(since)s to %(until)s", since=since, until=when(alert.closed_at, zone)))
    if alert.state == ACKNOWLEDGED:
        return str(_("since %(since)s; %(who)s looks after it", since=since, who=alert.acknowledged_by))
    return str(_("since %(since)s; nobody looks after it yet", since=since))


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (alert_title, alert_seen, alert_remedy, alert_state)
