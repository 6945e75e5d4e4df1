"""The firmware's waiting, made shorter: a trial of a minute takes a second where `speed` is 60."""

from collections.abc import Callable
from typing import Any

from simulators.fleet import firmware

#: No two statuses follow each other more closely to tell of an update, ms.
_APART = 1000.0


class FasterClock:
    """A clock by which waiting is over sooner."""

    def __init__(self, clock: Any, speed: float) -> None:
        self._clock, self._speed = clock, speed

    def uptime(self) -> int:
        return round(float(self._clock.uptime()) * self._speed)


class FasterUpdates(firmware.Updates):  # type: ignore[misc]
    speed = 1.0

    def wait(self) -> int | None:
        due = super().wait()
        return None if due is None else round(due / self.speed)

    async def _prove(self) -> None:
        await super()._prove()
        self.when_due()

    async def _taken(self, offer: Any) -> bool:
        taken = bool(await super()._taken(offer))
        self.when_due()
        return taken


class FasterConversation(firmware.Conversation):  # type: ignore[misc]
    """Where time is short, it tells of an update when there is something to tell, not with the next status."""

    def hurry(self, update: Callable[[], dict[str, Any]], speed: float) -> None:
        self._update, self._told, self._told_at = update, update(), 0
        self._apart = max(_APART, 60_000 / speed)
        self._hurries = speed > 1

    def next(self) -> Any:
        if self._news_in() == 0:
            self._told, self._told_at = self._update(), self._clock.uptime()
            self._status_due = 0
        return super().next()

    def wait(self) -> float:
        news, due = self._news_in(), float(super().wait())
        return due if news is None else min(news, due)

    def _news_in(self) -> float | None:
        """In how many ms there is something to tell; None where there is nothing."""
        if not (self._hurries and self.answered) or self._update() == self._told:
            return None
        return max(0.0, self._told_at + self._apart - float(self._clock.uptime()))


class FasterUplink(firmware.Uplink):  # type: ignore[misc]
    speed = 1.0

    async def _pause(self, milliseconds: int) -> None:
        await super()._pause(milliseconds / self.speed)
