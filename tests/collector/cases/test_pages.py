"""Cases in the console, and what their customers see of them."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from collector.accounts.tables import account
from collector.cases.ladder import climb
from collector.cases.tables import case_event
from collector.notify.tables import outbox
from collector.settings import Settings
from printer.codes import Poster, Press
from tests.collector.customers import Phone, case_code, code_of, words
from tests.factories import NOW, Shop, make_kiosk, make_ratings, make_shop

Browser = Callable[[int], FlaskClient]
Complaint = tuple[int, str]
DAY = timedelta(hours=24)


def act(client: FlaskClient, case_id: int, action: str, **form: str) -> str:
    """Do something on a case's page; returns what the page then says."""
    page = client.get(f"/cases/{case_id}").text
    csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post(f"/cases/{case_id}/{action}", data={"csrf_token": csrf, **form})
    assert answer.location == f"/cases/{case_id}"
    return words(client.get(f"/cases/{case_id}"))


def at(app: Flask, moment: datetime) -> None:
    """The time is now this."""
    app.extensions["now"] = lambda: moment


def test_store_page_shows_the_case_at_once(browser: Browser, riverside: Shop, complaint: Complaint) -> None:
    case_id, _ = complaint
    page = browser(riverside.store).get(f"/stores/{riverside.store}")
    assert f"Yours 1 case #{case_id} answer due in 24 h · Exit “Only one till was open.”" in words(page)
    assert "very bad · Exit “Only one till was open.” → take it" in words(page)
    assert f'<a href="/cases/{case_id}">take it</a>' in page.text
    assert "Cases (1)" in page.text


def test_the_rating_of_a_press_leads_to_its_case(
    browser: Browser, phone: Phone, engine: Engine, settings: Settings, riverside: Shop
) -> None:
    with engine.begin() as connection:
        cursor = make_kiosk(connection, riverside)
        make_ratings(connection, cursor, [3], happened=NOW)
    phone.answer(code_of(engine, settings, Press(cursor, 1)), comment="Cold soup.")
    page = words(browser(riverside.store).get(f"/stores/{riverside.store}"))
    assert "bad · Exit “Cold soup.” → take it" in page
    assert "1 rating" in page


def test_a_case_on_its_page(browser: Browser, phone: Phone, poster: str, riverside: Shop) -> None:
    phone.answer(poster, 3, reasons=[2], comment="Nobody <helped>.", contact="oksana@example.org", agrees=True)
    page = browser(riverside.store).get("/cases/1")
    assert "Nobody <helped>. Service" in words(page)
    assert "&lt;helped&gt;" in page.text
    assert "oksana@example.org only for this; erased on 20 February 2027" in words(page)
    assert "Came by poster" in words(page)
    assert "Riverside store nobody has taken it yet · goes up in 24 h, at 23 Nov 11:52" in words(page)
    assert "Region of Riverside region Smilepost head office" in words(page)


def test_take_remark_resolve(browser: Browser, engine: Engine, riverside: Shop, complaint: Complaint) -> None:
    case_id, _ = complaint
    client = browser(riverside.store)
    page = act(client, case_id, "take")
    with engine.connect() as connection:
        name = connection.execute(select(account.c.name)).scalar_one()
    assert f"taken by {name}" in page
    assert "Take it" not in page
    assert f"{name} remarked: “Asked the shift.”" in act(client, case_id, "comment", comment="Asked the shift.")
    page = act(client, case_id, "resolve", comment="A second till opens at five.")
    assert f"{name} resolved it: “A second till opens at five.”" in page
    assert "resolved 11:52" in page
    listed = words(client.get("/cases"))
    assert "No customer waits for an answer." in listed
    assert f"#{case_id}" in words(client.get("/cases?resolved=1"))


def test_words_are_needed(browser: Browser, riverside: Shop, complaint: Complaint) -> None:
    case_id, _ = complaint
    client = browser(riverside.store)
    assert "Write what the customer shall read" in act(client, case_id, "resolve", comment="  ")
    assert "Write a few words first." in act(client, case_id, "comment")
    assert "Take it" in words(client.get(f"/cases/{case_id}"))


@pytest.mark.parametrize(("action", "kind"), [("comment", "commented"), ("resolve", "resolved")])
def test_a_double_tap_is_one_change(
    browser: Browser, engine: Engine, riverside: Shop, complaint: Complaint, action: str, kind: str
) -> None:
    case_id, _ = complaint
    client = browser(riverside.store)
    page = client.get(f"/cases/{case_id}").text
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    for _ in range(2):
        client.post(f"/cases/{case_id}/{action}", data={**form, "comment": "A second till opens at five."})
    assert "Somebody else was first." not in words(client.get(f"/cases/{case_id}"))
    with engine.connect() as connection:
        written = connection.execute(select(case_event.c.kind, case_event.c.comment).order_by(case_event.c.id)).all()
        told = connection.scalars(select(outbox.c.type).order_by(outbox.c.id)).all()
    assert written == [("opened", None), (kind, "A second till opens at five.")]
    assert told == ["smilepost.case.opened", f"smilepost.case.{kind}"]


def test_other_words_on_a_page_that_was_sent_are_another_remark(
    browser: Browser, riverside: Shop, complaint: Complaint
) -> None:
    case_id, _ = complaint
    client = browser(riverside.store)
    page = client.get(f"/cases/{case_id}").text
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    for remark in ("Asked the shift.", "Asked the baker."):
        client.post(f"/cases/{case_id}/comment", data={**form, "comment": remark})
    page = words(client.get(f"/cases/{case_id}"))
    assert "“Asked the shift.”" in page
    assert "“Asked the baker.”" in page


def test_two_who_take_it_at_once(browser: Browser, engine: Engine, riverside: Shop, complaint: Complaint) -> None:
    case_id, _ = complaint
    clients = [browser(riverside.store), browser(riverside.region)]
    with ThreadPoolExecutor() as people:
        pages = list(people.map(lambda client: act(client, case_id, "take"), clients))
    assert sum("Somebody else was first." in page for page in pages) == 1
    with engine.connect() as connection:
        kinds = connection.scalars(select(case_event.c.kind).order_by(case_event.c.id)).all()
    assert kinds == ["opened", "taken"]


def test_forms_come_from_our_own_pages(browser: Browser, riverside: Shop, complaint: Complaint) -> None:
    case_id, _ = complaint
    assert browser(riverside.store).post(f"/cases/{case_id}/take").status_code == 400


def test_a_places_people_see_their_cases_and_those_below(
    browser: Browser, visitor: FlaskClient, engine: Engine, riverside: Shop, complaint: Complaint
) -> None:
    case_id, _ = complaint
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
    assert visitor.get(f"/cases/{case_id}").status_code == 302
    assert visitor.get("/cases").status_code == 302
    for place_id in (riverside.store, riverside.region, riverside.organisation):
        client = browser(place_id)
        assert client.get(f"/cases/{case_id}").status_code == 200
        assert f"#{case_id}" in client.get("/cases").text
    for place_id in (hilltop.store, hilltop.region):
        client = browser(place_id)
        assert client.get(f"/cases/{case_id}").status_code == 404
        assert f"#{case_id}" not in client.get("/cases").text
        token = client.get("/account").text.split('name="csrf_token" value="')[1].split('"')[0]
        assert client.post(f"/cases/{case_id}/take", data={"csrf_token": token}).status_code == 404


def test_the_list_by_whose_turn_it_is(
    app: Flask, browser: Browser, phone: Phone, poster: str, engine: Engine, settings: Settings, riverside: Shop
) -> None:
    phone.answer(poster, 4)
    at(app, NOW + DAY)
    climb(engine, settings, NOW + DAY)
    phone.answer(poster, 4)
    client = browser(riverside.organisation)
    page = words(client.get("/cases"))
    assert "All that wait (2) with the store (1) with the region (1) Resolved" in page
    assert "#1 with Region of Riverside, due in 24 h" in page
    assert "#2 answer due in 24 h" in page
    assert "#2" not in client.get("/cases?step=1").text
    assert "Cases (1)" in browser(riverside.region).get("/cases").text


def test_customers_link_tells_how_far_it_is_and_no_name(
    app: Flask,
    phone: Phone,
    browser: Browser,
    engine: Engine,
    settings: Settings,
    complaint: Complaint,
    riverside: Shop,
) -> None:
    case_id, code = complaint
    page = words(phone.scan(code))
    assert "Riverside What happens with your message You wrote: Only one till was open." in page
    assert "22 November, 11:52 We have your message. Somebody of the shop looks at it next." in page
    climb(engine, settings, NOW + DAY)
    at(app, NOW + DAY + timedelta(hours=1))
    client = browser(riverside.region)
    act(client, case_id, "take")
    act(client, case_id, "comment", comment="Asked the shift.")
    act(client, case_id, "resolve", comment="A second till opens at five.")
    page = words(phone.scan(code))
    assert "23 November, 11:52 The regional manager looks into it now." in page
    assert "23 November, 12:52 Somebody there takes care of it." in page
    assert "It is resolved. The answer: A second till opens at five." in page
    assert "Asked the shift." not in page
    with engine.connect() as connection:
        names = connection.scalars(select(account.c.name)).all()
    assert not any(name in page for name in names)
    assert "23 листопада, 11:52 Тепер ним займається регіональний керівник." in words(phone.scan(code, lang="uk"))


def test_customers_link_cannot_be_made_up(phone: Phone, complaint: Complaint) -> None:
    _, code = complaint
    other = "A" if code[10] != "A" else "C"
    assert phone.scan(code[:10] + other + code[11:]).status_code == 404


@pytest.mark.parametrize("button", [1, 4])
def test_one_case_for_one_answer(
    phone: Phone, engine: Engine, settings: Settings, riverside: Shop, button: int
) -> None:
    code = code_of(engine, settings, Poster(riverside.exit))
    form = phone.form(code)
    pages = [phone.send(code, form, button, comment="Hm.") for _ in range(3)]
    assert {page.status_code for page in pages} == {200}
    if button == 4:
        assert len({case_code(page) for page in pages}) == 1
