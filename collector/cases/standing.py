"""How a case stands on its ladder: what the rules need is read here, and what they say is written into its row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, select, update

from collector.accounts.people.queries import who_may
from collector.accounts.tables import account
from collector.cases.rules import clocks
from collector.cases.rules.policy import ByChannel, CasePolicy
from collector.cases.rules.rungs import Rung, manned, next_rung, rung_at, rungs, standing_on
from collector.cases.tables import OPEN, case_event, cases
from collector.places.tables import place
from collector.policies.queries import policy_at
from collector.ratings.kinds import Channel, word
from collector.surveys.tables import answer


@dataclass(frozen=True)
class Ladder:
    """The ladder of a store, and who stands on it."""

    policy: CasePolicy
    rungs: Sequence[Rung]
    #: From the top place down to the store.
    path: Sequence[int]
    zone: ZoneInfo
    #: Each account that sees the store and may act there: id, name, place_id.
    accounts: Sequence[Row[Any]]

    @property
    def manned(self) -> set[int]:
        """Numbers of the steps on which there is somebody."""
        return manned(self.rungs, [(each.name, each.place_id) for each in self.accounts])

    @property
    def first(self) -> Rung:
        """The step on which cases begin."""
        found = next_rung(self.rungs, -1, self.manned)
        assert found is not None  # noqa: S101 - everyone is always there
        return found

    def people(self, rung: Rung) -> list[int]:
        """Accounts of those whose turn it is on a step."""
        names = set(standing_on(rung, [(each.name, each.place_id) for each in self.accounts]))
        return [each.id for each in self.accounts if each.name in names]


@dataclass(frozen=True)
class Standing(Ladder):
    """A case on its ladder."""

    row: Row[Any]
    log: Sequence[Row[Any]]
    channel: str | None

    @property
    def rung(self) -> Rung:
        """Where it stands."""
        return rung_at(self.rungs, self.row.step)

    @property
    def by_channel(self) -> ByChannel | None:
        return self.policy.for_channel(self.channel)

    @property
    def due_at(self) -> datetime | None:
        """When it goes on."""
        return clocks.due(self.log, self.rungs, self.zone, self.policy, self.by_channel, self.path[0])

    def staff_clocks(self, now: datetime) -> clocks.Clocks:
        return clocks.staff_clocks(self.log, self.rungs, self.zone, self.policy.pausing, self.by_channel, now)

    def customer_clocks(self, now: datetime) -> clocks.Clocks:
        return clocks.customer_clocks(self.log, self.policy.promise, now)


def ladder_of(connection: Connection, store_id: int) -> Ladder:
    """The ladder that cases of a store go up."""
    store = connection.execute(select(place).where(place.c.id == store_id)).one()
    policy = policy_at(connection, store_id, "cases", CasePolicy)
    zone = ZoneInfo(store.time_zone)
    accounts: Select[Any] = select(account.c.id, account.c.name, account.c.place_id)
    # Whose own place was taken out does not come: their step is nobody's.
    above = select(place.c.id).where(place.c.id.in_(store.path), place.c.ended_at.is_(None))
    seeing = accounts.where(account.c.place_id.in_(above), who_may("act")).order_by(account.c.id)
    return Ladder(
        policy=policy,
        rungs=rungs(policy, store.path, store.opening_hours, zone),
        path=store.path,
        zone=zone,
        accounts=connection.execute(seeing).all(),
    )


def look(connection: Connection, case_id: int, ladder: Ladder | None = None) -> Standing:
    """How a case stands that there is.

    Parameters
    ----------
    ladder: of its store, where it was read already.
    """
    found = select(cases, answer.c.channel).outerjoin(answer, answer.c.id == cases.c.answer_id)
    row = connection.execute(found.where(cases.c.id == case_id)).one()
    log = connection.execute(select(case_event).where(case_event.c.case_id == case_id).order_by(case_event.c.id)).all()
    channel = None if row.channel is None else word(Channel(row.channel))
    return Standing(**vars(ladder or ladder_of(connection, row.store_id)), row=row, log=log, channel=channel)


def settle(connection: Connection, case_id: int, ladder: Ladder | None = None) -> Standing:
    """Write down when a case goes on and when somebody is reminded of it, after something has happened to it."""
    stand = look(connection, case_id, ladder)
    remind_at = clocks.remind(stand.log, stand.rungs, stand.policy, stand.row.state)
    connection.execute(update(cases).where(cases.c.id == case_id).values(due_at=stand.due_at, remind_at=remind_at))
    return stand


def turn(rung: Rung) -> Mapping[str, Any]:
    """What a case is when a step's turn begins: nobody's yet."""
    return {"state": OPEN, "step": rung.number, "place_id": rung.place_id, "taken_by": None}
