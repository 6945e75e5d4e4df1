"""Whether a customer may be written to now, later or not at all: plain functions of plain data.

1. Whoever has said stop hears nothing more. After that they may ask anew, by leaving their address with a new problem.
2. Each purpose needs a consent: the one to an answer for what belongs to the customer's own problem, else its own.
3. What the customer did not ask for comes at most once in some months, whichever store it is from.
4. Nobody is disturbed at night, their night; what waits so long that it is out of date is not sent any more.
5. Anybody can type anybody's address at a poster: that a word has come in is told a few times only, to a person and, by
   text message, from a touchpoint.
"""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from collector.addresses import Channel

#: What the customer did not ask for themselves.
UNASKED = ("recovery", "thanks", "invitation", "review")
#: What is told under the consent with which an address was left for an answer; the others need one of their own.
OF_THE_PROBLEM = ("receipt", "progress", "outcome", "recovery", "thanks")
#: How long a message is worth sending.
LIFETIMES: Mapping[str, timedelta] = {
    "receipt": timedelta(days=1),
    "progress": timedelta(days=2),
    "outcome": timedelta(days=7),
    "recovery": timedelta(days=3),
    "thanks": timedelta(days=2),
    "invitation": timedelta(days=3),
    "review": timedelta(days=3),
}

#: How often one person is told that their word has come in: once in so short a time, and so many times in a day.
RECEIPT_PAUSE, RECEIPTS_A_DAY = timedelta(minutes=10), 3
#: How often that is told by text message in an hour, of the words that come from one touchpoint.
TEXTS_AN_HOUR = 20

STOPPED = "The customer wants no more messages."
NO_CONSENT = "The customer has not agreed to be written to for this."
NOT_HERE = "The contact policy of this place has no such messages."
LANDLINE = "This is a landline, which no text message reaches. Somebody should call."
TOLD_ALREADY = (
    f"This customer was told the same less than {RECEIPT_PAUSE.seconds // 60} minutes ago, "
    f"or {RECEIPTS_A_DAY} times within a day."
)
TOO_MANY_TEXTS = (
    f"This touchpoint has caused {TEXTS_AN_HOUR} such text messages within an hour: "
    "somebody may be typing the numbers of others."
)
OUT_OF_DATE = "It would have been out of date before anybody may be disturbed."

_Clock = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]


class ContactPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A place's policy of kind `contacts`; the defaults are the product's."""

    #: Between these times nobody gets a text message, nor a mail that they did not ask for. The same twice: never.
    quiet_from: _Clock = "21:00"
    quiet_until: _Clock = "09:00"
    #: At most one message that the customer did not ask for in so many months.
    months: Annotated[int, msgspec.Meta(ge=1, le=60)] = 6
    #: What customers are written to for.
    purposes: tuple[str, ...] = tuple(LIFETIMES)
    #: Where promoters who agreed to it are asked to tell others; None: nowhere.
    review_link: Annotated[str, msgspec.Meta(pattern=r"^https://\S+\Z", max_length=200)] | None = None

    def __post_init__(self) -> None:
        if unknown := [each for each in self.purposes if each not in LIFETIMES]:
            raise ValueError(f"There is no purpose called {unknown[0]}; there are {', '.join(LIFETIMES)}.")


@dataclass(frozen=True)
class Wish:
    """A message that somebody wants to be sent, and what is known of the person whom it is for."""

    purpose: str
    channel: Channel
    #: Where they may live.
    zones: Sequence[ZoneInfo]
    #: When they agreed to be written to for this; None: they did not.
    agreed_at: datetime | None
    #: What they said stop to, a purpose or (None) everything, and when.
    stops: Iterable[tuple[str | None, datetime]] = ()
    #: When they were last sent something that they had not asked for.
    last_unasked: datetime | None = None
    #: When this person was told of other words of theirs that they have come in, within a day.
    receipts: Sequence[datetime] = ()
    #: How many other people were told so by text message, of words from the same touchpoint, within an hour.
    texts: int = 0
    is_landline: bool = False
    #: Not before then, and not later.
    not_before: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Go:
    """Now."""


@dataclass(frozen=True)
class Hold:
    """Not before `until`; then it is judged anew."""

    until: datetime


@dataclass(frozen=True)
class Refuse:
    """Not at all; `why` is a sentence for people."""

    why: str


Verdict: TypeAlias = Go | Hold | Refuse


def judge(policy: ContactPolicy, wish: Wish, now: datetime) -> Verdict:
    """What becomes of a message."""
    if wish.is_landline:
        return Refuse(LANDLINE)
    if wish.purpose not in policy.purposes:
        return Refuse(NOT_HERE)
    if wish.agreed_at is None:
        return Refuse(NO_CONSENT)
    if any(_is_stopped(wish, purpose, at) for purpose, at in wish.stops):
        return Refuse(STOPPED)
    if why := _too_often(policy, wish, now):
        return Refuse(why)
    return _by_the_clock(policy, wish, now)


def undisturbed(policy: ContactPolicy, moment: datetime, zones: Sequence[ZoneInfo]) -> datetime:
    """The first moment, `moment` or later, at which it is night in none of the zones.

    Where there is no such moment within two days, the first zone alone counts.
    """
    at = moment
    while at < moment + timedelta(days=2):
        nights = [end for zone in zones if (end := _end_of_night(policy, at, zone))]
        if not nights:
            return at
        at = max(nights)
    return undisturbed(policy, moment, zones[:1])


def months_before(moment: datetime, months: int) -> datetime:
    """The same day so many months before, or the last day of that month."""
    month = moment.year * 12 + moment.month - 1 - months
    year, month = month // 12, month % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def _is_stopped(wish: Wish, purpose: str | None, at: datetime) -> bool:
    if purpose not in (None, wish.purpose):
        return False
    asked_since = wish.purpose not in UNASKED and wish.agreed_at is not None and wish.agreed_at > at
    return not asked_since


def _too_often(policy: ContactPolicy, wish: Wish, now: datetime) -> str | None:
    if wish.purpose in UNASKED:
        if wish.last_unasked and wish.last_unasked > months_before(now, policy.months):
            return f"The customer was sent something unasked less than {policy.months} months ago."
    elif wish.purpose == "receipt":
        today = [at for at in wish.receipts if at > now - timedelta(days=1)]
        if len(today) >= RECEIPTS_A_DAY or any(at > now - RECEIPT_PAUSE for at in today):
            return TOLD_ALREADY
        if wish.channel == "sms" and wish.texts >= TEXTS_AN_HOUR:
            return TOO_MANY_TEXTS
    return None


def _by_the_clock(policy: ContactPolicy, wish: Wish, now: datetime) -> Verdict:
    at = max(now, wish.not_before or now)
    if wish.channel == "sms" or wish.purpose in UNASKED:
        at = undisturbed(policy, at, wish.zones)
    if wish.expires_at and at >= wish.expires_at:
        return Refuse(OUT_OF_DATE)
    return Go() if at <= now else Hold(at)


def _end_of_night(policy: ContactPolicy, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours end in which a moment lies; None: it lies in none."""
    begin, end = time.fromisoformat(policy.quiet_from), time.fromisoformat(policy.quiet_until)
    local = moment.astimezone(zone)
    clock = local.time()
    if begin <= end:
        if not begin <= clock < end:
            return None
    elif end <= clock < begin:
        return None
    day = local.date() + timedelta(days=1) if begin > end and clock >= begin else local.date()
    # An hour that comes twice in a night of autumn: the end is that of the same round.
    return datetime.combine(day, end, zone).replace(fold=local.fold).astimezone(UTC)
