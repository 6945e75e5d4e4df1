"""How charts speak: figures with their unit, stretches of days, and each chart's answer as a sentence."""

from collections.abc import Callable
from datetime import date

from babel.dates import format_interval, format_skeleton
from babel.numbers import format_decimal
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from collector.charts.apart import are_extremes
from collector.charts.bars import Bars
from collector.charts.distribution import Distribution
from collector.charts.gap import GapChart
from collector.charts.heat_map import Cell, HeatMap
from collector.charts.pareto import Pareto
from collector.charts.spark import Spark, spark
from collector.charts.trend import Point, Trend
from collector.charts.units import Unit
from collector.current import now
from collector.words import number

#: Keeps a figure and its unit on one line.
NBSP = "\u00a0"
#: Longest text in a drawing, characters; the table has the whole of it.
LONGEST = 34


def px(value: float) -> str:
    """A length in the drawing: 12.5."""
    return f"{value:.1f}".removesuffix(".0")


def pc(value: float) -> str:
    """A length in per cent of the drawing's width: 12.5%."""
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"


def measured(value: float, unit: Unit) -> str:
    """A figure: 79, +23, 61 %, 1,204, 4.3."""
    if unit == "percent":
        return tight(str(_("%(count)s %%", count=number(value))))
    if unit in {"five", "seven"}:
        return format_decimal(value, format="0.0", locale=get_locale())
    if unit == "nps":
        return change(value)
    return number(value)


def change(value: float) -> str:
    """A change, or what may be below zero: +6, −12, 0."""
    whole = round(value)
    return f"{'+' if whole > 0 else '−' if whole < 0 else ''}{number(abs(whole))}"


def margin(value: float) -> str:
    """What stands after "±": 4, and below one, 0.4."""
    return number(value) if value >= 1 else format_decimal(max(value, 0.1), format="0.0", locale=get_locale())


def difference(value: float, unit: Unit) -> str:
    """How far apart two figures are: +6, −0.4."""
    if unit not in {"five", "seven"}:
        return change(value)
    tenths = round(value, 1)
    sign = "+" if tenths > 0 else "−" if tenths < 0 else ""
    return sign + format_decimal(abs(tenths), format="0.0", locale=get_locale())


def tight(text: str) -> str:
    """A text in which a figure and its % stay on one line."""
    return text.replace(" %", f"{NBSP}%")


def short(text: str) -> str:
    """A text with room for it in a drawing."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def day_month(day: date) -> str:
    """22 Nov; of another year, 22 Nov 2025."""
    return format_skeleton("MMMd" if day.year == now().year else "yMMMd", day, locale=get_locale())


def stretch(point: Point) -> str:
    """The days of a point: Sun 22 Nov, or 16 – 22 Nov."""
    return days(point.first, point.last)


def days(first: date, last: date) -> str:
    """A stretch of days: Sun 22 Nov, 16 – 22 Nov; with the year where it is not all in this one."""
    year = "" if first.year == last.year == now().year else "y"
    if first == last:
        return format_skeleton(f"{year}MMMEd", first, locale=get_locale())
    return format_interval(first, last, f"{year}MMMd", locale=get_locale())


def hour_of(cell: Cell) -> str:
    """Sat 17:00 – 18:00."""
    return str(
        _(
            "%(day)s %(from)s to %(to)s",
            **{"day": weekday_short(cell.weekday), "from": f"{cell.hour}:00", "to": f"{cell.hour + 1}:00"},
        )
    )


def weekday_short(weekday: int) -> str:
    """Mon; Monday is 0."""
    return format_skeleton("E", date(2024, 1, 1 + weekday), locale=get_locale())


def trend_said(chart: Trend) -> str:
    if len(chart.spots) == 1:
        return str(
            _("%(value)s on %(day)s.", value=measured(chart.last.value, chart.unit), day=stretch(chart.last.point))
        )
    last = measured(chart.last.value, chart.unit)
    if len(chart.compared) < 2:
        return str(_("Last %(last)s. Too few so far to compare.", last=last))
    if chart.extremes is None:
        return str(_("Last %(last)s. No difference that is more than chance.", last=last))
    lowest, highest = chart.extremes
    if not are_extremes(chart.extremes, chart.compared):
        return str(
            _(
                "Last %(last)s. %(high)s (%(best)s) and %(low)s (%(worst)s) differ by more than chance.",
                last=last,
                high=measured(highest.value or 0, chart.unit),
                best=stretch(highest),
                low=measured(lowest.value or 0, chart.unit),
                worst=stretch(lowest),
            )
        )
    return str(
        _(
            "Last %(last)s. Highest %(highest)s (%(best)s), lowest %(lowest)s (%(worst)s).",
            last=last,
            highest=measured(highest.value or 0, chart.unit),
            best=stretch(highest),
            lowest=measured(lowest.value or 0, chart.unit),
            worst=stretch(lowest),
        )
    )


def bars_said(chart: Bars) -> str:
    known = chart.compared
    if not known:
        return str(_("Too few so far to compare."))
    if len(known) == 1:
        return str(_("%(value)s, and nothing to compare it with.", value=measured(known[0].value or 0, chart.unit)))
    if chart.extremes is None:
        return str(_("No difference that is more than chance."))
    lowest, highest = chart.extremes
    high, low = measured(highest.value or 0, chart.unit), measured(lowest.value or 0, chart.unit)
    if not are_extremes(chart.extremes, known):
        return _differ(highest.label, high, lowest.label, low)
    said = _(
        "Highest: %(best)s, %(high)s. Lowest: %(worst)s, %(low)s.",
        best=highest.label,
        high=high,
        worst=lowest.label,
        low=low,
    )
    return str(said)


def _differ(best: str, high: str, worst: str, low: str) -> str:
    """Of two that were picked because they are the surest to differ."""
    text = _(
        "%(best)s, %(high)s, and %(worst)s, %(low)s, differ by more than chance.",
        best=best,
        high=high,
        worst=worst,
        low=low,
    )
    return str(text)


def distribution_said(chart: Distribution) -> str:
    top = chart.highest
    return str(
        ngettext(
            "Most often: %(what)s, %(percent)s %% of %(count)s answer.",
            "Most often: %(what)s, %(percent)s %% of %(count)s answers.",
            chart.count,
            what=top.label,
            percent=top.percent,
            count=number(chart.count),
        )
    )


def pareto_said(chart: Pareto) -> str:
    vital, count = chart.vital, number(chart.count)
    percent = number(vital[-1].together)
    if len(vital) == 1:
        what = vital[0].label
        said = _(
            "%(what)s: alone %(percent)s %% of the %(count)s reasons given.", what=what, percent=percent, count=count
        )
    else:
        said = ngettext(
            "The first %(num)s is %(percent)s %% of the %(count)s reasons given.",
            "The first %(num)s are %(percent)s %% of the %(count)s reasons given.",
            len(vital),
            percent=percent,
            count=count,
        )
    return str(said)


def heat_said(chart: HeatMap) -> str:
    if len(chart.compared) < 2:
        return str(_("Too few so far in each hour to compare."))
    if chart.extremes is None:
        return str(_("No hour stands out."))
    worst, best = chart.extremes
    if not are_extremes(chart.extremes, chart.compared):
        return _differ(hour_of(best), number(best.value), hour_of(worst), number(worst.value))
    return str(
        _(
            "Best: %(best)s, index %(high)s of %(many)s ratings. Worst: %(worst)s, index %(low)s of %(few)s.",
            best=hour_of(best),
            high=number(best.value),
            many=number(best.count),
            worst=hour_of(worst),
            low=number(worst.value),
            few=number(worst.count),
        )
    )


def gap_said(chart: GapChart) -> str:
    worst = chart.worst
    if worst is None:
        return str(_("Nothing falls short of what was expected by more than chance."))
    return str(_("%(what)s falls shortest: %(gap)s.", what=worst.label, gap=difference(worst.gap, chart.unit)))


def spark_said(drawn: Spark) -> str:
    return str(_("from %(first)s to %(last)s", first=number(drawn.first_value), last=number(drawn.last_value)))


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (
    px,
    pc,
    measured,
    change,
    difference,
    margin,
    tight,
    short,
    day_month,
    stretch,
    days,
    hour_of,
    weekday_short,
    trend_said,
    bars_said,
    distribution_said,
    pareto_said,
    heat_said,
    gap_said,
    spark_said,
    spark,
)
