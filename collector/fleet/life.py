"""The life of a kiosk, from the registry to its end: made → enrolled → active → silent → retired."""

from enum import StrEnum

from collector.fleet.condition import Condition, State


class Life(StrEnum):
    #: In the registry; no board has been told its secret yet.
    MADE = "made"
    #: It has a secret, and was never heard.
    ENROLLED = "enrolled"
    #: It works, or sleeps as it said it would.
    ACTIVE = "active"
    #: It was heard once, and is away.
    SILENT = "silent"
    #: It is none of ours any more: whatever it says is not taken.
    RETIRED = "retired"


class Why(StrEnum):
    """Why a kiosk is retired."""

    RETIRED = "retired"
    BROKEN = "broken"
    LOST = "lost"
    STOLEN = "stolen"
    #: Another stands in its place.
    REPLACED = "replaced"


def judge(*, retired: bool, has_secret: bool, condition: Condition) -> Life:
    """Where a kiosk is in its life."""
    if retired:
        return Life.RETIRED
    if condition.state is State.NEW:
        return Life.ENROLLED if has_secret else Life.MADE
    return Life.ACTIVE if condition.well else Life.SILENT
