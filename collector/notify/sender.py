"""What mail, text messages and webhooks have in common: three methods each, and tries that are spread over time."""

import random
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeAlias, TypeVar

from collector.finding import Finding
from collector.queue.executor import Done, Executor, Failed, Job, Later, Outcome, Unknown

MINUTE, HOUR = 60, 3600
#: Each wait is up to this part longer, by chance: what failed together does not come back together.
JITTER = 0.2

Prepared = TypeVar("Prepared")


@dataclass(frozen=True)
class NotNow:
    """It has not arrived this time, that is certain (or a repeat does no harm): to be tried again by the schedule."""

    reason: str


Sent: TypeAlias = Done | Failed | Unknown | NotNow | Later


class Sender(Executor, Generic[Prepared]):
    """Brings what is in the queue to one kind of receiver.

    Parameters
    ----------
    schedule: waits between the tries, s. After the last try it has failed: a dead letter, which a person can replay.
    """

    #: Receivers that are served at a time; one mail server or gateway has a connection for each.
    at_once: ClassVar[int] = 8

    def __init__(self, schedule: Sequence[float]) -> None:
        self._schedule = schedule

    @abstractmethod
    def prepare(self, job: Job) -> Prepared | Failed | Later:
        """Read what is to be sent, without any network; or why it is not sent, or not now."""

    @abstractmethod
    def send(self, prepared: Prepared, begin: Callable[[], None]) -> Sent:
        """Bring it to the receiver, within seconds or, once `begin` was called, minutes. `begin` as in `Executor`."""

    @abstractmethod
    def examine(self) -> Iterator[Finding]:
        """Look at the receiver, for `smilepost doctor`."""

    def execute(self, job: Job, begin: Callable[[], None]) -> Outcome:
        prepared = self.prepare(job)
        if isinstance(prepared, Failed | Later):
            return prepared
        sent = self.send(prepared, begin)
        if not isinstance(sent, NotNow):
            return sent
        if job.attempts > len(self._schedule):
            return Failed(f"{sent.reason} Tried {job.attempts} times.")
        wait = self._schedule[job.attempts - 1] * (1 + JITTER * random.random())  # noqa: S311
        return Later(sent.reason, wait, refused=not self.repeatable)
