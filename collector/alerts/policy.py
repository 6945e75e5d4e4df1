"""When a place wants to be alerted: a document of kind `alerts` (policies). A rule that is null is off."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

import msgspec

Percent: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=100)]
Minutes: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=24 * 60)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class BadShare(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Many bad ratings at a touchpoint in a short time."""

    percent: Percent = 50
    minutes: Minutes = 15
    #: Fewer ratings than this are chance.
    at_least: Count = 4
    opens_case: bool = True


class LowIndex(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A store's index over some hours."""

    below: Percent = 50
    minutes: Minutes = 180
    at_least: Count = 20
    opens_case: bool = False


class Away(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kiosk, or a whole store of them, of which nothing is heard."""

    minutes: Minutes = 30
    opens_case: bool = False


class Silence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kiosk that nobody presses, though people do at this hour."""

    #: So rarely would it be silent by chance.
    one_in: Annotated[int, msgspec.Meta(ge=100, le=1_000_000_000)] = 10_000
    opens_case: bool = False


class Battery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kiosk's battery that will soon be empty."""

    millivolts: Annotated[int, msgspec.Meta(ge=500, le=60_000)] = 3500
    opens_case: bool = False


class Printer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A printer that cannot print for a while."""

    minutes: Minutes = 10
    opens_case: bool = False


class AlertPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds at a place and below."""

    bad_share: BadShare | None = BadShare()
    index: LowIndex | None = LowIndex()
    away: Away | None = Away()
    silence: Silence | None = Silence()
    battery: Battery | None = Battery()
    printer: Printer | None = Printer()
    #: Whether the store's people are told by mail or SMS.
    tells: bool = True


#: Each rule by the name of its field.
RULES: Mapping[str, type[msgspec.Struct]] = {
    "bad_share": BadShare,
    "index": LowIndex,
    "away": Away,
    "silence": Silence,
    "battery": Battery,
    "printer": Printer,
}
