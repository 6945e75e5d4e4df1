"""The shop's own time: which day it is there, and whether it is open. Pure."""

from kiosk import const

_MINUTE = const(60_000)
DAY = 24 * 60  # minutes
_THURSDAY = const(3)  # 1970-01-01 was one; Monday is 0


def local(utc, offsets):
    """Return (weekday, minute of the day) at the shop, Monday is 0; None where the time is not known.

    utc: milliseconds since 1970, or None.
    offsets: [[since, minutes], …] in ascending order: how far local time is ahead of UTC from a moment on.
    """
    if utc is None:
        return None
    ahead = offsets[0][1] if offsets else 0
    for since, minutes in offsets:
        if since <= utc:
            ahead = minutes
    days, minute = divmod(utc // _MINUTE + ahead, DAY)
    return (days + _THURSDAY) % 7, minute


def is_open(hours, moment):
    """Return whether the shop is open at a local moment; one that does not know its hours or the time is.

    hours: seven lists of [from, to], Monday first, in minutes after midnight; `to` may lie beyond 1440, in the next
        day. None: always open.
    """
    if hours is None or moment is None:
        return True
    weekday, minute = moment
    today, yesterday = hours[weekday], hours[(weekday + 6) % 7]
    return any([begin <= minute < end for begin, end in today]) or any([minute + DAY < end for _, end in yesterday])


def minutes_to_opening(hours, moment):
    """Return in how many minutes the shop opens next: 0 while it is open, None if it never does."""
    if is_open(hours, moment):
        return 0
    weekday, minute = moment
    for days in range(8):
        begins = [begin for begin, _ in hours[(weekday + days) % 7] if days or begin > minute]
        if begins:
            return days * DAY + min(begins) - minute
    return None
