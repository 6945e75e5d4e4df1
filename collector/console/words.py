"""How things are said on the console's pages: faces, states, reasons. Times are the store's."""

import unicodedata
from codecs import getincrementaldecoder
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import Row

from collector.current import now
from collector.fleet.alarms import Alarm, Kind
from collector.fleet.condition import Condition, State, dark_since
from collector.fleet.queries import Kiosk
from collector.ingest.store_completeness import Arrivals
from collector.ingest.watch import Trouble, Why
from collector.places.hours import Opening
from collector.ratings.kinds import Mark
from collector.words import clock, duration, number, weekday_name, when

#: Longest part of something put aside that a page shows, bytes.
SHOWN = 1024


def mark_word(mark: Mark) -> str:
    """Why a rating is not counted."""
    words: dict[Mark, str] = {
        Mark.TEST: _("a test"),
        Mark.PERHAPS_REPEATED: _("perhaps a repeat"),
        Mark.REPEAT: _("pressed again at once"),
        Mark.SPAM: _("spam"),
        Mark.MASHING: _("one device, again and again"),
        Mark.BURST: _("many in a few seconds"),
        Mark.STUCK: _("the button hangs"),
        Mark.CLOSED: _("outside opening hours"),
    }
    return words[mark]


def door(opening: Opening | None, zone: ZoneInfo) -> str:
    """What the door says: Open until 21:00; nothing where opening hours are not known."""
    if opening is None:
        return ""
    if opening.changes_at is None:
        return str(_("Open day and night"))
    if opening.is_open:
        return str(_("Open until %(time)s", time=clock(opening.changes_at, zone)))
    if opening.changes_at.astimezone(zone).date() == now().astimezone(zone).date():
        return str(_("Closed, opens at %(time)s", time=clock(opening.changes_at, zone)))
    day = weekday_name(opening.changes_at, zone)
    return str(_("Closed, opens on %(day)s at %(time)s", day=day, time=clock(opening.changes_at, zone)))


def condition(how: Condition, zone: ZoneInfo) -> str:
    at = when(how.at, zone) if how.at else ""
    words: dict[State, str] = {
        State.ONLINE: _("online"),
        State.ASLEEP: _("asleep until %(time)s", time=at),
        State.LATE: _("late, heard %(time)s", time=at),
        State.CLOSED: _("off while the store is closed, heard %(time)s", time=at),
        State.OFFLINE: _("offline since %(time)s", time=at),
        State.SILENT: _("silent since %(time)s", time=at),
        State.NEW: _("not heard from yet"),
    }
    return words[how.state]


def kiosks_well(kiosks: Sequence[Kiosk]) -> str:
    """How the kiosks of a store are: 2 kiosks well; 1 of 2 kiosks is not well; the kiosk is not well."""
    count, unwell = len(kiosks), sum(not kiosk.condition.well for kiosk in kiosks)
    if since := dark_since(kiosk.condition for kiosk in kiosks):
        return str(_("all kiosks are away since %(time)s", time=when(since, kiosks[0].zone)))
    if count and all(kiosk.condition.state is State.CLOSED for kiosk in kiosks):
        return str(_("the kiosk is off with the store") if count == 1 else _("the kiosks are off with the store"))
    if not unwell:
        return str(ngettext("%(num)s kiosk well", "%(num)s kiosks well", count))
    if count == 1:
        return str(_("the kiosk is not well"))
    return str(
        ngettext(
            "%(num)s of %(count)s kiosks is not well", "%(num)s of %(count)s kiosks are not well", unwell, count=count
        )
    )


def short_day(moment: date) -> str:
    """Sun 22 Nov."""
    return format_skeleton("MMMEd", moment, locale=get_locale())


def arrived_words(arrivals: Arrivals) -> str:
    """What became of what a store recorded, what somebody should look at first: 3 lost · 12 on their way."""
    said = [
        _("%(count)s never came", count=number(arrivals.never_came)) if arrivals.never_came > 0 else "",
        _("%(count)s lost", count=number(arrivals.lost)) if arrivals.lost else "",
        _("%(count)s put aside", count=number(arrivals.put_aside)) if arrivals.put_aside else "",
        _("%(count)s on their way", count=number(arrivals.on_its_way)) if arrivals.on_its_way else _("all received"),
    ]
    return " · ".join(str(each) for each in said if each)


def alarm_word(alarm: Alarm) -> str:
    words: dict[Kind, str] = {
        Kind.CLOCK: _("its clock is off"),
        Kind.EPOCHS: _("it opened several new journals"),
        Kind.FLOOD: _("it sends too much"),
        Kind.FOREIGN: _("it sends another kiosk's journal"),
    }
    return words[alarm.kind]


def alarm_remedy(alarm: Alarm) -> str:
    """What to do about it."""
    words: dict[Kind, str] = {
        Kind.CLOCK: _("They count, but not in the chart by hour. If it comes again, restart the kiosk."),
        Kind.EPOCHS: _("Replace the kiosk, or give it a blank card."),
        Kind.FLOOD: _("Other kiosks are served meanwhile. See whether a button is stuck."),
        Kind.FOREIGN: _("Give the kiosk a blank card: then they count again."),
    }
    return words[alarm.kind]


def intake_words(trouble: Trouble) -> str:
    """Why nothing is taken in, and that nothing is lost by it."""
    waits = {"time": duration((now() - trouble.since).total_seconds() * 1000) if trouble.since else ""}
    beside_others: dict[Why, str] = {
        Why.SILENT: _(
            "The collector has been silent for %(time)s. Others take the ratings in meanwhile. Look at it.", **waits
        ),
        Why.DATABASE: _(
            "The collector has been waiting for the database for %(time)s. Others take the ratings in meanwhile.",
            **waits,
        ),
        Why.BROKER: _(
            "The collector has been waiting for the broker for %(time)s. Others take the ratings in meanwhile.",
            **waits,
        ),
    }
    if trouble.others_work and trouble.why in beside_others:
        return beside_others[trouble.why]
    words: dict[Why, str] = {
        Why.ABSENT: _(
            "No collector is running, so no rating comes in. The kiosks keep them. Somebody has to start it."
        ),
        Why.SILENT: _(
            "The collector has been silent for %(time)s. The kiosks keep their ratings. Look at it.", **waits
        ),
        Why.DATABASE: _(
            "The collector has been waiting for the database for %(time)s."
            " The kiosks keep their ratings until it is back.",
            **waits,
        ),
        Why.BROKER: _(
            "The collector has been waiting for the broker for %(time)s."
            " The kiosks keep their ratings until it is back.",
            **waits,
        ),
        Why.STANDBY: _(
            "The database has been waiting for its standby for %(time)s."
            " The kiosks keep their ratings until it is back.",
            **waits,
        ),
    }
    return words[trouble.why]


def gap_reason(reason: str) -> str:
    words: dict[str, str] = {
        "full": _("its memory was full"),
        "damaged": _("its memory was damaged"),
        "unknown": _("the kiosk did not say why"),
    }
    return words.get(reason, reason)


def release_words(kiosk: Kiosk) -> str:
    """Which firmware a kiosk runs, and which it is offered."""
    running, wanted = kiosk.release_reported, kiosk.release_wanted
    if running is None:
        return str(_("%(wanted)s is offered; its firmware knows no releases", wanted=wanted))
    runs = _("number %(running)s", running=running) if running else _("none; as it was installed")
    if wanted and wanted > running:
        return str(_("%(runs)s; number %(wanted)s is offered", runs=runs, wanted=wanted))
    return str(runs)


def command_word(do: str) -> str:
    """What a kiosk is told to do, as a button says it."""
    words: dict[str, str] = {
        "identify": _("Identify"),
        "self-test": _("Self-test"),
        "reboot": _("Restart"),
        "log": _("Ask for its log"),
        "secret": _("New secret"),
        "former": _("Former release"),
        "ca": _("Whom to trust"),
    }
    return words[do]


def command_state(command: Row[Any], zone: ZoneInfo, kiosk: Kiosk) -> str:
    """What became of a command, or what it waits for."""
    if command.state in {"queued", "sent"}:
        until = when(command.expires_at, zone)
        if kiosk.condition.state is State.ONLINE:
            return str(_("on its way to the kiosk; worth doing until %(time)s", time=until))
        return str(_("waits for the kiosk, until %(time)s", time=until))
    at = when(command.finished_at or command.expires_at, zone)
    words: dict[str, str] = {
        "done": _("done %(time)s", time=at),
        "failed": _("it could not be done, %(time)s", time=at),
        "expired": _("the kiosk did not answer by %(time)s", time=when(command.expires_at, zone)),
    }
    return words[command.state]


def payload(content: bytes) -> str:
    """Something put aside, safe to show: text where it is text, else its bytes in hexadecimal; at most 1 KiB of it."""
    shown, rest = content[:SHOWN], len(content) > SHOWN
    try:
        # Cut in the middle of a character it is still text.
        text = getincrementaldecoder("utf-8")().decode(shown, final=not rest)
    except UnicodeDecodeError:
        text = shown.hex(" ")
    else:
        # Nothing invisible: neither control characters nor those that turn the direction of writing.
        text = "".join(
            char if char == "\n" or unicodedata.category(char)[0] != "C" else f"\\u{ord(char):04x}" for char in text
        )
    return text + " …" if rest else text


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (
    mark_word,
    door,
    condition,
    kiosks_well,
    short_day,
    arrived_words,
    alarm_word,
    alarm_remedy,
    intake_words,
    gap_reason,
    release_words,
    command_word,
    command_state,
    payload,
)
