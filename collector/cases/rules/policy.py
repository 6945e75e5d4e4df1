"""How a place wants its cases handled: the ladder with its clocks, reminders, limits and rules. Without arguments, the
defaults. Stored as a policy of the kind `cases` (see `collector.policies`); the nearest place's holds.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias
from zoneinfo import available_timezones

import msgspec

Minutes: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=60 * 24 * 60)]
#: Largest amount of money.
MOST = Decimal(99_999_999)
Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
#: A time of day; "24:00" only ends a period.
ClockTime: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]\Z")]
ClosingTime: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z")]
Period: TypeAlias = tuple[ClockTime, ClosingTime]
Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
#: What a customer may be asked to wait in, so that the staff's clocks stand still.
Pausing: TypeAlias = Literal["waiting", "review"]
CaseKind: TypeAlias = Literal["complaint", "question", "praise", "alert"]
#: By the names that the API gives them (ratings.kinds.word).
ChannelName: TypeAlias = Literal[
    "kiosk-button",
    "kiosk-touch",
    "kiosk-qr",
    "receipt-qr",
    "poster-qr",
    "web",
    "hotline",
    "email",
    "sms",
    "messenger",
    "review",
]
#: Changes for which a place may ask for words; those that the customer reads always have some.
Explained: TypeAlias = Literal["taken", "assigned", "climbed", "moved", "accepted", "reopened"]


class WallTime(msgspec.Struct, frozen=True, tag_field="type", tag="wall"):
    """Clocks run day and night, as the customer's does."""


class StoreHours(msgspec.Struct, frozen=True, tag_field="type", tag="store"):
    """Clocks run while the store is open; day and night where its hours are not known."""


class OwnHours(msgspec.Struct, frozen=True, tag_field="type", tag="own"):
    """Clocks run at these hours."""

    #: By weekday, as a store's opening hours are written.
    hours: dict[Weekday, list[Period]]
    #: IANA name; None: the store's.
    zone: str | None = None

    def __post_init__(self) -> None:
        if not any(self.hours.values()):
            raise ValueError("Business hours need an hour at least.")
        if self.zone is not None and self.zone not in available_timezones():
            raise ValueError("There is no such time zone; they are called as Europe/Kyiv is.")


Calendar: TypeAlias = WallTime | StoreHours | OwnHours


class Step(msgspec.Struct, frozen=True):
    """One step of the ladder: whose turn it is, and for how long."""

    #: The store; the place right above it; the place at the top; everyone who sees the store; or a place's id, which
    #: is a step of those stores only that lie below that place.
    place: Literal["store", "above", "top", "everyone"] | int = "store"
    #: What people call it; "" for the place's own name.
    name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    #: Names of accounts; none: all of the place.
    people: tuple[Name, ...] = ()
    #: Until the customer hears from a person, and until the case is resolved, from the moment at which the step began.
    first_response: Minutes = 24 * 60
    resolution: Minutes = 48 * 60
    calendar: Calendar = WallTime()


class ByChannel(msgspec.Struct, frozen=True):
    """What holds for voices of one channel, at the step on which their cases begin."""

    channel: ChannelName
    #: Minutes to the first response, in the calendar of the step …
    within: Minutes | None = None
    #: … or a time of the next day on which that calendar runs: a call missed today is answered by 11:00 tomorrow.
    by: ClockTime | None = None
    #: Name of the account that is responsible from the beginning.
    responsible: str | None = None

    def __post_init__(self) -> None:
        if self.within is not None and self.by is not None:
            raise ValueError("A first response is due within some minutes, or by a time of the next day: not both.")


class Promise(msgspec.Struct, frozen=True):
    """What customers are promised, counted as they do: day and night, but for the time in which we wait for them."""

    first_response: Minutes = 24 * 60
    resolution: Minutes = 72 * 60


class Compensation(msgspec.Struct, frozen=True):
    """How much the people of each level may give without asking; None: any amount."""

    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}\Z")] = "UAH"
    store: Decimal | None = Decimal(500)
    region: Decimal | None = Decimal(2000)
    organisation: Decimal | None = None

    def __post_init__(self) -> None:
        for amount in (self.store, self.region, self.organisation):
            _check_amount(amount)

    def limit(self, level: str) -> Decimal | None:
        """Of a place of this kind."""
        limits: Mapping[str, Decimal | None] = {"store": self.store, "region": self.region}
        return limits.get(level, self.organisation)


class SignOff(msgspec.Struct, frozen=True):
    """Which cases are resolved only when another person has looked at how."""

    kinds: tuple[CaseKind, ...] = ()
    #: Those in which more than this was given; None: however much.
    compensation_above: Decimal | None = None

    def __post_init__(self) -> None:
        _check_amount(self.compensation_above)


def _check_amount(amount: Decimal | None) -> None:
    if amount is not None and not (amount.is_finite() and 0 <= amount <= MOST):
        raise ValueError(f"An amount of money is 0 … {MOST}.")


class CasePolicy(msgspec.Struct, frozen=True):
    """All of it."""

    #: From the lowest. None: one for each place from the store up. Everyone is always the last, said or not.
    steps: tuple[Step, ...] = ()
    channels: tuple[ByChannel, ...] = ()
    #: Hours between two reminders of a case that nobody has taken.
    remind_hours: Annotated[int, msgspec.Meta(ge=1, le=24 * 14)] = 24
    #: Days without a hand on it after which a case goes to the place at the top; None: never.
    idle_days: Annotated[int, msgspec.Meta(ge=1, le=365)] | None = 7
    #: States in which the staff's clocks stand still.
    pausing: tuple[Pausing, ...] = ("waiting",)
    promise: Promise = Promise()
    compensation: Compensation = Compensation()
    root_causes: tuple[Name, ...] = (
        "Too few people",
        "How we spoke to them",
        "Goods",
        "Price or till",
        "Cleanliness",
        "Equipment",
        "Something else",
    )
    root_cause_required: bool = False
    comment_required: tuple[Explained, ...] = ("moved",)
    sign_off: SignOff = SignOff()
    #: Hours after closing until the customer is asked whether all is well now; None: not asked.
    recovery_hours: Annotated[int, msgspec.Meta(ge=0, le=24 * 30)] | None = 24

    def for_channel(self, channel: str | None) -> ByChannel | None:
        """What is said of a channel."""
        return next((each for each in self.channels if each.channel == channel), None)
