"""Cases that somebody of the house opens."""

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from collector.cases.tables import cases
from tests.collector.cases.pages.console import Person
from tests.collector.customers import hidden_fields, words
from tests.factories import Shop, make_shop


@pytest.fixture
def olha(app: Flask, engine: Engine, riverside: Shop) -> Person:
    return Person(app, engine, riverside.store, "Olha")


def test_opened_once_however_often_it_is_sent(olha: Person, engine: Engine, riverside: Shop) -> None:
    form = hidden_fields(olha.client.get("/cases/new"), "/cases/new")
    typed = {**form, "kind": "question", "touchpoint": str(riverside.exit), "subject": "When does the lift work?"}
    for _ in range(2):
        assert olha.client.post("/cases/new", data=typed).location == "/cases/1"
    with engine.connect() as connection:
        [case] = connection.execute(select(cases)).all()
    assert (case.kind, case.touchpoint_id, case.answer_id) == ("question", riverside.exit, None)
    page = olha.read("/cases/1")
    assert "Case #1 question" in page
    assert "Where Riverside · Exit" in page
    assert "Olha opened the case" in page


def test_what_does_not_fit_is_still_there(olha: Person) -> None:
    form = hidden_fields(olha.client.get("/cases/new"), "/cases/new")
    answer = olha.client.post("/cases/new", data={**form, "kind": "praise", "touchpoint": "", "subject": "x" * 201})
    assert answer.status_code == 422
    assert "Make it shorter" in words(answer)
    assert "x" * 201 in answer.text
    assert '<option value="praise" selected>' in answer.text
    assert olha.client.post("/cases/new", data={**form, "kind": "alert", "subject": "x"}).status_code == 400


def test_the_store_is_chosen_where_there_are_several(app: Flask, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
    iryna = Person(app, engine, riverside.organisation, "Iryna")
    taras = Person(app, engine, riverside.region, "Taras")
    assert "Store choose Riverside Hilltop Go on" in iryna.read("/cases/new")
    assert "Hilltop another store Where the whole store Checkout Exit" in iryna.read(
        f"/cases/new?store={hilltop.store}"
    )
    assert taras.client.get(f"/cases/new?store={hilltop.store}").status_code == 404
    form = hidden_fields(taras.client.get("/cases/new"), "/cases/new")
    typed = {**form, "kind": "complaint", "subject": "Wet floor.", "store": str(hilltop.store)}
    assert taras.client.post("/cases/new", data=typed).status_code == 404
    other = {**typed, "store": str(riverside.store), "touchpoint": str(hilltop.exit)}
    assert "There is no such touchpoint in this store." in words(taras.client.post("/cases/new", data=other))
