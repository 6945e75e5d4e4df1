"""Migrations make the very tables that the code describes, and can be taken back."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, Table, insert, inspect, select, text

from collector import migrations
from collector.accounts.tables import account
from collector.addresses import digest
from collector.cases.tables import case_event, cases
from collector.places.tree import add_place
from collector.schema import metadata
from collector.settings import Settings
from collector.surveys.digests import give_digests
from collector.surveys.queries import survey_at
from collector.surveys.tables import contact
from tests.collector.cases.house import House
from tests.factories import NOW, Shop

DAY = timedelta(days=1)
CUSTOMER = "olha@example.org"
_numbers = itertools.count(1)


def test_migrated_database_has_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    assert migrations.is_current(engine)


def test_downgrade_leaves_nothing_and_upgrade_comes_back(engine: Engine) -> None:
    with engine.begin() as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    assert not migrations.is_current(engine)
    migrations.upgrade(engine)
    assert migrations.is_current(engine)


def test_cases_of_before_go_on_after_the_upgrade(engine: Engine, settings: Settings) -> None:
    with engine.begin() as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0007")
    with engine.begin() as connection:
        before = Before(connection)
        waiting = before.case("open", 0, before.store, NOW + DAY, "opened")
        taken = before.case("taken", 0, before.store, NOW + DAY, "opened", "taken")
        region = before.case("open", 1, before.district, NOW + DAY, "opened", "climbed")
        top = before.case("open", 2, before.top, None, "opened", "climbed", "climbed")
        resolved = before.case("resolved", 2, before.top, None, "opened", "climbed", "climbed", "resolved")
    migrations.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(insert(account), [{"name": "Olena", "role": "admin", "place_id": before.top}])
        give_digests(connection, settings)
        assert set(connection.scalars(select(contact.c.digest))) == {digest(settings, CUSTOMER)}
        assert give_digests(connection, settings) == 0
        row = connection.execute(select(cases).where(cases.c.id == resolved)).one()
        assert (row.due_at, row.remind_at, row.step) == (None, None, 3)
        steps = select(case_event.c.step).where(case_event.c.case_id == top).order_by(case_event.c.id)
        assert connection.scalars(steps).all() == [0, 1, 3]
        assert survey_at(connection, before.store).question == {"en": "How was it?"}
    house = House(engine, settings, Shop(before.top, before.region, before.store, 0, 0, 0))
    for case_id, step, place_id in ((waiting, 0, before.store), (region, 1, before.district), (top, 3, before.top)):
        house.pass_time(2)
        assert (house.case(case_id).step, house.case(case_id).place_id) == (step, place_id)
    assert house.case(taken).state == "taken"
    for days in range(60):
        house.pass_time(24 * days)
    for case_id in (waiting, taken, region, top):
        assert house.case(case_id).step >= 3
        assert "reminded" in house.kinds(case_id)
    assert house.kinds(resolved)[-1] in {"resolved", "reminded"}
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0007")
    with engine.connect() as connection:
        assert set(connection.scalars(text('SELECT step FROM "case"'))) == {2}


class Before:
    """What an installation had at migration 0007: a store in a district of a region, a survey, cases."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.top = add_place(connection, "organisation", "Smilepost", time_zone="Europe/Kyiv")
        self.region = add_place(connection, "region", "North", self.top, time_zone="Europe/Kyiv")
        self.district = add_place(connection, "region", "Old town", self.region, time_zone="Europe/Kyiv")
        self.store = add_place(connection, "store", "Riverside", self.district, time_zone="Europe/Kyiv")
        asked = self._add("question", text={"en": "How was it?"}, buttons=4)
        texts = {"why_good": {"en": "Why?"}, "why_bad": {"en": "Why not?"}}
        self._survey = self._add(
            "survey",
            place_id=self.top,
            version=1,
            question_id=asked,
            definition={**texts, "reasons_good": [], "reasons_bad": []},
        )

    def case(self, state: str, step: int, place_id: int, due_at: datetime | None, *happened: str) -> int:
        """A case and its answer, which has a contact; returns its id."""
        number = next(_numbers)
        said = {"survey_id": self._survey, "channel": 5, "store_id": self.store, "score": 0.0, "language": "en"}
        answer_id = self._add("answer", identity=f"poster:{number}", reasons=[], submitted_at=NOW, **said)
        end = (NOW + 90 * DAY).date()
        words = {"address": CUSTOMER, "purpose": "answer", "consent": "You may.", "erase_on": end}
        self._add("contact", "answer_id", answer_id=answer_id, **words)
        stands = {"state": state, "step": step, "place_id": place_id, "due_at": due_at}
        resolved_at = NOW if state == "resolved" else None
        case_id = self._add(
            "case", identity=f"answer:{answer_id}", store_id=self.store, answer_id=answer_id, opened_at=NOW,
            resolved_at=resolved_at, **stands,
        )  # fmt: skip
        climbed = 0
        for kind in happened:
            climbed += kind == "climbed"
            self._add("case_event", case_id=case_id, kind=kind, author="Smilepost", step=climbed, at=NOW)
        return case_id

    def _add(self, table: str, key: str = "id", **values: Any) -> int:
        into = Table(table, MetaData(), autoload_with=self._connection)
        return int(self._connection.execute(insert(into).values(values).returning(into.c[key])).scalar_one())
