"""What is at risk and what was saved, with its formula."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, update

from collector.cases.tables import case_event, cases
from collector.insights.asked import Asked
from collector.money.forms import filled
from collector.money.policy import MoneyPolicy, Worth
from collector.money.voices import Customers, customers_below
from collector.policies.queries import give_policy
from collector.settings import Settings
from collector.surveys.tables import answer
from printer.codes import Poster
from tests.collector.customers import Phone, code_of, words
from tests.collector.pages import send
from tests.factories import NOW, Shop, make_shop

Browser = Callable[..., FlaskClient]
WORTH = Worth("EUR", 40, 6, 2.5, 20)
FORM = {"currency": "eur", "average_order": "40", "purchases_a_year": "6", "years": "2,5", "leave_percent": "20"}


def test_the_formula() -> None:
    assert WORTH.of_customer == 600
    assert WORTH.of(5) == 600  # a fifth of five leaves
    assert WORTH.of(0) == 0


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("average_order", "0"),
        ("average_order", "many"),
        ("average_order", "nan"),
        ("average_order", "1e9"),
        ("years", "101"),
        ("leave_percent", "12.5"),
        ("leave_percent", "101"),
        ("currency", "EURO"),
        ("currency", "QQQ"),
    ],
)
def test_what_does_not_fit(name: str, typed: str) -> None:
    assert filled({**FORM, name: typed}).wrong == {name}


def test_what_is_typed() -> None:
    assert filled(FORM).policy == MoneyPolicy(WORTH)
    assert filled({**FORM, "average_order": "1 204,50"}).policy == MoneyPolicy(Worth("EUR", 1204.5, 6, 2.5, 20))


def complain(engine: Engine, phone: Phone, poster: str) -> None:
    """Oksana has two problems, of which one is solved; three others have one each."""
    for contact in ("oksana@example.org", "oksana@example.org", "", "taras@example.org", ""):
        given = {"contact": contact, "agrees": True} if contact else {}
        phone.answer(poster, 4, comment="Cold soup, and nobody came.", **given)
    phone.answer(poster, 1, comment="Fine.")
    with engine.begin() as connection:
        # Cases 1 … 5, the last of an answer that has none; by hand there is one more.
        connection.execute(update(cases).where(cases.c.id.in_([1, 3])).values(state="resolved", resolved_at=NOW))
        connection.execute(insert(case_event).values(case_id=3, kind="confirmed", author="", step=0))


def test_unhappy_customers_and_what_became_of_them(engine: Engine, phone: Phone, poster: str, riverside: Shop) -> None:
    complain(engine, phone, poster)
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
        here = {"store_id": riverside.store, "place_id": riverside.store, "state": "open"}
        for number, kind in enumerate(("complaint", "question")):
            values = {**here, "identity": f"hand:{number}", "kind": kind, "opened_at": NOW}
            connection.execute(insert(cases).values(values))
        merged = {"state": "merged", "merged_into": 3}
        connection.execute(update(cases).where(cases.c.id == 5).values(merged))
    asked = Asked(riverside.organisation, NOW.date() - timedelta(days=27), NOW.date())
    with engine.connect() as connection:
        found = customers_below(connection, asked, ZoneInfo("Europe/Kyiv"))
    by_store = {each.place_id: each.customers for each in found.places if each.kind == "store"}
    # Oksana, Taras, and whoever rang; two are resolved, one of them by being the same as another.
    assert by_store == {riverside.store: Customers(3, 3, 2, 1), hillside.store: Customers()}
    assert found.together == Customers(3, 3, 2, 1)
    with engine.begin() as connection:
        connection.execute(update(answer).values(mark=1))  # spam
        earlier = Asked(riverside.store, NOW.date() - timedelta(days=60), NOW.date() - timedelta(days=30))
        assert customers_below(connection, asked, ZoneInfo("Europe/Kyiv")).together == Customers(1, 1)
        assert customers_below(connection, earlier, ZoneInfo("Europe/Kyiv")).together == Customers()


def test_who_complains_at_two_stores_is_one_customer(
    engine: Engine, settings: Settings, phone: Phone, poster: str, riverside: Shop
) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    for code in (poster, code_of(engine, settings, Poster(hillside.exit))):
        phone.answer(code, 4, comment="Cold soup, and nobody came.", contact="oksana@example.org", agrees=True)
    asked = Asked(riverside.organisation, NOW.date(), NOW.date())
    with engine.connect() as connection:
        found = customers_below(connection, asked, ZoneInfo("Europe/Kyiv"))
    assert found.together == Customers(1, 1)
    assert [(each.kind, each.depth, each.customers) for each in found.places] == [
        *(("region", 1, Customers(1, 1)), ("store", 2, Customers(1, 1))),
        *(("region", 1, Customers(1, 1)), ("store", 2, Customers(1, 1))),
    ]


def test_the_page(engine: Engine, browser: Browser, phone: Phone, poster: str, riverside: Shop) -> None:
    complain(engine, phone, poster)
    with engine.begin() as connection:
        make_shop(connection, "Hillside", beside=riverside)
    office, path = browser(riverside.organisation, "head-office"), f"/places/{riverside.organisation}/money"
    assert "Nobody has said yet what a customer is worth here." in words(office.get(path))
    wrong = send(office, path, **{**FORM, "years": "for ever"})
    assert wrong.status_code == 422
    assert 'value="for ever"' in wrong.text
    assert send(office, path, **FORM).status_code == 302
    page = words(office.get(path))
    assert "At risk €360 3 unhappy customers whose problems nobody has resolved" in page
    assert "Saved €120 1 customer whose case is resolved" in page
    assert "an order of €40 × 6 purchases a year × 2.5 years = €600." in page
    assert "At risk: 3 customers × 20 % who leave × €600 = €360." in page
    assert "Riverside €360 3 customers €120 1 customer " in page
    send(office, path, **{**FORM, "average_order": "12,50", "years": "1,3", "purchases_a_year": "10"})
    page = words(office.get(path))
    assert "an order of €12.50 × 10 purchases a year × 1.3 years = €162.50." in page
    assert "At risk: 3 customers × 20 % who leave × €162.50 = €98." in page
    send(office, path, **FORM)
    store = browser(riverside.store, "store")
    assert "At risk €360" in words(store.get(f"/places/{riverside.store}/money"))
    assert "Reckon so" not in store.get(f"/places/{riverside.store}/money").text
    assert store.get(path).status_code == 404


def test_a_place_below_may_have_its_own(engine: Engine, browser: Browser, riverside: Shop) -> None:
    with engine.begin() as connection:
        give_policy(connection, riverside.organisation, "money", MoneyPolicy(WORTH), "a test")
    office, path = browser(riverside.organisation), f"/places/{riverside.store}/money"
    send(office, path, **{**FORM, "currency": "UAH"})
    assert "UAH" in office.get(path).text
    send(office, path, above="1")
    assert "€40" in words(office.get(path))
