"""How a printer is, judged by what was heard of it last and by how long ago that was (pure)."""

from datetime import datetime, timedelta

from collector.slips.addresses import POLLING, Way
from printer.condition import CONDITIONS, UNREACHABLE

#: Nothing was ever heard of it.
UNKNOWN = "unknown"
#: What was last heard is too old to be believed: whoever should look at the printer does not.
UNWATCHED = "unwatched"
#: Every state that a printer can be in.
STATES = (*CONDITIONS, UNKNOWN, UNWATCHED)
#: A printer that fetches its slips calls every few seconds; after this its silence means something.
SILENT_AFTER = timedelta(minutes=2)
#: `smilepost print` looks at each printer once a minute.
UNWATCHED_AFTER = timedelta(minutes=5)


def judge(way: Way, state: str, seen_at: datetime | None, now: datetime, *, kiosk_prints: bool | None = None) -> str:
    """The state in which a printer is now: of a `printer.condition.Condition`, or one of those above.

    Parameters
    ----------
    state: as it was when it was last heard of.
    kiosk_prints: whether the Raspberry Pi that it stands behind is there and knows of its printer.
    """
    if way == "kiosk":
        # What a kiosk that is away, or has lost its printing, said of its printer tells nothing of now.
        return state if kiosk_prints else UNREACHABLE.state
    if seen_at is None:
        return UNKNOWN
    if way in POLLING:
        return state if now - seen_at <= SILENT_AFTER else UNREACHABLE.state
    return state if now - seen_at <= UNWATCHED_AFTER else UNWATCHED
