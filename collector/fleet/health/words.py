"""How the health of a kiosk is said on pages, and the charts that show it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from flask_babel import gettext as _
from flask_babel import ngettext

from collector.current import now
from collector.fleet.health import charts
from collector.fleet.health.charts import Chart
from collector.fleet.health.history import History, Start
from collector.fleet.health.rules import DAY, WEAK_SIGNAL, Forecast, Piece, Unknown, pieces
from collector.fleet.queries import Kiosk
from collector.ingest.frames import Cause
from collector.words import duration, number

#: A clock further off than this dates wrongly.
CLOCK_OFF = timedelta(minutes=2)
WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Drawing:
    """A chart with its words."""

    chart: Chart
    title: str
    #: What is drawn, with its unit.
    about: str
    #: The newest, or the sum, in words.
    said: str
    #: What the limit means.
    limit: str
    #: How a value is said.
    say: Callable[[float], str]


def drawings(history: History, kiosk: Kiosk) -> list[Drawing]:
    """The charts of a kiosk, what somebody looks for first; those of which nothing is known are left out."""
    time = now()

    def cut(pick: Callable[..., float | None], stand: Callable[[Sequence[float]], float]) -> list[Piece]:
        return pieces(history.hours, pick, stand, history.days, time, kiosk.zone)

    millivolts = cut(lambda hour: hour.battery, median)
    battery = charts.line("battery", millivolts, foot=history.empty - 200, top=history.empty + 500, limit=history.empty)
    if battery and isinstance(history.battery, Forecast):
        battery = charts.with_forecast(battery, history.battery, time)
    signal = charts.line("signal", cut(lambda hour: hour.signal, median), foot=-95, top=-35, limit=WEAK_SIGNAL)
    depth = charts.bars("depth", cut(lambda hour: hour.depth, max), top=10)
    oldest = charts.bars("oldest", cut(lambda hour: hour.oldest if hour.depth else 0, max), top=60_000)
    off = CLOCK_OFF / timedelta(milliseconds=1)
    clock = charts.bars("clock", cut(lambda hour: None if hour.clock is None else abs(hour.clock), max), top=off)
    heard = charts.bars("heard", cut(lambda hour: 1 if hour.is_heard else None, sum))
    starts = charts.bars("starts", cut(lambda hour: hour.boots, sum), top=4)
    arrived = charts.bars("arrived", _arrived(history, kiosk), top=10)
    mv, dbm, records = _("%(count)s mV"), _("%(count)s dBm"), _("%(count)s records")

    def count(words: str) -> Callable[[float], str]:
        return lambda value: words % {"count": number(value)}

    hours = sum(hour.is_heard for hour in history.hours)
    began = sum(hour.boots for hour in history.hours)
    in_hours = _("in %(count)s of %(all)s hours", count=number(hours), all=number(24 * history.days))
    found = [
        (battery, _("How long will its battery last?"), _("mV"), battery_words(history.battery), _("nearly empty"), mv),
        (signal, _("Is its Wi-Fi strong enough?"), _("dBm"), "", _("weak"), dbm),
        (heard, _("When was it heard?"), _("hours in which it said something"), in_hours, "", _("%(count)s h")),
        (depth, _("Does it get rid of what it records?"), _("records not confirmed, at most"), "", "", records),
        (oldest, _("How long does a rating wait?"), _("age of the oldest one not confirmed, at most"), "", "", ""),
        (arrived, _("Had everything arrived by the evening?"), _("records that had not, each day"), "", "", records),
        (clock, _("Is its clock right?"), _("by how much it was put right, at most"), "", "", ""),
        (starts, _("Does it start again and again?"), _("starts"), _times(began), "", _("%(count)s starts")),
    ]
    return [
        Drawing(chart, title, about, said or _last(chart, words), limit, count(words) if words else duration)
        for chart, title, about, said, limit, words in found
        if chart is not None
    ]


def _last(chart: Chart, words: str) -> str:
    """The newest value of a line; of bars, the most."""
    if chart.bars:
        most = max(piece.value or 0 for piece in chart.pieces)
        if not most:
            return str(_("none"))
        said = words % {"count": number(most)} if words else duration(most)
        return str(_("%(most)s at most", most=said))
    return str(_("%(value)s now", value=words % {"count": number(chart.last or 0)}))


def _arrived(history: History, kiosk: Kiosk) -> list[Piece]:
    days = pieces([], lambda _: None, max, history.days, now(), kiosk.zone)
    missing = {each.day: float(max(0, each.recorded - each.received)) for each in history.arrived}
    midnights = sorted({piece.begin.astimezone(kiosk.zone).date(): piece.begin for piece in reversed(days)}.items())
    ends = [begin for _day, begin in midnights[1:]] + [days[-1].until]
    return [Piece(begin, end, missing.get(day)) for (day, begin), end in zip(midnights, ends, strict=True)]


def battery_words(forecast: Forecast | Unknown) -> str:
    """When a battery will be empty: about 5 weeks left (3–8)."""
    if isinstance(forecast, Unknown):
        words: dict[Unknown, str] = {
            Unknown.TOO_LITTLE: _("not enough to say when it will be empty"),
            Unknown.STALE: _("not heard lately: nobody knows how full it is"),
            Unknown.STEADY: _("no end in sight"),
        }
        return words[forecast]
    left, least = forecast.ends - now(), forecast.earliest - now()
    most = forecast.latest - now() if forecast.latest else None
    if left < DAY:
        return str(_("as good as empty"))
    unit, say = (WEEK, _weeks) if left >= 2 * WEEK else (DAY, _days)
    about = say(round(left / unit))
    low = max(1, round(least / unit))
    if most is None:
        return str(_("about %(time)s left (at least %(low)s)", time=about, low=number(low)))
    high = max(round(most / unit), round(left / unit))
    if low == high:
        return str(_("about %(time)s left", time=about))
    return str(_("about %(time)s left (%(low)s–%(high)s)", time=about, low=number(low), high=number(high)))


def _times(count: int) -> str:
    return str(ngettext("%(num)s start", "%(num)s starts", count)) if count else str(_("none"))


def _weeks(count: int) -> str:
    return str(ngettext("%(num)s week", "%(num)s weeks", count))


def _days(count: int) -> str:
    return str(ngettext("%(num)s day", "%(num)s days", count))


def start_words(start: Start) -> str:
    """Why it started."""
    words: Mapping[int, str] = {
        Cause.POWER: _("power came"),
        Cause.WATCHDOG: _("its watchdog: something had got stuck"),
        Cause.SOFTWARE: _("its software, as it was told or for an update"),
        Cause.WOKEN: _("it woke up"),
    }
    return words.get(start.cause, str(_("it does not know why")))


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (battery_words, start_words)
