"""How reports and results speak, in each language, and their numbers and days: what leaves the house as mail or paper.

Counts stand after their word ("Ratings counted: 412"), so that no language needs a plural.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton, format_time
from babel.numbers import format_decimal

from collector.insights.faces import Face
from collector.reports.days import Days
from collector.reports.texts import TEXTS, Words

LANGUAGES = tuple(TEXTS)
MINUS = "−"


class Speech:
    """A language with its words."""

    def __init__(self, language: str) -> None:
        self.language = language if language in TEXTS else "en"
        self.words: Words = TEXTS[self.language]
        self._locale = Locale.parse("en_GB" if self.language == "en" else self.language)

    def days(self, days: Days) -> str:
        """Saturday 21 November 2026; 16–22 November 2026; October 2026."""
        if days.period == "day":
            said = format_skeleton("yMMMMEEEEd", days.first, locale=self._locale)
        elif days.period == "week":
            said = format_interval(days.first, days.last, "yMMMd", locale=self._locale)
        else:
            said = format_skeleton("yMMMM", days.first, locale=self._locale)
        return said[0].upper() + said[1:]

    def day(self, day: date) -> str:
        """21 Nov."""
        return format_skeleton("MMMd", day, locale=self._locale)

    def weekday(self, day: date) -> str:
        """Sat."""
        return format_date(day, "ccc", locale=self._locale)

    def moment(self, moment: datetime, zone: ZoneInfo) -> str:
        day = format_date(moment.astimezone(zone), "medium", locale=self._locale)
        return f"{day} {format_time(moment, 'short', tzinfo=zone, locale=self._locale)}"

    def number(self, value: float) -> str:
        return format_decimal(round(value), locale=self._locale)

    def margin(self, value: float) -> str:
        """What stands after "±": 4, and below one, 0.4; as the pages have it (charts.words)."""
        if value >= 1:
            return self.number(value)
        return format_decimal(max(value, 0.1), format="0.0", locale=self._locale)

    def points(self, value: float) -> str:
        """Of a change: 12, and below ten 2.4, so that what is more than chance is no 0."""
        if value >= 10:
            return self.number(value)
        return format_decimal(value, format="0.0", locale=self._locale)

    def signed(self, value: float) -> str:
        """+12, −4.2, 0.0."""
        tenths = round(value, 1)
        return f"{'+' if tenths > 0 else MINUS if tenths < 0 else ''}{self.points(abs(value))}"

    def face(self, face: Face) -> str:
        return self.words.faces[face]
