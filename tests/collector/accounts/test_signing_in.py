"""Signing in by password and by link, staying signed in, and signing out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, text, update

from collector.accounts import passwords
from collector.accounts.sessions import COOKIE, forget_expired, make_sign_in_link, open_session
from collector.accounts.tables import account, session, sign_in_link
from collector.database import connect
from collector.settings import Settings
from tests.collector.pages import send
from tests.factories import Shop, make_account

pytestmark = pytest.mark.usefixtures("cheap_passwords")

PASSWORD = "correct horse battery"


@pytest.fixture
def olha(engine: Engine, riverside: Shop) -> int:
    with engine.begin() as connection:
        return make_account(connection, riverside.store, "olha", passwords.hash_password(PASSWORD))


@pytest.fixture
def link(engine: Engine, olha: int) -> str:
    with engine.begin() as connection:
        return f"/sign-in/link/{make_sign_in_link(connection, 'olha')}"


def pass_the_wait(engine: Engine) -> None:
    """As if everybody who must wait had waited."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE sign_in_try SET wait_until = now()"))


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/kiosks").status_code == 200


def test_pages_ask_to_sign_in_and_lead_back(visitor: FlaskClient, olha: int) -> None:
    asked = visitor.get("/kiosks?x=1")
    assert asked.status_code == 302
    assert asked.location == "/sign-in?next=/kiosks?x%3D1"
    assert send(visitor, asked.location, name="olha", password=PASSWORD).location == "/kiosks?x=1"
    assert is_signed_in(visitor)


@pytest.mark.parametrize("onward", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "x"])
def test_leads_nowhere_outside(visitor: FlaskClient, olha: int, onward: str) -> None:
    page = f"/sign-in?next={onward}"
    assert send(visitor, page, name="olha", password=PASSWORD).location == "/"


@pytest.mark.parametrize(("name", "password"), [("olha", "wrong horse"), ("nobody", PASSWORD), ("", ""), ("olha", "")])
def test_wrong_pairs_get_one_answer(visitor: FlaskClient, olha: int, name: str, password: str) -> None:
    answer = send(visitor, "/sign-in", name=name, password=password)
    assert answer.status_code == 403
    assert "do not belong together" in answer.text
    assert not is_signed_in(visitor)


def test_unknown_names_cost_as_much_as_wrong_passwords(visitor: FlaskClient, olha: int) -> None:
    with patch.object(passwords, "_hasher", wraps=passwords._hasher) as hasher:
        for name in ("nobody", "olha"):
            send(visitor, "/sign-in", name=name, password="wrong horse")
    assert hasher.verify.call_count == 2


def test_account_without_password_cannot_sign_in_with_one(
    visitor: FlaskClient, engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        make_account(connection, riverside.organisation, "owner")
    assert send(visitor, "/sign-in", name="owner", password="").status_code == 403


def test_each_wrong_try_after_some_waits_longer_and_right_ones_do_not_count(
    app: Flask, engine: Engine, olha: int
) -> None:
    client = app.test_client()
    for _ in range(4):
        assert send(client, "/sign-in", name="olha", password="wrong horse").status_code == 403
    assert send(client, "/sign-in", name="olha", password=PASSWORD).status_code == 302
    client = app.test_client()
    for expected in (1, 2, 4, 8):
        wrong = 0
        while send(client, "/sign-in", name="olha", password="wrong horse").status_code == 403:
            wrong += 1
        refused = send(client, "/sign-in", name="olha", password=PASSWORD)
        assert refused.status_code == 429
        assert wrong == (5 if expected == 1 else 1)
        assert expected - 1 <= int(refused.headers["Retry-After"]) <= expected + 1
        assert "That was tried often. Wait " in refused.text
        pass_the_wait(engine)
    assert send(client, "/sign-in", name="olha", password=PASSWORD).status_code == 302


def test_strangers_do_not_lock_an_owner_out(app: Flask, engine: Engine, olha: int, link: str) -> None:
    own, stranger = app.test_client(), app.test_client()
    send(own, "/sign-in", name="olha", password=PASSWORD)
    while send(stranger, "/sign-in", name="olha", password="wrong horse").status_code == 403:
        pass
    # At a browser where nobody was yet, even the owner waits; at their own they do not, and by a link neither.
    assert send(app.test_client(), "/sign-in", name="olha", password=PASSWORD).status_code == 429
    assert send(own, "/sign-in", name="olha", password=PASSWORD).status_code == 302
    assert send(app.test_client(), link).status_code == 302
    # That browser is known for this name alone, and guessing there is slowed down as well.
    assert send(own, "/sign-in", name="petro", password="x").status_code == 403
    tries = [send(own, "/sign-in", name="olha", password="wrong horse").status_code for _ in range(6)]
    assert tries == [403] * 5 + [429]


def test_one_address_cannot_try_many_names(app: Flask, olha: int) -> None:
    client = app.test_client()
    for number in range(30):
        assert send(client, "/sign-in", name=f"name-{number}", password="wrong horse").status_code == 403
    assert send(client, "/sign-in", name="one more", password="wrong horse").status_code == 429


def test_forms_from_elsewhere_are_refused(visitor: FlaskClient, olha: int, link: str) -> None:
    for path in ("/sign-in", "/sign-out", "/account", link):
        answer = visitor.post(path, data={"name": "olha", "password": PASSWORD})
        assert answer.status_code == 400
        assert "Open it anew" in answer.text
    assert not is_signed_in(visitor)


def test_looking_at_a_link_uses_nothing_up_pressing_its_button_does(app: Flask, link: str) -> None:
    scanner, person, thief = app.test_client(), app.test_client(), app.test_client()
    for _ in range(3):
        assert scanner.get(link).status_code == 200
        assert scanner.head(link).status_code == 200
    stolen = thief.get(link)
    assert send(person, link).location == "/"
    assert is_signed_in(person)
    token = stolen.text.split('name="csrf_token" value="')[1].split('"')[0]
    late = thief.post(link, data={"csrf_token": token})
    assert late.status_code == 410
    assert "used up" in late.text
    assert not is_signed_in(thief)
    assert person.get(link).status_code == 410


def test_a_link_lives_fifteen_minutes(visitor: FlaskClient, engine: Engine, link: str) -> None:
    with engine.begin() as connection:
        left = connection.scalar(text("SELECT expires_at - now() FROM sign_in_link"))
        assert 14.9 * 60 < left.total_seconds() <= 15 * 60
        connection.execute(text("UPDATE sign_in_link SET expires_at = now()"))
    assert visitor.get(link).status_code == 410
    assert visitor.get("/sign-in/link/never-made").status_code == 410


def test_link_for_nobody(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(LookupError):
        make_sign_in_link(connection, "nobody")


def test_the_cookie_is_kept_from_scripts_and_other_sites(app: Flask, link: str) -> None:
    client = app.test_client()
    cookies = send(client, link).headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} >= {COOKIE}
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Secure" not in cookie


def test_over_https_cookies_stay_on_https_and_nobody_else_can_set_them(
    make_app: Callable[..., Flask], olha: int
) -> None:
    client = make_app(url="https://shop.example").test_client()
    answer = send(client, "https://shop.example/sign-in", name="olha", password=PASSWORD)
    cookies = answer.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {
        f"__Host-{COOKIE}", f"__Host-{COOKIE}-forms", f"__Host-{COOKIE}-known"
    }  # fmt: skip
    for cookie in cookies:  # what browsers ask of a name with that prefix
        assert "; Secure" in cookie
        assert "; Path=/" in cookie
        assert "Domain" not in cookie
    page = client.get("https://shop.example/kiosks")
    assert page.status_code == 200
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    # A cookie of the plain name, which another host of the domain may have set, is nobody's.
    thief = make_app(url="https://shop.example").test_client()
    thief.set_cookie(COOKIE, client.get_cookie(f"__Host-{COOKIE}", "shop.example").value, domain="shop.example")
    assert thief.get("https://shop.example/kiosks").status_code == 302
    client.post("https://shop.example/sign-out", data={"csrf_token": token})
    assert client.get("https://shop.example/kiosks").status_code == 302


def test_the_database_knows_no_secret(app: Flask, engine: Engine, link: str) -> None:
    client = app.test_client()
    send(client, link)
    secret = client.get_cookie(COOKIE).value
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT digest FROM session UNION SELECT digest FROM sign_in_link")).all()
    assert len(kept) == 2
    assert secret.encode() not in b"".join(bytes(digest) for (digest,) in kept)


def test_signing_out_ends_the_session_everywhere_it_was_copied_to(app: Flask, link: str) -> None:
    client, copy = app.test_client(), app.test_client()
    send(client, link)
    copy.set_cookie(COOKIE, client.get_cookie(COOKIE).value)
    assert is_signed_in(copy)
    page = client.get("/kiosks").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    assert client.post("/sign-out", data={"csrf_token": token}).location == "/sign-in"
    assert not is_signed_in(client)
    assert not is_signed_in(copy)


def test_a_session_ends_when_nobody_comes_for_a_fortnight_and_at_the_latest_after_ninety_days(
    app: Flask, engine: Engine, link: str
) -> None:
    client = app.test_client()
    send(client, link)

    def change(**values: Any) -> None:
        with engine.begin() as connection:
            connection.execute(update(session).values(values))

    with engine.connect() as connection:
        left = connection.scalar(text("SELECT expires_at - now() FROM session"))
    assert 89.9 < left.total_seconds() / 86400 <= 90
    change(seen_at=func.now() - timedelta(days=13, hours=23))
    assert is_signed_in(client)
    with engine.connect() as connection:  # whoever comes is seen, to some minutes
        times = connection.execute(text("SELECT now() - s.seen_at, now() - a.seen_at FROM session s, account a")).one()
    assert all(ago.total_seconds() < 60 for ago in times)
    change(seen_at=func.now() - timedelta(days=14))
    assert not is_signed_in(client)
    change(seen_at=func.now())
    assert is_signed_in(client)
    change(expires_at=func.now())
    assert not is_signed_in(client)


@pytest.mark.parametrize("change", [{"ended_at": func.now()}, {"role": "email-only"}])
def test_whoever_may_come_no_more_is_out_at_once(
    app: Flask, engine: Engine, olha: int, link: str, change: dict[str, Any]
) -> None:
    client = app.test_client()
    send(client, "/sign-in", name="olha", password=PASSWORD)
    assert is_signed_in(client)
    with engine.begin() as connection:
        connection.execute(update(account).values(change))
    assert not is_signed_in(client)
    assert send(app.test_client(), "/sign-in", name="olha", password=PASSWORD).status_code == 403
    assert client.get(link).status_code == 410


def test_what_the_browser_calls_itself_is_kept_in_words(app: Flask, engine: Engine, link: str) -> None:
    client = app.test_client()
    agent = "Mozilla/5.0 (Linux; Android 14; SM-X200) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"
    client.environ_base["HTTP_USER_AGENT"] = agent
    send(client, link)
    with engine.connect() as connection:
        assert connection.scalar(select(session.c.device)) == "Chrome · Android"


def test_what_has_ended_is_forgotten(app: Flask, settings: Settings, engine: Engine, olha: int, link: str) -> None:
    with engine.begin() as connection:
        open_session(connection, olha)
        for table in (session, sign_in_link):
            connection.execute(update(table).values(expires_at=func.now()))
        open_session(connection, olha)
        make_sign_in_link(connection, "olha")
    with connect(settings, autocommit=True) as connection:
        forget_expired(connection)
    with engine.connect() as connection:
        left = [connection.scalar(select(func.count()).select_from(table)) for table in (session, sign_in_link)]
    assert left == [1, 1]


def test_owner_chooses_a_first_password_without_typing_an_old_one(app: Flask, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        make_account(connection, riverside.organisation, "owner")
        link = f"/sign-in/link/{make_sign_in_link(connection, 'owner')}"
    client = app.test_client()
    send(client, link)
    assert "no password yet" in client.get("/kiosks").text
    assert "10 characters" in send(client, "/account", new="short", again="short").text
    assert "differ" in send(client, "/account", new=PASSWORD, again=PASSWORD + "x").text
    assert send(client, "/account", new=PASSWORD, again=PASSWORD).location == "/account"
    assert "no password yet" not in client.get("/kiosks").text
    assert send(app.test_client(), "/sign-in", name="owner", password=PASSWORD).status_code == 302


def test_a_first_password_is_chosen_by_who_has_just_signed_in(app: Flask, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        make_account(connection, riverside.organisation, "owner")
        links = [f"/sign-in/link/{make_sign_in_link(connection, 'owner')}" for _ in range(2)]
    client = app.test_client()
    send(client, links[0])
    with engine.begin() as connection:
        connection.execute(text("UPDATE session SET created_at = now() - interval '16 minutes'"))
    refused = send(client, "/account", new=PASSWORD, again=PASSWORD)
    assert (refused.status_code, "Sign in once more" in refused.text) == (403, True)
    assert send(app.test_client(), "/sign-in", name="owner", password=PASSWORD).status_code == 403
    send(client, links[1])
    assert send(client, "/account", new=PASSWORD, again=PASSWORD).location == "/account"


def test_changing_the_password_needs_the_old_one_and_signs_other_devices_out(app: Flask, olha: int, link: str) -> None:
    here, there = app.test_client(), app.test_client()
    send(here, "/sign-in", name="olha", password=PASSWORD)
    send(there, link)
    new = "an entirely new one"
    refused = send(here, "/account", current="wrong horse", new=new, again=new)
    assert refused.status_code == 403
    assert is_signed_in(there)
    assert send(here, "/account", current=PASSWORD, new=new, again=new).status_code == 302
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert send(app.test_client(), "/sign-in", name="olha", password=PASSWORD).status_code == 403
    assert send(app.test_client(), "/sign-in", name="olha", password=new).status_code == 302
