"""Several cases at once: each is changed for itself, and the report says what was done and what was not."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from collector.cases.tables import case_event, cases
from tests.collector.cases.pages.console import Person
from tests.collector.customers import Phone, hidden_fields, words
from tests.factories import Shop, make_shop

Send = Callable[..., str]


@pytest.fixture
def three(phone: Phone, poster: str, app: Flask) -> None:
    """Three customers at Riverside have complained."""
    for number in range(3):
        Phone(app, address=f"10.0.0.{number + 2}").answer(poster, 4, comment=f"Dirty floor {number}.")


@pytest.fixture
def olha(app: Flask, engine: Engine, riverside: Shop) -> Person:
    return Person(app, engine, riverside.store, "Olha")


@pytest.fixture
def send(olha: Person) -> Send:
    """Ticks cases, fills in one of the forms, and reads the report."""

    def tick_and_send(action: str, ids: list[int], **typed: Any) -> str:
        query = "&".join(f"case={each}" for each in ids)
        form = hidden_fields(olha.client.get(f"/cases/chosen?{query}"), f"/{action}")
        return words(olha.client.post(f"/cases/chosen/{action}", data={**form, "case": ids, **typed}))

    return tick_and_send


def states(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(cases.c.state).order_by(cases.c.id)))


def test_the_list_leads_to_the_chosen(three: None, olha: Person) -> None:
    page = olha.client.get("/cases").text
    assert page.count('type="checkbox" name="case"') == 3
    assert "3 cases Chosen #1" in olha.read("/cases/chosen?case=1&case=2&case=3&case=3&case=x&case=999")
    nothing = olha.client.get("/cases/chosen")
    assert nothing.location == "/cases"
    assert "Choose some cases first" in olha.read("/cases")


def test_taken_together(three: None, olha: Person, send: Send, engine: Engine) -> None:
    olha.does(2, "take")
    report = send("take", [1, 2, 3])
    assert "2 of 3 cases were changed." in report
    assert "Not changed #2 It is taken: somebody was first." in report
    assert "Changed #1 done #3 done" in report
    assert states(engine) == ["taken"] * 3


def test_resolved_alike(three: None, send: Send, engine: Engine) -> None:
    answer = {"comment": "The floor is clean again.", "root_cause": "Cleanliness"}
    assert "All 3 cases were changed as you wanted." in send("resolve", [1, 2, 3], **answer)
    with engine.connect() as connection:
        said = connection.scalars(select(case_event.c.comment).where(case_event.c.kind == "resolved")).all()
        causes = connection.scalars(select(cases.c.root_cause)).all()
    assert said == ["The floor is clean again."] * 3
    assert causes == ["Cleanliness"] * 3


def test_a_rule_against_one_holds_up_no_other(three: None, olha: Person, send: Send, engine: Engine) -> None:
    assert "No case was changed." in send("resolve", [1, 2], comment="  ")
    report = send("resolve", [1, 2], comment="Mended.", root_cause="The moon")
    assert "#1 Choose one of the root causes of this place." in report
    assert states(engine) == ["open"] * 3


def test_given_to_somebody(three: None, app: Flask, engine: Engine, riverside: Shop, send: Send) -> None:
    taras = Person(app, engine, riverside.region, "Taras")
    assert "All 2 cases" in send("assign", [1, 3], account=str(taras.account_id))
    with engine.connect() as connection:
        given = connection.scalars(select(cases.c.account_id).order_by(cases.c.id)).all()
    assert given == [taras.account_id, None, taras.account_id]


def test_put_together(three: None, olha: Person, send: Send, engine: Engine) -> None:
    assert "All go on as part of #1, the oldest" in olha.read("/cases/chosen?case=3&case=1&case=2")
    assert "All 2 cases were changed as you wanted." in send("merge", [3, 1, 2])
    assert states(engine) == ["open", "merged", "merged"]


def test_two_taps_are_one(three: None, olha: Person, engine: Engine) -> None:
    form = hidden_fields(olha.client.get("/cases/chosen?case=1&case=2"), "/resolve")
    data = {**form, "case": ["1", "2"], "comment": "Mended."}
    first, second = (words(olha.client.post("/cases/chosen/resolve", data=data)) for _ in range(2))
    assert "All 2 cases were changed as you wanted." in first
    assert first == second
    with engine.connect() as connection:
        assert len(connection.scalars(select(case_event.c.id).where(case_event.c.kind == "resolved")).all()) == 2


def test_nobody_changes_what_they_do_not_see(three: None, app: Flask, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
    stranger = Person(app, engine, hilltop.store, "Stranger")
    assert stranger.client.get("/cases/chosen?case=1").location == "/cases"
    form = {"csrf_token": stranger.client.get("/account").text.split('name="csrf_token" value="')[1].split('"')[0]}
    report = stranger.client.post("/cases/chosen/take", data={**form, "case": ["1", "2"]})
    assert "No case was changed." in words(report)
    assert "#1" not in words(report)
    assert states(engine) == ["open"] * 3
