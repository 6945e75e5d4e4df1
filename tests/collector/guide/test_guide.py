"""The guide looks at each step anew, and says what is open and where to do it."""

from collections.abc import Callable
from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, select, update

from collector.accounts.sessions import COOKIE, make_sign_in_link
from collector.accounts.tables import account
from collector.cases.people import unknown_names
from collector.cases.rules.policy import CasePolicy
from collector.contacts.queries import visible_messages
from collector.guide import proofs
from collector.guide.organisation import Organisation, organisation_of
from collector.guide.steps import State, steps
from collector.places.tables import place, touchpoint
from collector.places.tree import add_place
from collector.policies.queries import policy_at
from collector.queue.tables import job
from collector.settings import Settings
from collector.slips.tables import printer
from collector.surveys.default import ensure_default
from collector.surveys.queries import survey_at
from tests.collector.pages import send
from tests.factories import NOW, Shop, make_account, make_kiosk, make_session


def test_from_nothing_to_a_shop_that_hears_its_customers(app: Flask, engine: Engine, settings: Settings) -> None:
    def states(top: int, **changed: str) -> dict[str, State]:
        with app.test_request_context(), engine.connect() as connection:
            return {each.name: each.state for each in steps(connection, replace(settings, **changed), top, NOW)}

    with engine.begin() as connection:
        top = add_place(connection, "organisation", "Hearth")
        owner = make_account(connection, top, "owner")
    assert set(states(top).values()) == {"open", "wait"}
    with app.test_request_context(), engine.connect() as connection:
        unsaid = [each.name for each in steps(connection, settings, top, NOW) if each.said == "First a store."]
    assert unsaid == ["hours", "touchpoints", "ladder"]
    with engine.begin() as connection:
        store = add_place(connection, "store", "Riverside", top)
        ensure_default(connection)
        connection.execute(insert(touchpoint).values(store_id=store, name="Exit", position=1))
    found = states(top)
    assert (found["places"], found["touchpoints"], found["survey"], found["hours"]) == ("done", "done", "done", "open")
    with engine.begin() as connection:
        week = {"mon": [["09:00", "21:00"]]}
        connection.execute(update(place).where(place.c.id == store).values(opening_hours=week))
        known = {"password": "a hash", "email": "owner@example.org"}
        make_account(connection, store, role="email-only")
        connection.execute(update(account).where(account.c.role == "email-only").values(email="till@example.org"))
    assert states(top)["ladder"] == "open"  # who gets reports does not hear of cases
    with engine.begin() as connection:
        connection.execute(update(account).where(account.c.id == owner).values(known))
        make_account(connection, store, password="a hash")
        exit_id = connection.execute(touchpoint.select()).one().id
        make_kiosk(
            connection,
            Shop(
                top,
                top,
                store,
                exit_id,
                exit_id,
                connection.exec_driver_sql("SELECT min(id) FROM question").scalar_one(),
            ),
        )
        connection.execute(
            insert(printer).values(store_id=store, name="Counter", address="tcp://192.0.2.1:9100", profile="epson-80")
        )
    outside = {"url": "https://feedback.example.org"}
    mail = {"smtp": "smtps://mail.example.org", "mail_from": "shop@example.org"}
    found = states(top, **outside, **mail)
    # What only a person or a printer can say is not done by having been set up.
    assert [name for name, state in found.items() if state != "done"] == ["organisation", "printers", "mail"]
    with engine.begin() as connection:
        printed = {"kind": "print", "target": "printer/1", "key": "a", "payload": {}, "expires_at": NOW}
        connection.execute(insert(job).values(**printed, state="done"))
        proofs.prove(connection, proofs.ORGANISATION, "owner", NOW)
        proofs.prove(connection, "mail/shop@example.org", "owner", NOW)
    assert set(states(top, **outside, **mail).values()) == {"done"}
    # Mail from another sender was seen by nobody yet; nobody of a place that was taken out hears of cases.
    assert states(top, **outside, **{**mail, "mail_from": "other@example.org"})["mail"] == "open"
    with engine.begin() as connection:
        connection.execute(update(account).where(account.c.id == owner).values(place_id=store, role="store"))
        connection.execute(update(place).where(place.c.id == store).values(ended_at=NOW))
        assert unknown_names(connection, ["owner"]) == ["owner"]
        connection.execute(update(place).where(place.c.id == store).values(ended_at=None))
        assert unknown_names(connection, [connection.scalar(select(account.c.name).where(account.c.id == owner))]) == []


def test_a_test_message_goes_to_whoever_asks_once(
    make_app: Callable[..., Flask], engine: Engine, riverside: Shop
) -> None:
    client = make_app(smtp="smtp://localhost:2525", mail_from="shop@example.org").test_client()
    with engine.begin() as connection:
        client.set_cookie(COOKIE, make_session(connection, riverside.organisation))
    page = client.get("/set-up").text
    assert "Send me a test message" in page
    answer = send(client, "/set-up", "/set-up/test-message", key="a-form")
    assert answer.headers["Location"] == "/account"  # it has no address yet
    with engine.begin() as connection:
        connection.execute(update(account).values(email="owner@example.org"))
    for _ in range(2):
        send(client, "/set-up", "/set-up/test-message", key="a-form")
    with engine.connect() as connection:
        told = visible_messages(connection, riverside.organisation, limit=10)
        assert [each.content["what"] for each in told] == ["test"]
    assert "It came" not in client.get("/set-up").text
    with engine.begin() as connection:
        connection.execute(update(job).values(state="done", finished_at=NOW))
    page = client.get("/set-up").text
    assert "The mail server took the test message, 11:52. Did it come?" in page
    assert "It came" in page
    send(client, "/set-up", "/set-up/mail-came")
    assert "has seen it arrive, 11:52." in client.get("/set-up").text


def test_the_organisation_itself_is_looked_through(
    browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop
) -> None:
    owner, path = browser(riverside.organisation), "/set-up/organisation"
    form = {"name": "Hearth", "time_zone": "Europe/Warsaw", "language": "pl", "currency": "pln"}
    wrong = send(owner, path, **{**form, "currency": "zł", "time_zone": "Warsaw"})
    assert wrong.status_code == 422
    assert wrong.text.count('class="against"') == 2
    assert send(owner, path, **form).location == "/set-up#organisation"
    assert "It is called Hearth." in owner.get("/set-up").text
    with engine.connect() as connection:
        assert organisation_of(connection, riverside.organisation) == Organisation(
            "Hearth", "Europe/Warsaw", "pl", "PLN"
        )
        assert policy_at(connection, riverside.store, "cases", CasePolicy).compensation.currency == "PLN"
    log = owner.get("/audit").text
    assert "Compensation, Currency: UAH → PLN" in log
    count = log.count("changed")
    send(owner, path, **form)  # nothing else: nothing is written down
    assert owner.get("/audit").text.count("changed") == count
    assert browser(riverside.region).get(path).status_code == 404


def test_who_sets_an_empty_installation_up_begins_there(app: Flask, engine: Engine) -> None:
    def after_link(name: str) -> str:
        with engine.begin() as connection:
            link = f"/sign-in/link/{make_sign_in_link(connection, name)}"
        client = app.test_client()
        assert send(client, link).location == "/"
        return str(client.get("/").location)

    with engine.begin() as connection:
        top = add_place(connection, "organisation", "Hearth")
        make_account(connection, top, "owner")
        make_account(connection, top, "office", role="head-office")
    assert (after_link("owner"), after_link("office")) == ("/set-up", f"/places/{top}/today")
    with engine.begin() as connection:
        store = add_place(connection, "store", "Riverside", top)
    assert after_link("owner") == f"/stores/{store}"


def test_only_for_those_who_set_the_organisation_up(browser: Callable[..., FlaskClient], riverside: Shop) -> None:
    assert browser(riverside.organisation, role="head-office").get("/set-up").status_code == 403


def test_a_sample_is_made_once_and_taken_out_like_any_other(
    browser: Callable[..., FlaskClient], engine: Engine
) -> None:
    with engine.begin() as connection:
        top = add_place(connection, "organisation", "Hearth", time_zone="Europe/Warsaw")
    owner = browser(top)
    assert "Make a small sample" in owner.get("/set-up").text

    def stores() -> list[str]:
        query = select(place).where(place.c.kind == "store", place.c.ended_at.is_(None)).order_by(place.c.name)
        with engine.connect() as connection:
            rows = connection.execute(query).all()
        assert {(each.time_zone, bool(each.opening_hours)) for each in rows} <= {("Europe/Warsaw", True)}
        return [each.name for each in rows]

    expected = ["Hillside (sample)", "Riverside (sample)", "Station (sample)"]
    for _ in range(2):
        send(owner, "/places", "/set-up/sample")
        assert stores() == expected
    assert "Make a small sample" not in owner.get("/set-up").text
    with engine.connect() as connection:
        ways = connection.execute(select(touchpoint).order_by(touchpoint.c.store_id, touchpoint.c.position)).all()
        region = connection.scalar(select(place.c.id).where(place.c.kind == "region"))
        assert survey_at(connection, ways[0].store_id, NOW).name == "After a visit"
    assert [each.name for each in ways] == ["Entrance", "Checkout", "Exit"] * 3
    send(owner, f"/places/{region}", f"/places/{region}/end")
    assert stores() == []
    send(owner, "/places", "/set-up/sample")
    assert stores() == expected
    office = browser(top, role="head-office")
    assert send(office, "/places", "/set-up/sample").status_code == 403
