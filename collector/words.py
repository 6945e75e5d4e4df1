"""How times, numbers and languages are said on the console's pages, whatever they are about. Times are the store's."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal
from flask_babel import get_locale
from flask_babel import gettext as _
from jinja2.runtime import Undefined

from collector.current import now
from collector.ratings.kinds import Channel


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """A time of the day: 11:52."""
    return format_time(moment, "short", tzinfo=zone, locale=get_locale())


def when(moment: datetime, zone: ZoneInfo) -> str:
    """A time as it is said today: 11:52, yesterday 20:15, 19 Nov 20:15."""
    time, day, today = clock(moment, zone), moment.astimezone(zone).date(), now().astimezone(zone).date()
    if day == today:
        return time
    if day == today - timedelta(days=1):
        return str(_("yesterday %(time)s", time=time))
    skeleton = "MMMd" if day.year == today.year else "yMMMd"
    return f"{format_skeleton(skeleton, moment, tzinfo=zone, locale=get_locale())} {time}"


def weekday(moment: datetime, zone: ZoneInfo) -> str:
    """A day: Sunday 22 November."""
    locale = get_locale()
    # By a pattern of ours: where a locale's own has no such long names, Babel takes a shorter one.
    pattern = "EEEE d MMMM" if locale is None or locale.language == "en" else "EEEE, d MMMM"
    return format_date(moment.astimezone(zone), pattern, locale=locale)


def weekday_name(moment: datetime, zone: ZoneInfo) -> str:
    return format_date(moment.astimezone(zone), "EEEE", locale=get_locale())


def day(moment: date) -> str:
    """19 February 2027."""
    return format_date(moment, "long", locale=get_locale())


def duration(ms: object) -> str:
    """How long, in the largest unit that fits: 3 days, 2 h, 5 min, 12 s."""
    if isinstance(ms, Undefined) or not isinstance(ms, int | float):
        return "–"
    seconds = abs(ms) / 1000
    for size, word in ((86400, _("%(count)s days")), (3600, _("%(count)s h")), (60, _("%(count)s min"))):
        if seconds >= 2 * size:
            return str(word % {"count": number(seconds // size)})
    return str(_("%(count)s s", count=number(seconds)) if seconds >= 1 else _("less than 1 s"))


def number(value: float) -> str:
    """A whole number: 1,204; −84."""
    if abs(value) >= 1e15:  # nothing we count, but a kiosk may claim anything of itself
        return f"{value:.0e}"
    return _whole(round(value), str(get_locale() or "en"))


@lru_cache(4096)  # a page of figures says hundreds of small numbers
def _whole(value: int, locale: str) -> str:
    # The locales of our languages have a hyphen there.
    return format_decimal(value, locale=locale).replace("-", "−")


def zone(name: str | None) -> ZoneInfo:
    """A time zone by its name; where there is none (something that no known kiosk sent), UTC."""
    return ZoneInfo(name or "UTC")


def language_name(code: str) -> str:
    """A language in the reader's: Ukrainian; its code where nobody knows it."""
    try:
        name = Locale.parse(code, sep="-").get_display_name(get_locale()) or code
    except (UnknownLocaleError, ValueError):
        return code
    return name[0].upper() + name[1:]


def own_name(code: str) -> str:
    """What a language calls itself: Українська."""
    name = Locale.parse(code, sep="-").get_display_name() or code
    return name[0].upper() + name[1:]


def quoted(words: str) -> str:
    """What somebody said: in the quotes of the reader's language."""
    return str(_("“%(words)s”", words=words))


def case_number(case_id: int) -> str:
    """How a case is called: #184."""
    return str(_("#%(id)s", id=case_id))


def in_own_language(texts: Mapping[str, str]) -> str:
    """What a shop asks or says, in the reader's language, else in the first that the shop wrote it in."""
    return texts.get((get_locale() or Locale("en")).language) or next(iter(texts.values()), "")


def channel_word(channel: Channel) -> str:
    """How a voice came in."""
    words: Mapping[Channel, str] = {
        Channel.KIOSK_BUTTON: _("kiosk"),
        Channel.KIOSK_TOUCH: _("kiosk"),
        Channel.KIOSK_QR: _("kiosk's code"),
        Channel.RECEIPT_QR: _("receipt"),
        Channel.POSTER_QR: _("poster"),
        Channel.WEB: _("web"),
        Channel.HOTLINE: _("hotline"),
        Channel.EMAIL: _("e-mail"),
        Channel.SMS: _("SMS"),
        Channel.MESSENGER: _("messenger"),
        Channel.REVIEW: _("review"),
    }
    return words[channel]


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (
    clock,
    when,
    weekday,
    weekday_name,
    day,
    duration,
    number,
    zone,
    language_name,
    own_name,
    in_own_language,
    quoted,
    case_number,
)
