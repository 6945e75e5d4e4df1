"""How days are called on the pages that set places up."""

from collections.abc import Callable

from babel.dates import get_day_names
from flask_babel import get_locale

from collector.places.hours import WEEKDAYS


def long_weekday(day: str) -> str:
    """Monday."""
    name = str(get_day_names("wide", context="stand-alone", locale=get_locale())[WEEKDAYS.index(day)])
    return name[0].upper() + name[1:]


FILTERS: tuple[Callable[..., object], ...] = (long_weekday,)
