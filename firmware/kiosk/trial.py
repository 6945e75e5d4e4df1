"""A release on trial, and the moment for a restart. This is loaded for a trial, and then forgotten again."""

from kiosk import const

_PROOF = const(60_000)  # ms from the collector's first answer to the end of a trial
_PATIENCE = const(600_000)  # ms that a trial waits for that answer
_QUIET = const(60_000)  # ms without a press before a restart …
_QUIET_MOST = const(3_600_000)  # … which does not wait longer than this


async def proved(slots, clock, answered, pause, log):
    """Return whether the release that runs has proved itself, once that is known.

    answered: called without arguments, returns when the collector first answered, None before that.
    pause: coroutine that waits so many seconds.
    """
    while True:
        await pause(1)
        if not slots.on_trial:
            return False  # somebody has asked for the release before
        now, since = clock.uptime(), answered()
        try:
            if since is None and now >= _PATIENCE:
                slots.fail("it did not reach the collector within %d minutes." % (_PATIENCE // 60_000))
                return False
            if since is not None and now - since >= _PROOF:
                slots.confirm()
                return True
        except OSError as fault:
            log("trial: %s" % fault)  # and again; in the end the starter's timer decides


async def quiet(journal, clock, pause):
    """Return in a moment when nobody presses."""
    last, since = journal.last, clock.uptime()
    latest = since + _QUIET_MOST
    while clock.uptime() < min(since + _QUIET, latest):
        await pause(1)
        if journal.last != last:
            last, since = journal.last, clock.uptime()
