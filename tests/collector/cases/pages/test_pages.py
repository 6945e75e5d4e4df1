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
from collector.audit.tables import audit
from collector.cases.changes.by_clock import climb
from collector.cases.rules.policy import CasePolicy, Promise, Step
from collector.cases.tables import case_event
from collector.notify.tables import outbox
from collector.places.tables import place
from collector.policies.queries import give_policy
from collector.settings import Settings
from collector.surveys.definition import Nps, Stars
from printer.codes import Poster, Press
from tests.collector.customers import Phone, ask, case_code, code_of, form_of, hidden_fields, make_receipt, words
from tests.factories import NOW, Shop, make_account, make_kiosk, make_ratings, make_shop

Browser = Callable[[int], FlaskClient]
Complaint = tuple[int, str]
DAY = timedelta(hours=24)


def act(client: FlaskClient, case_id: int, action: str, **form: str) -> str:
    """Do something on a case's page; returns what the page then says."""
    page = client.get(f"/cases/{case_id}").text
    csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post(f"/cases/{case_id}/{action}", data={"csrf_token": csrf, **form})
    return words(answer if answer.location is None else client.get(answer.location))


def listed(client: FlaskClient, query: str = "") -> set[int]:
    """The numbers of the cases that the list shows."""
    return {int(number) for number in re.findall(r'href="/cases/(\d+)"', client.get(f"/cases?{query}").text)}


def at(app: Flask, moment: datetime) -> None:
    """The time is now this."""
    app.extensions["now"] = lambda: moment


def test_store_page_shows_the_case_at_once(browser: Browser, riverside: Shop, complaint: Complaint) -> None:
    case_id, _ = complaint
    page = browser(riverside.store).get(f"/stores/{riverside.store}")
    assert f"Yours 1 case #{case_id} answer due in 24 h Exit “Only one till was open.”" in words(page)
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
    assert "Came by poster" in words(page)
    assert "Writes in English" in words(page)
    assert "Riverside store nobody has taken it yet · goes up in 24 h, at 23 Nov 11:52" in words(page)
    assert "Region of Riverside region nobody is there: it is skipped" in words(page)
    assert "Everyone who sees Riverside" in words(page)
    assert "E-mail: that we have their message · on its way" in words(page)


def test_both_clocks_run(app: Flask, browser: Browser, engine: Engine, riverside: Shop, complaint: Complaint) -> None:
    case_id, _ = complaint
    with engine.begin() as connection:
        own = CasePolicy(steps=(Step(first_response=30, resolution=24 * 60),), promise=Promise(60, 48 * 60))
        give_policy(connection, riverside.store, "cases", own, "a test")
    client = browser(riverside.store)
    page = words(client.get(f"/cases/{case_id}"))
    assert "First answer Solution Here 30 min left, until 12:22 24 h left, until 23 Nov 11:52" in page
    assert "For the customer 60 min left, until 12:52 2 days left, until 24 Nov 11:52" in page
    at(app, NOW + timedelta(minutes=20))
    act(client, case_id, "reply", comment="We are sorry.")
    at(app, NOW + timedelta(minutes=90))
    act(client, case_id, "wait", comment="Which till was it?")
    page = words(client.get(f"/cases/{case_id}"))
    assert "Here in time, 12:12 stands still, 22 h left" in page
    assert "For the customer in time, 12:12 stands still, 46 h left" in page


def test_an_address_is_seen_by_whoever_asks_for_it_and_that_is_written_down(
    browser: Browser, phone: Phone, poster: str, engine: Engine, riverside: Shop
) -> None:
    phone.answer(poster, 4, contact="oksana@example.org", agrees=True)
    client = browser(riverside.store)
    page = client.get("/cases/1")
    assert "oksana" not in page.text
    assert "o•••@example.org Show only for this; erased on 20 February 2027" in words(page)
    with engine.connect() as connection:
        assert connection.execute(select(audit)).all() == []
        name = connection.scalars(select(account.c.name)).one()
    assert "oksana@example.org only for this; erased on 20 February 2027" in act(client, 1, "contact")
    assert "oksana" not in client.get("/cases/1").text
    with engine.connect() as connection:
        seen = connection.execute(select(audit.c.who, audit.c.action, audit.c.subject, audit.c.place_id)).all()
    assert seen == [(name, "saw-contact", "cases/1", riverside.store)]


def test_nobody_is_written_down_who_has_seen_nothing(
    browser: Browser, engine: Engine, riverside: Shop, complaint: Complaint
) -> None:
    case_id, _ = complaint
    assert "nobody by name; they have the case's link" in act(browser(riverside.store), case_id, "contact")
    with engine.connect() as connection:
        assert connection.execute(select(audit)).all() == []


def test_what_was_said_on_other_scales(browser: Browser, phone: Phone, poster: str, engine: Engine) -> None:
    with engine.begin() as connection:
        top = connection.scalars(select(place.c.id).where(place.c.parent_id.is_(None))).one()
        ask(connection, top, Nps(1, {"en": "Would you recommend us?"}), Stars(2, {"en": "And the staff?"}))
    phone.send(poster, form_of(phone.tap(poster, 3)), **{"reply-2": "4"})
    assert "Would you recommend us? 3 of 10 And the staff? 4 of 5" in words(browser(top).get("/cases/1"))


def test_take_remark_resolve(browser: Browser, engine: Engine, riverside: Shop, complaint: Complaint) -> None:
    case_id, _ = complaint
    client = browser(riverside.store)
    page = act(client, case_id, "take")
    with engine.connect() as connection:
        name = connection.execute(select(account.c.name)).scalar_one()
    assert f"taken by {name}" in page
    assert "Take it" not in page
    assert f"Responsible {name}" in page
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
    for action in ("resolve", "comment", "reply", "wait"):
        assert "Write a few words first." in act(client, case_id, action, comment="  ")
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
    with engine.connect() as connection:
        written = connection.execute(select(case_event.c.kind, case_event.c.author).order_by(case_event.c.id)).all()
    [(opened, _), (taken, winner)] = written
    assert (opened, taken) == ("opened", "taken")
    told = f"Somebody else was first: {winner} took it at 11:52. This is how the case stands now."
    assert sum(told in page for page in pages) == 1


def test_whoever_comes_second_keeps_their_words(browser: Browser, riverside: Shop, complaint: Complaint) -> None:
    case_id, _ = complaint
    first, second = browser(riverside.store), browser(riverside.region)
    form = hidden_fields(second.get(f"/cases/{case_id}"), "/resolve")
    act(first, case_id, "resolve", comment="A second till opens at five.")
    answer = second.post(f"/cases/{case_id}/resolve", data={**form, "comment": "We have more tills now."})
    assert answer.status_code == 409
    assert "resolved it at 11:52" in words(answer)
    assert "What you wrote was not sent: We have more tills now." in words(answer)
    assert "“We have more tills now.”" not in words(second.get(f"/cases/{case_id}"))


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
    with engine.begin() as connection:
        for place_id in (riverside.store, riverside.region):
            make_account(connection, place_id)
    phone.answer(poster, 4)
    at(app, NOW + DAY)
    climb(engine, settings, NOW + DAY)
    phone.answer(poster, 4)
    client = browser(riverside.organisation)
    page = words(client.get("/cases"))
    assert "All that wait (2) Mine Open (2) Overdue Resolved" in page
    assert "#1 with Region of Riverside, due in 24 h" in page
    assert "#2 answer due in 24 h" in page
    assert listed(client, "step=1") == listed(client, "overdue=1") == {1}
    assert listed(client, "step=0") == {2}
    assert "Cases (1)" in browser(riverside.region).get("/cases").text


def test_the_list_narrowed_down(
    browser: Browser, phone: Phone, poster: str, engine: Engine, settings: Settings, riverside: Shop
) -> None:
    phone.answer(poster, 4)
    with engine.begin() as connection:
        code = make_receipt(connection, riverside.store)
    phone.answer(code_of(engine, settings, code), 1, contact="oksana@example.org", agrees=True)
    client = browser(riverside.store)
    assert listed(client) == {1, 2}
    assert listed(client, "kind=question") == listed(client, "channel=receipt-qr") == {2}
    assert listed(client, "mine=1") == set()
    act(client, 1, "take")
    assert listed(client, "mine=1") == listed(client, "state=taken") == {1}
    act(client, 1, "resolve", comment="Mended.")
    assert listed(client) == {2}
    assert listed(client, "state=resolved") == listed(client, "resolved=1") == {1}
    assert listed(client, "state=resolved&kind=question") == set()
    # What nobody can mean changes nothing.
    assert listed(client, "state=x&step=x&kind=x&channel=x") == {2}


def test_what_a_customer_writes_after_it_was_resolved_comes_first(
    browser: Browser, phone: Phone, poster: str, riverside: Shop, complaint: Complaint
) -> None:
    case_id, code = complaint
    phone.answer(poster, 4)
    client = browser(riverside.store)
    act(client, case_id, "resolve", comment="Mended.")
    assert listed(client) == {2}
    phone.post(code, hidden_fields(phone.scan(code), 'value="add"') | {"text": "It is broken again."})
    page = client.get("/cases")
    assert "All that wait (2)" in words(page)
    assert re.findall(r'href="/cases/(\d+)"', page.text) == [str(case_id), "2"]
    assert "the customer has written" in words(page)
    assert "the customer has written" in words(client.get(f"/stores/{riverside.store}"))
    assert "Cases (2)" in words(page)
    act(client, case_id, "reply", comment="We come at once.")
    assert listed(client) == {2}


def test_a_bad_face_after_it_was_resolved_is_no_end(
    browser: Browser, phone: Phone, riverside: Shop, complaint: Complaint
) -> None:
    case_id, code = complaint
    client = browser(riverside.store)
    for button, expected in ((1, set()), (4, {case_id})):
        act(client, case_id, "resolve", comment="Mended.")
        phone.post(code, hidden_fields(phone.scan(code), 'value="recover"') | {"button": button})
        assert listed(client) == expected
        act(client, case_id, "reopen", comment="Once more.")


def test_a_case_found_by_its_number(browser: Browser, engine: Engine, riverside: Shop, complaint: Complaint) -> None:
    case_id, _ = complaint
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
    assert browser(riverside.store).get(f"/cases?number=%23{case_id}").location == f"/cases/{case_id}"
    for client, number in (
        (browser(hilltop.store), case_id),
        (browser(riverside.store), 999),
        (browser(riverside.store), 10**20),
    ):
        page = client.get(f"/cases?number={number}")
        assert "There is no case with this number at your place." in words(page)


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
    assert "Region of Riverside looks into it now." in page
    assert "23 November, 12:52 Somebody there takes care of it." in page
    assert "It is resolved. The answer: A second till opens at five." in page
    assert "Asked the shift." not in page
    with engine.connect() as connection:
        names = connection.scalars(select(account.c.name)).all()
    assert not any(name in page for name in names)
    page = words(phone.scan(code, lang="uk"))
    assert "23 листопада, 11:52" in page
    assert "Region of Riverside" in page


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
