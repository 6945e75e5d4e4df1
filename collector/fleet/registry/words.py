"""How a kiosk's life is spoken of."""

from collections.abc import Callable

from flask_babel import gettext as _

from collector.fleet.life import Life, Why
from collector.fleet.queries import Kiosk
from collector.words import when


def life_words(kiosk: Kiosk) -> str:
    """Where a kiosk is in its life, where that is more than how it is; else nothing."""
    words: dict[Life, str] = {
        Life.MADE: _("made; no board has its secret yet"),
        Life.ENROLLED: _("enrolled, not heard from yet"),
        Life.RETIRED: _retired(kiosk),
    }
    return words.get(kiosk.life, "")


def tested_words(kiosk: Kiosk) -> str:
    """How its acceptance test ended, where somebody should know; else nothing."""
    if kiosk.passed is None:
        # One that has spoken shows by that what it can do.
        return str(_("never tested")) if kiosk.life is Life.ENROLLED else ""
    return "" if kiosk.passed or kiosk.life in {Life.MADE, Life.RETIRED} else str(_("did not pass its test"))


def why_word(why: Why) -> str:
    """Why a kiosk is retired, as one chooses it."""
    words: dict[Why, str] = {
        Why.RETIRED: _("Retired: nobody needs it here any more"),
        Why.BROKEN: _("Broken"),
        Why.LOST: _("Lost"),
        Why.STOLEN: _("Stolen"),
        Why.REPLACED: _("Replaced"),
    }
    return words[why]


def _retired(kiosk: Kiosk) -> str:
    at = when(kiosk.retired_at, kiosk.zone) if kiosk.retired_at else ""
    words: dict[Why | None, str] = {
        None: _("retired"),
        Why.RETIRED: _("retired %(time)s", time=at),
        Why.BROKEN: _("broken, retired %(time)s", time=at),
        Why.LOST: _("lost, retired %(time)s", time=at),
        Why.STOLEN: _("stolen, retired %(time)s", time=at),
        Why.REPLACED: _("retired %(time)s", time=at),
    }
    said = words[kiosk.retired_why]
    return (
        str(_("%(retired)s; %(kiosk)s stands in its place", retired=said, kiosk=kiosk.replaced_by))
        if (kiosk.replaced_by)
        else str(said)
    )


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (life_words, tested_words, why_word)
