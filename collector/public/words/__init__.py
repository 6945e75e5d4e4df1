"""What the customers' pages say, in each language. A survey's own words are in its definition.

uk, en, pl, de, ru  the words of one language each, under the same names
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time

from collector.insights.faces import Face
from collector.public.words import de, en, pl, ru, uk

#: Languages by their tags, as they call themselves.
NAMES = {"uk": "Українська", "en": "English", "pl": "Polski", "de": "Deutsch", "ru": "Русский"}
#: How dates are written.
_LOCALES = {"uk": "uk_UA", "en": "en_GB", "pl": "pl_PL", "de": "de_DE", "ru": "ru_UA"}
_TEXTS: Mapping[str, Mapping[str, str]] = {
    "uk": uk.TEXTS,
    "en": en.TEXTS,
    "pl": pl.TEXTS,
    "de": de.TEXTS,
    "ru": ru.TEXTS,
}


class Words:
    """The words in one language; `words["send"]`, or `words("erased", day=…)` where something is put in."""

    def __init__(self, language: str) -> None:
        #: One of ours: where there are none in the language that was asked for, English.
        self.language = language if language in _TEXTS else "en"
        self._texts = _TEXTS[self.language]

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __call__(self, name: str, /, **values: Any) -> str:
        return self._texts[name].format(**values)

    def day(self, day: date) -> str:
        """19 February 2027."""
        return format_date(day, "long", locale=_LOCALES[self.language])

    def moment(self, moment: datetime, zone: ZoneInfo, now: datetime) -> str:
        """21 November, 23:40; with its year where that is not this one."""
        day, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
        locale = _LOCALES[self.language]
        return ", ".join(
            (
                format_skeleton("MMMMd", day, locale=locale) if day.year == today.year else self.day(day),
                format_time(moment, "short", tzinfo=zone, locale=locale),
            )
        )

    def face(self, face: Face) -> str:
        return self._texts[face]


def choose(asked: str | None, accepted: Sequence[str], others: Collection[str] = ()) -> str:
    """The language of a page: the one asked for by a tap, else the first that the browser accepts, else English.

    Parameters
    ----------
    accepted: tags of `Accept-Language`, the most wanted first.
    others: languages that the survey is in besides ours.
    """
    wanted = [asked or "", *(tag.partition("-")[0].lower() for tag in accepted)]
    return next((tag for tag in wanted if tag in _TEXTS or tag in others), "en")


def name_of(language: str) -> str:
    """What a language calls itself."""
    try:
        return NAMES.get(language) or Locale.parse(language).get_display_name() or language
    except (UnknownLocaleError, ValueError):
        return language


def direction(language: str) -> str:
    """`ltr` or `rtl`: where lines of a language begin."""
    try:
        return Locale.parse(language).text_direction
    except (UnknownLocaleError, ValueError):
        return "ltr"
