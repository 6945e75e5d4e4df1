"""What the press filter does at a place: a document of kind `filter` (policies). A rule that is null is off."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, TypeAlias

import msgspec

Presses: TypeAlias = Annotated[int, msgspec.Meta(ge=3, le=100)]


class Repeat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A press so soon after the one before is the same person's; 0: none is."""

    seconds: Annotated[int, msgspec.Meta(ge=0, le=60)] = 5


class Burst(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many presses of one kiosk within so many seconds, repeats apart: all but the first are nobody's opinion."""

    presses: Presses = 8
    seconds: Annotated[int, msgspec.Meta(ge=1, le=600)] = 20


class Stuck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The press after which the kiosk said that its button hangs; and so many of one button, each within so many
    seconds of the one before."""

    presses: Presses = 20
    seconds: Annotated[int, msgspec.Meta(ge=1, le=60)] = 5


class Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """More than so many minutes before the store opens or after it closes."""

    minutes: Annotated[int, msgspec.Meta(ge=0, le=240)] = 30


class FilterPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds at a place and below."""

    #: None: each kiosk's own setting holds, as it was when it was pressed.
    repeat: Repeat | None = None
    burst: Burst | None = Burst()
    stuck: Stuck | None = Stuck()
    closed: Closed | None = Closed()

    @property
    def reach(self) -> timedelta:
        """So far from a press can another be that has a say in its mark."""
        seconds = 2 * 60  # a repeat, by whatever setting; a button that hangs
        if self.burst:
            seconds += self.burst.seconds
        if self.stuck:
            seconds += self.stuck.presses * self.stuck.seconds
        return timedelta(seconds=seconds)


#: Each rule by the name of its field.
RULES: Mapping[str, type[msgspec.Struct]] = {"repeat": Repeat, "burst": Burst, "stuck": Stuck, "closed": Closed}
