"""A house in which cases are handled: its people, its policies, and customers who say something."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, insert, select

from collector.accounts.tables import account
from collector.cases.changes.by_clock import climb, remind
from collector.cases.changes.conditional import Doer
from collector.cases.changes.opening import examine_left
from collector.cases.rules.policy import CasePolicy
from collector.cases.submit import submit
from collector.cases.tables import case_event, cases
from collector.contacts.tables import message
from collector.notify.tables import outbox
from collector.policies.queries import give_policy
from collector.ratings.kinds import Channel
from collector.settings import Settings
from collector.surveys.answers import Contact, Reply, Source
from tests.factories import NOW, Shop

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class House:
    """Riverside, its region and the organisation above. Times are hours after NOW."""

    engine: Engine
    settings: Settings
    shop: Shop

    def complain(self, button: int = 4, hours: float = 0, **said: Any) -> int:
        """A customer answers at the exit's poster; returns the case that it opens.

        Parameters
        ----------
        contact: an address at which they may be told; how: the channel.
        """
        address, channel = said.pop("contact", None), said.pop("channel", Channel.POSTER_QR)
        if address:
            said["contact"] = Contact(address, "answer", "You may answer me.", (NOW + 90 * DAY).date())
        said = {"comment": "Only one till was open.", **said}
        source = Source(f"poster:{next(_numbers)}", channel, self.shop.store, self.shop.exit)
        submitted = submit(self.engine, self.settings, source, Reply("en", button, **said), NOW + hours * HOUR)
        assert submitted.case_id is not None
        return submitted.case_id

    def person(self, name: str, place_id: int, email: str | None = None) -> int:
        """An account; returns its id."""
        made = insert(account).values(name=name, place_id=place_id, role="admin", email=email).returning(account.c.id)
        with self.engine.begin() as connection:
            return int(connection.execute(made).scalar_one())

    def rule(self, place_id: int | None = None, **policy: Any) -> None:
        """Have this policy hold."""
        with self.engine.begin() as connection:
            give_policy(connection, place_id or self.shop.organisation, "cases", CasePolicy(**policy), "a test")

    def by(self, name: str = "Olena", place_id: int | None = None, hours: float = 1, **more: Any) -> Doer:
        """Somebody, of the store unless another place is said."""
        return Doer(name, place_id or self.shop.store, NOW + hours * HOUR, **more)

    def do(self, change: Callable[..., Any], case_id: int, *what: Any, **more: Any) -> Any:
        """Carry out a change in a transaction of its own."""
        with self.engine.begin() as connection:
            return change(connection, self.settings, case_id, *what, **more)

    def pass_time(self, hours: float) -> None:
        """What the jobs' loop does then."""
        now = NOW + hours * HOUR
        examine_left(self.engine, self.settings, now)
        climb(self.engine, self.settings, now)
        remind(self.engine, self.settings, now)

    def case(self, case_id: int) -> Row[Any]:
        with self.engine.connect() as connection:
            return connection.execute(select(cases).where(cases.c.id == case_id)).one()

    def log(self, case_id: int) -> list[Row[Any]]:
        with self.engine.connect() as connection:
            events = select(case_event).where(case_event.c.case_id == case_id).order_by(case_event.c.id)
            return list(connection.execute(events))

    def kinds(self, case_id: int) -> list[str]:
        """What happened to a case."""
        return [event.kind for event in self.log(case_id)]

    def messages(self, case_id: int) -> list[tuple[str, str]]:
        """(purpose, address) of each message about a case, staff's too."""
        with self.engine.connect() as connection:
            found = select(message).where(message.c.case_id == case_id).order_by(message.c.id)
            return [(row.purpose, row.address) for row in connection.execute(found)]

    def told(self, case_id: int) -> list[Row[Any]]:
        """What other systems hear of a case."""
        with self.engine.connect() as connection:
            events = select(outbox).where(outbox.c.subject == f"cases/{case_id}").order_by(outbox.c.id)
            return list(connection.execute(events))


def at(hours: float) -> datetime:
    return NOW + hours * HOUR
