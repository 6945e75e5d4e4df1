"""How the start pages say what is going on."""

from collections.abc import Callable

from babel.numbers import format_decimal
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from collector.home.facts import Rung
from collector.home.needs import Standing, Why
from collector.home.reasons import Said
from collector.insights.compare import Comparison, TooFew
from collector.insights.measures import Measure
from collector.own_words.say import place_word
from collector.sentences.words import translated
from collector.words import in_own_language, number
from printer.condition import CONDITIONS


def why_words(stands: Standing) -> list[str]:
    """Why a store needs somebody, the worst first."""
    facts = stands.facts
    said = {
        Why.WORSE: change_words(stands.change),
        Why.LATE: ngettext(
            "%(num)s case went up, because nobody acted in time",
            "%(num)s cases went up, because nobody acted in time",
            facts.late,
        ),
        Why.ALERT: ngettext("nobody looks after an alert", "nobody looks after %(num)s alerts", facts.alerts),
    }
    return [str(said[each]) for each in stands.why]


def change_words(change: Comparison | TooFew) -> str:
    """Down 9 ± 5 against the four weeks before; about the same; too few to say."""
    if isinstance(change, TooFew):
        return str(_("too few ratings to compare"))
    if not change.is_sure:
        return str(_("about the same as in the four weeks before"))
    figures = _figures(change)
    if change.change < 0:
        return str(_("down %(by)s ± %(margin)s against the four weeks before", **figures))
    return str(_("up %(by)s ± %(margin)s against the four weeks before", **figures))


def change_short(change: Comparison | TooFew) -> str:
    """The same where a title says against what: down 9 ± 5."""
    if isinstance(change, TooFew):
        return str(_("too few to compare"))
    if not change.is_sure:
        return str(_("about the same"))
    figures = _figures(change)
    if change.change < 0:
        return str(_("down %(by)s ± %(margin)s", **figures))
    return str(_("up %(by)s ± %(margin)s", **figures))


def _figures(change: Comparison) -> dict[str, str]:
    """A change and its margin; with a decimal where they would otherwise look alike, though it is more than chance."""
    by, margin = abs(change.change), change.margin
    if round(by) > round(margin):
        return {"by": number(by), "margin": number(margin)}
    tenths = {"format": "0.0", "locale": get_locale()}
    return {"by": format_decimal(by, **tenths), "margin": format_decimal(margin, **tenths)}


def reason_said(said: Said) -> str:
    """Only one till open: 12 of 30 unhappy customers."""
    return str(
        ngettext(
            "%(reason)s: %(count)s of %(num)s unhappy customer",
            "%(reason)s: %(count)s of %(num)s unhappy customers",
            said.of,
            reason=in_own_language(said.text),
            count=number(said.count),
        )
    )


def rung_words(rung: Rung) -> str:
    """Where cases stand: step 1, Stores."""
    return str(
        _(
            "Step %(number)s · %(places)s",
            number=rung.step + 1,
            places=place_word(rung.kind, many=rung.kind != "organisation"),
        )
    )


def share_words(part: Measure) -> str:
    """85 % (73 to 93): with its 95 % interval."""
    figures = {"value": number(part.value), "low": number(part.low), "high": number(part.high)}
    return str(_("%(value)s %% (%(low)s to %(high)s)", **figures))


def printer_state_words(state: str) -> str:
    """How a printer is, and what to do: The printer is out of paper."""
    return translated(CONDITIONS[state].sentence)


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (
    why_words,
    change_words,
    change_short,
    reason_said,
    rung_words,
    share_words,
    printer_state_words,
)
