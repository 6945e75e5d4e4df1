"""A person gets everything that is kept of them, and nothing of anybody else."""

import base64
from collections.abc import Callable

from sqlalchemy import Engine, select

from collector.audit.tables import audit
from collector.personal.export import export
from collector.personal.person import customer_of, somebody
from collector.settings import Settings
from tests.collector.personal.conftest import ADDRESS, NOTE, WORDS, Customer
from tests.factories import NOW, Shop


def test_everything_of_a_person(oksana: Customer, engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        document = export(connection, somebody(connection, settings, riverside.store, ADDRESS), "Ira", NOW)
    [given], [case] = document["answers"], document["cases"]
    assert (given["comment"], given["channel"], given["store"]) == (WORDS, "poster-qr", "Riverside")
    assert (given["contact"]["address"], bool(given["contact"]["agreed_to"])) == (ADDRESS, True)
    assert given["rating"]["button"] == 4
    assert list(given["replies"].values()) == ["4 of 4 (very bad)"]
    assert [event["what"] for event in case["events"]][:1] == ["opened"]
    assert [base64.b64decode(file["content"]) for file in case["attachments"]] == [b"\x89PNG"]
    assert {each["address"] for each in document["messages"]} == {ADDRESS}


def test_what_the_staff_noted_for_themselves_is_no_part_of_it(
    oksana: Customer, engine: Engine, settings: Settings
) -> None:
    with engine.begin() as connection:
        document = export(connection, customer_of(connection, oksana.case), "Ira", NOW)
    assert NOTE not in str(document)
    assert WORDS in str(document)


def test_nobody_else_is_in_it(
    complain: Callable[[str], Customer], engine: Engine, settings: Settings, riverside: Shop
) -> None:
    mine, other = complain(ADDRESS), complain("other@example.org")
    with engine.begin() as connection:
        document = export(connection, somebody(connection, settings, riverside.organisation, ADDRESS), "Ira", NOW)
    assert ([each["answer"] for each in document["answers"]], [each["case"] for each in document["cases"]]) == (
        [mine.answer],
        [mine.case],
    )
    assert "other@" not in str(document)
    assert other.case not in {each["case"] for each in document["messages"]}


def test_that_it_was_given_out_is_written_down(oksana: Customer, engine: Engine, settings: Settings) -> None:
    with engine.begin() as connection:
        export(connection, customer_of(connection, oksana.case), "Ira", NOW)
        log = [tuple(row) for row in connection.execute(select(audit.c.who, audit.c.action, audit.c.subject))]
    assert log == [("Ira", "exported", f"cases/{oksana.case}")]
