"""Between the worker and a kind of work: what it gets, what it does, and how it says how that went."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeAlias


@dataclass(frozen=True)
class Job:
    """One claimed job."""

    id: int
    target: str
    key: str
    payload: dict[str, Any]
    #: How often it was claimed, this time included.
    attempts: int
    #: When nobody wants it any more.
    expires_at: datetime


@dataclass(frozen=True)
class Done:
    """It has arrived; `reason` says so where that is not certain, and will never be."""

    reason: str | None = None


@dataclass(frozen=True)
class Failed:
    """It will never work; `reason` is a sentence for people, as in all outcomes."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """The first byte has left, and nobody knows what became of it. A person decides."""

    reason: str


@dataclass(frozen=True)
class Later:
    """Not this time; again after `seconds`.

    Before `begin` nothing has left, so the job simply waits. After `begin` it is a repeat: a kind of work that is not
    `repeatable` must not ask for one, and the worker makes it `Unknown`; unless the receiver itself said that it took
    nothing (`refused`).
    """

    reason: str
    seconds: float
    refused: bool = False


Outcome: TypeAlias = Done | Failed | Unknown | Later


class Lost(Exception):
    """The job is no longer this worker's: its connection was away, and somebody else has put the job back."""


class Executor(ABC):
    """Carries out the jobs of one kind; called from several threads, with one job of a target at a time."""

    kind: ClassVar[str]
    #: Whether the receiver knows a repeat by the job's key. If so, work that was cut off is done again.
    repeatable: ClassVar[bool]
    #: Whether a job waits for all earlier ones of its target.
    in_order: ClassVar[bool] = False

    @abstractmethod
    def execute(self, job: Job, begin: Callable[[], None]) -> Outcome:
        """Do the work.

        Parameters
        ----------
        begin: writes down, committed, that the first byte may have left; to be called before it does.
            Raises `Lost`, which is to be let through, when the job must not be sent any more.
        """

    def settled(self, job: Job) -> None:  # noqa: B027 - most have nothing to tell
        """Called when the outcome is written down, so that whoever shows the job can be told."""
