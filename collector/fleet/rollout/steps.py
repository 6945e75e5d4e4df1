"""Where a kiosk is in a roll-out, by what it says of itself (pure).

waiting → offered → taking → trial → done; or failed, or silent, and from there on again if it comes back after all;
back: it ran the release and runs the one before again.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from collector.fleet.releases import is_taking
from collector.fleet.rollout.plan import Plan


class State(StrEnum):
    #: It is not its turn, or it is its turn and it is away or asleep.
    WAITING = "waiting"
    OFFERED = "offered"
    #: It checks and fetches it.
    TAKING = "taking"
    TRIAL = "trial"
    DONE = "done"
    FAILED = "failed"
    #: It was in touch, and is not heard of since it was offered this.
    SILENT = "silent"
    BACK = "back"


#: The collector is at work on these.
UNDER_WAY = frozenset({State.OFFERED, State.TAKING, State.TRIAL})
#: What halts a roll-out when there is too much of it.
WRONG = frozenset({State.FAILED, State.SILENT})

RETIRED = "It was retired meanwhile."
_TRIAL = "This release is on trial."
#: Its offer was withdrawn while it fetched it: not the release's fault.
_WITHDRAWN = "Release {} is no longer to be had."
_ABOUT = re.compile(r"Release (\d{1,10})\b.*", re.DOTALL)


@dataclass(frozen=True)
class Member:
    """A kiosk in a roll-out, as it is written down."""

    kiosk: str
    stage: int
    state: State = State.WAITING
    #: When it came into this state.
    since: datetime | None = None
    #: None: it is not offered this, not yet or not any more.
    offered_at: datetime | None = None
    #: Somebody went on in spite of what it did.
    forgiven: bool = False
    said: str | None = None

    @property
    def is_wrong(self) -> bool:
        """It counts against the roll-out."""
        return self.state in WRONG and not self.forgiven

    @property
    def waits(self) -> bool:
        """It has not been asked yet, and can be."""
        return self.state is State.WAITING and self.said != RETIRED

    @property
    def was_asked(self) -> bool:
        return self.offered_at is not None and self.state is not State.WAITING


@dataclass(frozen=True)
class Heard:
    """What is known of a kiosk just now."""

    #: When it said something last.
    at: datetime | None = None
    release: int | None = None
    #: What it says of an update.
    update: str = ""
    #: It said that it is online, and nothing else since.
    online: bool = False
    #: It sleeps, and its time to wake has not passed.
    asleep: bool = False
    #: Since when it is away, where it should not be.
    away_since: datetime | None = None
    #: Starts that nobody asked for since it was offered the release, beyond as many as it had in as long before.
    starts: int = 0
    retired: bool = False
    #: It is offered this number just now.
    offered: bool = False

    @property
    def here(self) -> bool:
        """It is in touch, as far as anybody knows."""
        return self.asleep or (self.online and self.away_since is None)


class Step(NamedTuple):
    state: State
    #: A sentence, mostly the kiosk's own.
    said: str | None = None


def step(number: int, member: Member, heard: Heard, plan: Plan, now: datetime) -> Step:
    """Where a kiosk is now in the roll-out of the release with this number."""
    same = Step(member.state, member.said)
    if member.state is State.BACK or _is_proved(member, plan, now):
        return same
    if heard.retired:
        return Step(State.WAITING, RETIRED)
    if member.offered_at is None:
        return same if member.waits else Step(State.WAITING)
    # One that was away before and has said nothing since has not been asked yet: it goes on waiting.
    is_asked = heard.at is not None and heard.at > member.offered_at
    at = _by_its_word(number, member, heard, plan) if is_asked else same
    is_silent = heard.away_since is not None and now - heard.away_since >= plan.silence_time
    if is_silent and at.state not in {State.WAITING, State.FAILED}:
        minutes = max(1, round(plan.silence / 60))
        return Step(State.SILENT, f"It was in touch, and has not been heard for {minutes} minutes or more.")
    return at


def _by_its_word(number: int, member: Member, heard: Heard, plan: Plan) -> Step:
    told = _told(number, heard)
    if told and told.state is State.DONE and heard.starts > plan.starts:
        return Step(State.FAILED, f"It has started {heard.starts} times by itself since it was offered this release.")
    if told:
        return told
    is_back = member.state in {State.WAITING, State.SILENT} and heard.online
    if member.state in {State.WAITING, State.SILENT, State.FAILED} and not is_back:
        return Step(member.state, member.said)
    if member.state is State.OFFERED and member.since and heard.at and heard.at - member.since >= plan.patience_time:
        minutes = max(1, round(plan.patience / 60))
        return Step(State.FAILED, f"It was offered this for {minutes} minutes and did not begin: does it know the key?")
    return Step(State.OFFERED)


def _told(number: int, heard: Heard) -> Step | None:
    """What it says itself of this release; None: nothing."""
    if heard.release is not None and heard.release >= number:
        if heard.release == number and heard.update == _TRIAL:
            return Step(State.TRIAL, heard.update)
        return Step(State.DONE, None if heard.release == number else f"It runs release {heard.release}.")
    about = _ABOUT.fullmatch(heard.update)
    if about is None or int(about[1]) != number or heard.update == _WITHDRAWN.format(number):
        return None
    return Step(State.TAKING if is_taking(heard.update) else State.FAILED, heard.update)


def _is_proved(member: Member, plan: Plan, now: datetime) -> bool:
    """What happens to it from now on is not this release's doing."""
    return member.state is State.DONE and member.since is not None and now - member.since >= plan.soak_time
