"""The hotline's form: a call becomes an answer and its case, once."""

import html
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, Row, func, select
from werkzeug.test import TestResponse

from collector.accounts.tables import account
from collector.cases.tables import cases
from collector.hotline import script
from collector.ratings.kinds import Channel
from collector.surveys.default import ensure_default
from collector.surveys.definition import Nps
from collector.surveys.tables import answer, contact
from tests.collector.customers import words
from tests.collector.surveys.asking import ask, make_staff_room
from tests.factories import Shop, make_shop

Browser = Callable[[int], FlaskClient]


@pytest.fixture(autouse=True)
def default(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ensure_default(connection)


def form(client: FlaskClient, path: str = "/hotline") -> dict[str, str]:
    """What the form holds before somebody types."""
    page = client.get(path).text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    offered = re.search(r'name="consent" value="([^"]+)"', page)
    assert offered, page
    return {**hidden, "offered": offered[1]}


def call(client: FlaskClient, filled: dict[str, str] | None = None, **typed: Any) -> TestResponse:
    """Fill the form in and send it."""
    data = {name: value for name, value in (filled or form(client)).items() if name != "offered"}
    return client.post("/hotline", data={**data, "channel": "hotline", "language": "en", **typed})


def answers(engine: Engine) -> list[Row[Any]]:
    with engine.connect() as connection:
        return list(connection.execute(select(answer).order_by(answer.c.id)))


def test_a_call_becomes_a_case(browser: Browser, engine: Engine, riverside: Shop) -> None:
    client = browser(riverside.store)
    filled = form(client)
    done = call(
        client,
        filled,
        said="The milk was sour.",
        wish="the money back",
        rating="4",
        reason=["5", "99"],
        touchpoint=riverside.checkout,
        reference="4711",
        language="de",
        contact="050 123 45 67",
        consent=filled["offered"],
    )
    assert done.location == "/cases/1"
    [row] = answers(engine)
    assert (row.channel, row.touchpoint_id, row.reference, row.language) == (
        Channel.HOTLINE,
        riverside.checkout,
        "4711",
        "de",
    )
    assert (row.comment, row.button, row.reasons) == ("The milk was sour.\nWishes: the money back", 4, [5])
    assert row.completed_at
    with engine.connect() as connection:
        assert row.author == connection.execute(select(account.c.name)).scalar_one()
        kept = connection.execute(select(contact)).one()
    assert kept.address == "050 123 45 67"
    assert kept.erase_on == date(2027, 2, 20)
    assert kept.consent == (
        "Dürfen wir Ihre Adresse oder Nummer behalten, um Ihnen in dieser Sache zu antworten, und für nichts anderes? "
        "Wir löschen sie am 20. Februar 2027."
    )
    shown = words(client.get("/cases/1"))
    assert "The milk was sour." in shown
    assert "hotline" in shown


def test_a_second_tap_is_the_same_call(browser: Browser, engine: Engine, riverside: Shop) -> None:
    client = browser(riverside.store)
    filled = form(client)
    for _ in range(3):
        assert call(client, filled, said="Sour milk.", rating="4").location == "/cases/1"
    assert len(answers(engine)) == 1
    other = call(client, filled, said="And the bread was old.", rating="4")
    assert other.location == "/cases/1"
    assert "This form was sent before, with other words." in words(client.get("/cases/1"))
    assert [row.comment for row in answers(engine)] == ["Sour milk."]
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(cases)) == 1


@pytest.mark.parametrize("channel", ["hotline", "email", "messenger", "review"])
def test_other_ways_in(browser: Browser, engine: Engine, riverside: Shop, channel: str) -> None:
    call(browser(riverside.store), said="Nobody helped.", rating="3", channel=channel)
    [row] = answers(engine)
    assert Channel(row.channel).name.lower() == channel


def test_praise_opens_no_case_and_the_next_call_waits_already(
    browser: Browser, engine: Engine, riverside: Shop
) -> None:
    client = browser(riverside.store)
    done = call(client, said="Thank Olha from me.", rating="1", channel="email", language="pl")
    assert done.location == f"/hotline?store={riverside.store}&channel=email&language=pl"
    page = client.get(done.location)
    assert "It is written down. By the survey's rules it opens no case." in words(page)
    assert '<option value="email" selected>' in page.text
    assert '<option value="pl" selected>' in page.text
    assert len(answers(engine)) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Write a few words, or say how it was."),
        ({"said": "  ", "wish": "\n"}, "Write a few words, or say how it was."),
        ({"said": "Hm", "touchpoint": "999"}, "This is not in that store."),
        ({"said": "Hm", "contact": "call me"}, "This is neither an e-mail address nor a telephone number."),
        ({"said": "Hm", "contact": "anna@example.org"}, "Read the question out. After a yes, tick it"),
        (
            {"said": "Hm", "contact": "anna@example.org", "consent": "2026-11-22"},
            "The day that was read out has passed.",
        ),
        (
            {"said": "Hm", "contact": "anna@example.org", "consent": "2036-11-22"},
            "The day that was read out has passed.",
        ),
        ({"said": "m" * 990, "wish": "my money back, please"}, "That is too long to keep."),
    ],
)
def test_what_stands_against_it_is_said_and_nothing_is_lost(
    browser: Browser, engine: Engine, riverside: Shop, typed: dict[str, str], said: str
) -> None:
    refused = call(browser(riverside.store), rating="", reference="4711", **typed)
    assert (refused.status_code, said in words(refused)) == (422, True), words(refused)
    assert 'value="4711"' in refused.text
    assert 'aria-invalid="true"' in refused.text
    assert html.escape(typed.get("contact", "")) in refused.text
    assert answers(engine) == []


def test_a_touchpoint_that_asks_otherwise_is_asked_again(browser: Browser, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.store, Nps(1, {"en": "Would you come again?"}), touchpoint_id=riverside.exit)
        room = make_staff_room(connection, riverside)
    client = browser(riverside.store)
    filled = form(client)
    refused = call(client, filled, said="Hm", rating="4", touchpoint=riverside.exit)
    assert refused.status_code == 422
    assert "Riverside asks in another way. Say once more how it was." in words(refused)
    assert "Would you come again?" in words(refused)
    again = {**filled, **dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', refused.text))}
    assert call(client, again, said="Hm", rating="0", touchpoint=riverside.exit).status_code == 302
    [row] = answers(engine)
    assert row.replies == {"1": 0}
    assert call(client, said="Hm", touchpoint=room).status_code == 422  # staff answer for themselves


def test_of_several_stores_one_is_chosen_first(browser: Browser, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    head = browser(riverside.organisation)
    first = head.get("/hotline")
    assert "Which store is it about? Riverside Hillside" in words(first)
    assert 'name="said"' not in first.text
    page = head.get(f"/hotline?store={hillside.store}")
    assert "Hotline Hillside · Another store" in words(page)
    filled = form(head, f"/hotline?store={hillside.store}")
    call(head, filled, said="Hm", rating="2")
    assert [row.store_id for row in answers(engine)] == [hillside.store]
    own = browser(riverside.store)
    assert call(own, {**form(own), "store": str(hillside.store)}, said="Hm").status_code == 404
    assert call(own, {**form(own), "store": ""}, said="Hm").status_code == 404
    assert call(own, {**form(own), "form": "mine"}, said="Hm").status_code == 400


def test_who_is_not_signed_in_is_asked_to(visitor: FlaskClient, riverside: Shop) -> None:
    assert "/sign-in" in visitor.get("/hotline").location


@pytest.mark.parametrize("language", script.LANGUAGES)
def test_what_is_read_out_names_the_day(language: str) -> None:
    assert "2027" in script.consent(language, date(2027, 2, 20))


def test_a_store_that_cannot_be(browser: Browser, engine: Engine, riverside: Shop) -> None:
    client = browser(riverside.store)
    large = "99999999999"
    assert client.get(f"/hotline?store={large}").status_code == 200
    assert call(client, said="Sour milk.", store=large, touchpoint=large, version=large).status_code == 404
    assert not answers(engine)
