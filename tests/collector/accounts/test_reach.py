"""Where the owner of an account is told of cases and alerts."""

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text, update

from collector.accounts.tables import account
from collector.audit.tables import audit
from tests.collector.customers import hidden_fields, words
from tests.factories import Shop

Browser = Callable[[int], FlaskClient]


def choose(client: FlaskClient, email: str = "", phone: str = "", language: str = "pl", **more: str) -> str:
    """Fill in the form; returns what the page says then, in English."""
    form = hidden_fields(client.get("/account"), "/account/reach")
    typed = {"email": email, "phone": phone, "language": language, **more}
    return words(client.post("/account/reach", data={**form, **typed}, follow_redirects=True))


def kept(engine: Engine) -> tuple[str | None, str | None, str]:
    with engine.connect() as connection:
        row = connection.execute(select(account.c.email, account.c.phone, account.c.language)).one()
    return row.email, row.phone, row.language


def test_chosen_and_taken_back(browser: Browser, engine: Engine, riverside: Shop) -> None:
    client = browser(riverside.store)
    assert kept(engine) == (None, None, "en")
    # A number without its country is one of the store's.
    page = choose(client, " Olha@Example.ORG ", "050 123 45 67")
    assert "Kept. You hear of cases and alerts there from now on." in page
    assert kept(engine) == ("Olha@example.org", "+380501234567", "pl")
    assert 'value="+380501234567"' in client.get("/account").text
    assert "Kept. Nobody writes to you." in choose(client)
    assert kept(engine) == (None, None, "pl")


def test_an_open_screen_is_not_enough_for_another_address(browser: Browser, engine: Engine, riverside: Shop) -> None:
    client = browser(riverside.store)
    with engine.begin() as connection:
        connection.execute(text("UPDATE session SET created_at = now() - interval '20 minutes'"))
    assert "Sign in once more" in choose(client, "thief@example.org")  # who has no password has signed in just now
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse")
    with engine.begin() as connection:
        connection.execute(update(account).values(password=hashed))
    for typed in ({}, {"current": "wrong horse"}):
        assert "password is a different one" in choose(client, "thief@example.org", **typed)
    assert kept(engine) == (None, None, "en")
    assert "Kept." in choose(client, phone="+380501234567")
    assert "Kept." in choose(client, "olha@example.org", "+380501234567", current="correct horse")
    assert "Kept." in choose(client, "olha@example.org", "+380501234567", "en")
    assert kept(engine) == ("olha@example.org", "+380501234567", "en")
    with engine.connect() as connection:
        assert connection.scalars(select(audit.c.action)).all() == ["changed-reach"] * 2


@pytest.mark.parametrize(
    ("email", "phone", "against"),
    [
        ("olha", "", "Write an e-mail address"),
        ("+380501234567", "", "Write an e-mail address"),
        ("", "12", "Write a telephone number with its country"),
        ("", "olha@example.org", "Write a telephone number with its country"),
    ],
)
def test_what_is_no_address(
    browser: Browser, engine: Engine, riverside: Shop, email: str, phone: str, against: str
) -> None:
    client = browser(riverside.store)
    assert against in choose(client, email, phone)
    assert kept(engine) == (None, None, "en")


def test_only_languages_that_there_are(browser: Browser, engine: Engine, riverside: Shop) -> None:
    choose(browser(riverside.store), language="xx")
    assert kept(engine) == (None, None, "en")


def test_nobody_chooses_for_nobody(visitor: FlaskClient, browser: Browser, engine: Engine, riverside: Shop) -> None:
    client = browser(riverside.store)
    form = hidden_fields(client.get("/account"), "/account/reach")
    client.delete_cookie("smilepost")
    sent = client.post("/account/reach", data={**form, "email": "olha@example.org", "phone": "", "language": "uk"})
    assert sent.location == "/sign-in?next=/account/reach"
    assert kept(engine) == (None, None, "en")
