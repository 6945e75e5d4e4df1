"""How careful a roll-out is: its shares, times and thresholds, kept with it. All times are in seconds."""

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

Seconds = Annotated[int, Meta(ge=1, le=30 * 86_400)]
Percent = Annotated[float, Meta(gt=0, le=100)]


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    #: Share of the kiosks that are in the second stage, and how many at least.
    percent: Percent = 5.0
    least: Annotated[int, Meta(ge=1, le=10_000)] = 2
    #: So long a stage is watched after its last kiosk was done.
    soak: Annotated[int, Meta(ge=0, le=30 * 86_400)] = 30 * 60
    #: A trial without an answer ends after ten minutes and is told then: silence means something only later.
    silence: Seconds = 20 * 60
    #: A kiosk looks at an offer at once, or once an hour.
    patience: Seconds = 2 * 3600
    #: So many may fail or fall silent after the first stage, or this share of those that were offered it.
    failures: Annotated[int, Meta(ge=0, le=10_000)] = 2
    failing: Annotated[float, Meta(ge=0, le=100)] = 2.0
    #: So often a kiosk may start by itself more than before.
    starts: Annotated[int, Meta(ge=0, le=1000)] = 2
    #: So many fetch it at a time.
    at_once: Annotated[int, Meta(ge=1, le=10_000)] = 50
    #: So long a stage waits for those that are away.
    away: Seconds = 7 * 86_400

    @property
    def soak_time(self) -> timedelta:
        return timedelta(seconds=self.soak)

    @property
    def silence_time(self) -> timedelta:
        return timedelta(seconds=self.silence)

    @property
    def away_time(self) -> timedelta:
        return timedelta(seconds=self.away)

    @property
    def patience_time(self) -> timedelta:
        return timedelta(seconds=self.patience)


def kept(plan: Plan) -> dict[str, Any]:
    """As it is kept in the database."""
    built: dict[str, Any] = msgspec.to_builtins(plan)
    return built


def read(values: dict[str, Any]) -> Plan:
    return msgspec.convert(values, Plan)
