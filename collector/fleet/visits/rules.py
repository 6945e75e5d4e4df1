"""What a technician should visit, with the reason and what to bring (pure: rules of plain facts).

A reason is something that a person has to be there for, and that will not pass by itself: what is late, asleep or off
with its shop is none. Where all kiosks of a store are away, that is one reason, and the store's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from collector.fleet.condition import Condition, State, dark_since
from collector.fleet.health.rules import DAY, LOST_SIGNAL, Forecast

#: Away for so long, nobody will plug it in again today.
AWAY_FOR = DAY
#: The next list comes in a week, and nobody goes on the day it does.
BATTERY_LASTS = timedelta(days=10)
#: Days that are looked back for what comes again and again.
LOOKED_BACK = timedelta(days=7)
#: So many starts by the watchdog in that time, and days with a clock that was off.
MANY_STARTS, CLOCK_DAYS = 5, 3
#: A journal that is not emptied for so long although its kiosk is in touch.
UNSENT_FOR = timedelta(days=2)
#: A printer in trouble for so long has nobody in the shop who can help it, and a kiosk never heard was forgotten.
PRINTER_FOR, UNHEARD_FOR = DAY, timedelta(days=3)


class Kind(StrEnum):
    DARK = "dark"
    AWAY = "away"
    UNLIT = "unlit"
    BATTERY = "battery"
    STUCK = "stuck"
    UNHEARD = "unheard"
    UNSENT = "unsent"
    RESETS = "resets"
    FAULT = "fault"
    PRINTER = "printer"
    LOST = "lost"
    FAILED = "failed"
    SIGNAL = "signal"
    CLOCK = "clock"
    UPDATE = "update"


class Bring(StrEnum):
    KIOSK = "kiosk"
    POWER = "power"
    BATTERY = "battery"
    BUTTON = "button"
    LAPTOP = "laptop"
    ROUTER = "router"
    WIFI = "wifi"
    PAPER = "paper"
    PRINTER = "printer"


#: How bad each is, and what is needed for it; the worst first.
_WEIGHTS: dict[Kind, tuple[int, tuple[Bring, ...]]] = {
    Kind.DARK: (100, (Bring.ROUTER, Bring.POWER, Bring.LAPTOP)),
    Kind.UNLIT: (90, (Bring.KIOSK, Bring.LAPTOP)),
    Kind.AWAY: (80, (Bring.KIOSK, Bring.POWER, Bring.LAPTOP)),
    Kind.BATTERY: (70, (Bring.BATTERY,)),
    Kind.STUCK: (60, (Bring.BUTTON,)),
    Kind.UNSENT: (55, (Bring.LAPTOP,)),
    Kind.RESETS: (50, (Bring.KIOSK, Bring.POWER, Bring.LAPTOP)),
    Kind.PRINTER: (45, (Bring.PRINTER,)),
    Kind.LOST: (40, (Bring.KIOSK,)),
    Kind.UNHEARD: (35, (Bring.LAPTOP,)),
    Kind.FAILED: (30, (Bring.LAPTOP,)),
    Kind.FAULT: (25, (Bring.LAPTOP,)),
    Kind.SIGNAL: (20, (Bring.WIFI,)),
    Kind.CLOCK: (15, (Bring.LAPTOP,)),
    Kind.UPDATE: (10, (Bring.LAPTOP,)),
}


@dataclass(frozen=True)
class KioskFacts:
    """What is known of a kiosk that is not retired."""

    id: str
    touchpoint: str
    enrolled_at: datetime
    condition: Condition
    #: How its newest acceptance test ended; None: none was made.
    passed: bool | None = None
    battery: Forecast | None = None
    #: Buttons that are stuck, and since when, as far as that is known.
    stuck: Sequence[int] = ()
    stuck_since: datetime | None = None
    #: Presses since its start that flash did not take.
    unlit: int = 0
    #: The last thing that went wrong in its program, where that was in this boot or the one before.
    fault: str | None = None
    #: Starts by its watchdog, days with a clock that was off, records lost, within LOOKED_BACK.
    watchdog: int = 0
    clock_days: int = 0
    lost: int = 0
    #: The median of that time, dBm.
    signal: float | None = None
    #: When the oldest record happened that it has not got rid of.
    unsent_since: datetime | None = None
    #: It is offered a release, and its firmware knows none.
    is_beyond_update: bool = False


@dataclass(frozen=True)
class PrinterFacts:
    """A printer in trouble."""

    name: str
    #: A `state` of printer.condition.
    state: str
    since: datetime


@dataclass(frozen=True)
class StoreFacts:
    id: int
    name: str
    zone: ZoneInfo
    kiosks: Sequence[KioskFacts]
    printers: Sequence[PrinterFacts] = ()


@dataclass(frozen=True)
class Reason:
    kind: Kind
    #: The kiosk or the printer; None: the whole store.
    device: str | None
    touchpoint: str | None = None
    since: datetime | None = None
    #: How many, how much, or until when, by its kind.
    count: float | None = None
    until: datetime | None = None
    #: As the device said it.
    said: str | None = None

    @property
    def weight(self) -> int:
        return _WEIGHTS[self.kind][0]

    @property
    def bring(self) -> tuple[Bring, ...]:
        if self.kind is Kind.PRINTER and self.said in {"paper_out", "paper_low"}:
            return (Bring.PAPER,)
        return _WEIGHTS[self.kind][1]


@dataclass(frozen=True)
class Visit:
    """A store to go to; the worst reason first."""

    store_id: int
    store: str
    zone: ZoneInfo
    reasons: Sequence[Reason]

    @property
    def bring(self) -> list[Bring]:
        """Everything once."""
        return list(dict.fromkeys(each for reason in self.reasons for each in reason.bring))


def visits(stores: Iterable[StoreFacts], now: datetime) -> list[Visit]:
    """The stores that somebody should visit, the worst first."""
    found = []
    for store in stores:
        reasons = sorted(_reasons(store, now), key=lambda each: (-each.weight, each.device or ""))
        if reasons:
            found.append(Visit(store.id, store.name, store.zone, reasons))
    return sorted(found, key=lambda visit: (-visit.reasons[0].weight, -len(visit.reasons), visit.store))


def _reasons(store: StoreFacts, now: datetime) -> Iterator[Reason]:
    dark = dark_since(kiosk.condition for kiosk in store.kiosks)
    if dark is not None and now - dark >= AWAY_FOR:
        yield Reason(Kind.DARK, None, since=dark, count=len(store.kiosks))
    for kiosk in store.kiosks:
        if dark is None:
            yield from _away(kiosk, now)
        yield from _found(kiosk, now)
    for printer in store.printers:
        if now - printer.since >= PRINTER_FOR:
            yield Reason(Kind.PRINTER, printer.name, since=printer.since, said=printer.state)


def _away(kiosk: KioskFacts, now: datetime) -> Iterator[Reason]:
    how, here = kiosk.condition, (kiosk.id, kiosk.touchpoint)
    if how.is_away and how.at and now - how.at >= AWAY_FOR:
        yield Reason(Kind.AWAY, *here, since=how.at)
    elif how.state is State.NEW and now - kiosk.enrolled_at >= UNHEARD_FOR:
        yield Reason(Kind.UNHEARD, *here, since=kiosk.enrolled_at)


def _found(kiosk: KioskFacts, now: datetime) -> Iterator[Reason]:
    """What is known of it whether it is here or not; of one that is away, nothing that it should tell anew."""
    here = kiosk.id, kiosk.touchpoint
    if kiosk.battery and kiosk.battery.ends - now <= BATTERY_LASTS:
        yield Reason(Kind.BATTERY, *here, count=round(kiosk.battery.level), until=kiosk.battery.ends)
    if kiosk.passed is False:
        yield Reason(Kind.FAILED, *here)
    if kiosk.lost:
        yield Reason(Kind.LOST, *here, count=kiosk.lost)
    if kiosk.watchdog >= MANY_STARTS:
        yield Reason(Kind.RESETS, *here, count=kiosk.watchdog, said=kiosk.fault)
    elif kiosk.fault:
        yield Reason(Kind.FAULT, *here, said=kiosk.fault)
    if kiosk.unlit:
        yield Reason(Kind.UNLIT, *here, count=kiosk.unlit)
    for button in kiosk.stuck:
        yield Reason(Kind.STUCK, *here, since=kiosk.stuck_since, count=button)
    if kiosk.signal is not None and kiosk.signal < LOST_SIGNAL:
        yield Reason(Kind.SIGNAL, *here, count=kiosk.signal)
    if kiosk.clock_days >= CLOCK_DAYS:
        yield Reason(Kind.CLOCK, *here, count=kiosk.clock_days)
    if kiosk.condition.is_here and kiosk.unsent_since and now - kiosk.unsent_since >= UNSENT_FOR:
        yield Reason(Kind.UNSENT, *here, since=kiosk.unsent_since)
    if kiosk.is_beyond_update:
        yield Reason(Kind.UPDATE, *here)
