"""How settings of kiosks are spoken of."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from babel import Locale
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from collector.fleet.settings.choices import Level
from collector.words import number


def setting_word(name: str) -> str:
    """A setting."""
    words: dict[str, str] = {
        "light": _("Brightness of the lights"),
        "sound": _("Loudness"),
        "repeat": _("Second press of the same person"),
        "languages": _("Languages"),
        "thanks": _("After a press"),
        "tell": _("Beside the code after a bad press"),
        "did": _("You said, we did"),
        "reasons": _("Reasons on a touch screen"),
        "weekday_questions": _("Questions of weekdays"),
    }
    return words[name]


def setting_value(value: Any, name: str) -> str:
    """What a setting is; None: what follows by default."""
    if value is None:
        return str(_("as usual"))
    return str(_SPOKEN.get(name, _spoken)(value))


def source_word(level: Level | None) -> str:
    """Whose choice holds."""
    if level is None:
        return str(_("by default"))
    if level.place_id is None:
        return str(_("its own"))
    return str(_("from %(place)s", place=level.name))


def day_of_week(day: str) -> str:
    """A day of the week."""
    at = ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(day)
    return str((get_locale() or Locale("en")).days["format"]["wide"][at])


def kiosks_word(count: int) -> str:
    """Kiosks, counted."""
    return str(ngettext("%(num)s kiosk", "%(num)s kiosks", count))


def stores_of(rows: Collection[Any]) -> dict[tuple[int, str], list[Any]]:
    """Pairs whose first is a kiosk below, gathered per store."""
    found: dict[tuple[int, str], list[Any]] = {}
    for each in rows:
        found.setdefault((each[0].store_id, each[0].store), []).append(each)
    return found


def _spoken(texts: dict[str, str]) -> str:
    return " · ".join(f"{language} “{words}”" for language, words in texts.items())


def _percent(value: int) -> str:
    return str(_("%(count)s %%", count=value))


_SPOKEN: Mapping[str, Callable[[Any], str]] = {
    "light": _percent,
    "sound": _percent,
    "repeat": lambda value: _("within %(count)s ms", count=number(value)),
    "languages": ", ".join,
    "reasons": lambda value: _("%(good)s good, %(bad)s bad", good=len(value["good"]), bad=len(value["bad"])),
    "weekday_questions": lambda value: " · ".join(f"{day_of_week(day)}: {_spoken(value[day])}" for day in value),
}


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (
    setting_word,
    setting_value,
    source_word,
    day_of_week,
    kiosks_word,
    stores_of,
)
