"""When a kiosk on batteries sleeps, and when its radio is worth the current.

What costs is the radio: one report takes some five seconds of it, as much as ten hours of sleep, and one record or
a hundred make no difference. So records wait for company, but not for ever. A bad press does not wait: it is what
somebody in the store may still mend, and what is told later than two minutes alarms nobody any more.

Pure: times in milliseconds, as far as not said otherwise.
"""

from kiosk.hours import DAY, is_open, minutes_to_opening

BATCH = 25  # records that are worth a report
OLDEST = 6 * 3_600_000  # no record waits longer
SILENCE = 24 * 3_600_000  # without a sign of life somebody would come and look
BAD_APART = 600_000  # the first bad press of a bad hour is told at once, the others in company
RETRY, RETRY_MOST = 900_000, 6 * 3_600_000  # after a report that came to nothing: 15 min, then twice that, and so on
LOW_BATTERY = 3500  # mV of a lithium cell, some 10 % left: no more hurry
AWAKE = 4000  # after a press: the next shopper need not wait for the board to start
TECHNICIAN = 120_000  # after power was switched on: time to plug a cable in
LONGEST_SLEEP = 24 * 60  # minutes


def radio_in(unsent, oldest, silent, bad=False, failures=0, since_report=None, battery=None):
    """Return in how many ms the radio is worth its current; 0 for now.

    unsent: how many records the collector has not confirmed.
    oldest: the age of the oldest of them.
    silent: for how long the collector has not answered; None where it never has.
    bad: whether one of them is a press on a bad button.
    failures: how many reports in a row came to nothing.
    since_report: since when the last report is over, well or not; None where there was none.
    battery: mV, or None where it is not measured.
    """
    hurry = bad and (battery is None or battery >= LOW_BATTERY)
    due = 0 if silent is None else SILENCE - silent
    if unsent:
        due = min(due, OLDEST - oldest)
        if hurry or unsent >= BATCH:
            due = 0
    if since_report is not None:
        if failures:
            due = max(due, min(RETRY << min(failures - 1, 10), RETRY_MOST) - since_report)
        elif hurry and unsent < BATCH:
            due = max(due, min(BAD_APART - since_report, OLDEST - oldest))
    return max(0, due)


def may_sleep(busy, idle, awake, powered_on):
    """Return whether the board may go to sleep.

    busy: whether anything is under way: a button not settled, a light or a passing picture, a connection, a command.
    idle: since when nobody has pressed.
    awake: since when the board is awake.
    powered_on: whether it started because power was switched on, and not by waking up.
    """
    return not busy and idle >= AWAKE and not (powered_on and awake < TECHNICIAN)


def sleep_seconds(radio, hours=None, moment=None):
    """Return for how many seconds to sleep, if nobody presses: until the radio is due, or the shop opens or closes.

    radio: what `radio_in` returned.
    hours, moment: opening hours and local time, see `kiosk.hours`; a screen changes with them. None without a screen.
    """
    seconds = min(radio // 1000, LONGEST_SLEEP * 60)
    if hours and moment:
        change = minutes_to_closing(hours, moment) if is_open(hours, moment) else minutes_to_opening(hours, moment)
        if change is not None:
            seconds = min(seconds, change * 60)
    return max(1, seconds)


def minutes_to_closing(hours, moment):
    """Return in how many minutes a shop that is open closes."""
    weekday, minute = moment
    begun = [end - minute for begin, end in hours[weekday] if begin <= minute < end]
    begun += [end - DAY - minute for _, end in hours[(weekday + 6) % 7] if end - DAY > minute]
    return max(begun)
