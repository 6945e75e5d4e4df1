"""How the pages of figures say what they found: changes, odd days, and what a measure is."""

from collections.abc import Callable

from babel.numbers import format_decimal
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from collector.insights.anomalies import Anomaly
from collector.insights.asked import Asked
from collector.insights.compare import FEWEST, BeforeAfter, Comparison, TooFew
from collector.words import number


def compared(found: Comparison | TooFew, against: str) -> str:
    """How a figure is beside another: Up 6 ± 4 on the 28 days before: more than chance.

    Parameters
    ----------
    against: what it is compared with: the 28 days before.
    """
    if isinstance(found, TooFew):
        return str(
            _(
                "Too few to compare with %(against)s: each needs %(fewest)s ratings, and there are %(now)s and"
                " %(then)s.",
                against=against,
                fewest=FEWEST,
                now=number(found.after),
                then=number(found.before),
            )
        )
    figures = {"change": _points(abs(found.change)), "margin": _points(found.margin), "against": against}
    if not found.is_sure:
        return str(
            _(
                "%(change)s ± %(margin)s on %(against)s: it may be chance.",
                **{**figures, "change": _signed(found.change)},
            )
        )
    if found.change > 0:
        return str(_("Up %(change)s ± %(margin)s on %(against)s: more than chance.", **figures))
    return str(_("Down %(change)s ± %(margin)s on %(against)s: more than chance.", **figures))


def days_before(asked: Asked) -> str:
    """The period just before: the 28 days before."""
    return str(ngettext("the day before", "the %(num)s days before", asked.days))


def changed(found: BeforeAfter | TooFew) -> str:
    """What became of the index after a day that the reader picked."""
    if isinstance(found, TooFew):
        return str(
            _(
                "Too few to compare: each side needs %(fewest)s ratings. Before that day there are %(then)s, from it on"
                " %(now)s.",
                fewest=FEWEST,
                then=number(found.before),
                now=number(found.after),
            )
        )
    figures = {
        "change": _signed(found.change),
        "low": _signed(found.low),
        "high": _signed(found.high),
        "happier": number(found.happier),
        "chance": _chance(found.p),
    }
    if found.is_sure:
        return str(
            _(
                "%(change)s points (95 %% interval %(low)s to %(high)s): more than chance; %(chance)s."
                " Of 100 pairs of a customer before and one after, the later is the happier in %(happier)s.",
                **figures,
            )
        )
    return str(
        _(
            "%(change)s points (95 %% interval %(low)s to %(high)s): it may be chance; %(chance)s."
            " More days would tell.",
            **figures,
        )
    )


def _points(value: float) -> str:
    """Points of the index; few of them with a decimal, so that a sure change is no 0."""
    return number(value) if abs(value) >= 10 else format_decimal(value, format="0.0", locale=get_locale())


def _signed(value: float) -> str:
    tenths = round(value, 1)
    return ("+" if tenths > 0 else "−" if tenths < 0 else "") + _points(abs(value))


def _chance(p: float) -> str:
    """How often chance alone makes so much."""
    if p < 0.001:
        return str(_("chance alone does so less than once in 1,000 times"))
    return str(_("chance alone does so in %(percent)s %% of cases", percent=f"{100 * p:.2g}"))


def anomaly_words(found: Anomaly) -> str:
    """What was odd: index 41, usually 78."""
    figures = {"value": number(found.value), "usual": number(found.usual)}
    if found.what == "index":
        return str(_("the index was %(value)s; on this weekday it is usually %(usual)s", **figures))
    if found.distance < 0:
        return str(_("only %(value)s ratings; on this weekday there are usually %(usual)s", **figures))
    return str(_("%(value)s ratings; on this weekday there are usually %(usual)s", **figures))


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (compared, days_before, changed, anomaly_words)
