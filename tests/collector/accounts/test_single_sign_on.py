"""Signing in by the organisation's own provider, over sockets; and answers that are not believed."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text, update
from werkzeug.test import TestResponse

from collector.accounts.tables import account
from collector.audit.tables import audit
from simulators.sign_on import Person, SignOn
from tests.conftest import free_ports
from tests.factories import Shop, make_account

OLHA = Person("u-1", "Olha@example.org")
STRANGER = Person("u-2", "stranger@example.org")
UNSURE = Person("u-3", "olha@example.org", email_verified=False)
SECRET = "a secret of the client"


@pytest.fixture
def provider() -> Iterator[SignOn]:
    made = SignOn([OLHA, STRANGER, UNSURE], secret=SECRET)
    with made.running(free_ports(1)[0]):
        yield made


@pytest.fixture
def app(make_app: Callable[..., Flask], provider: SignOn, tmp_path: Path) -> Flask:
    secret = tmp_path / "oidc-secret"
    secret.write_text(SECRET + "\n")
    settings = {"oidc_issuer": provider.issuer, "oidc_client_id": "smilepost", "oidc_secret_file": secret}
    return make_app(**settings, oidc_name="Our company", url="https://feedback.example")


@pytest.fixture
def olha(engine: Engine, riverside: Shop) -> int:
    with engine.begin() as connection:
        made = make_account(connection, riverside.store, "olha")
        connection.execute(update(account).where(account.c.id == made).values(email="olha@example.org"))
    return made


class _Stays(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def choose(address: str, who: str) -> str:
    """At the provider's page, say who one is; returns the address to which the browser is sent back."""
    asked = Request(address, data=urlencode({"who": who}).encode())
    try:
        build_opener(_Stays).open(asked, timeout=10)
    except OSError as answer:  # the redirect that is not followed
        with answer:  # type: ignore[attr-defined]
            location: str = answer.headers["Location"]  # type: ignore[attr-defined]
        return location
    raise AssertionError("no redirect")


def begin(client: FlaskClient, onward: str = "") -> str:
    """The address at the provider to which the browser is sent."""
    answer = client.get(f"https://feedback.example/sign-in/organisation?next={onward}")
    assert answer.status_code == 302, answer.text
    return answer.location


def come_back(client: FlaskClient, address: str) -> TestResponse:
    parts = urlsplit(address)
    assert parts.netloc == "feedback.example"
    return client.get(address)


def sign_on(client: FlaskClient, who: Person = OLHA, onward: str = "") -> TestResponse:
    return come_back(client, choose(begin(client, onward), who.subject))


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("https://feedback.example/kiosks").status_code == 200


def test_the_first_time_by_address_and_then_by_subject(app: Flask, engine: Engine, provider: SignOn, olha: int) -> None:
    client = app.test_client()
    assert "Sign in with Our company" in client.get("https://feedback.example/sign-in").text
    assert sign_on(client, onward="/kiosks?x=1").location == "/kiosks?x=1"
    assert is_signed_in(client)
    with engine.begin() as connection:
        row = connection.execute(select(account.c.issuer, account.c.subject)).one()
        assert row == (provider.issuer, "u-1")
        assert connection.execute(select(audit.c.who, audit.c.action)).all() == [
            ("olha", "joined-sign-on"),
            ("olha", "signed-in"),
        ]
        connection.execute(update(account).values(email=None))  # addresses change, people stay
    assert sign_on(app.test_client()).location == "/"
    with engine.begin() as connection:
        connection.execute(update(account).values(email="olha@example.org", ended_at=text("now()")))
    assert sign_on(app.test_client()).status_code == 403  # whose account has ended


@pytest.mark.parametrize("why", ["stranger", "unsure", "two", "taken", "email-only"])
def test_nobody_comes_in_without_an_account_that_is_surely_theirs(
    app: Flask, engine: Engine, riverside: Shop, olha: int, why: str
) -> None:
    with engine.begin() as connection:
        if why == "two":
            second = make_account(connection, riverside.region, "olha-2")
            connection.execute(update(account).where(account.c.id == second).values(email="OLHA@example.org"))
        if why == "taken":
            connection.execute(update(account).values(issuer="https://elsewhere.example", subject="u-1"))
        if why == "email-only":
            connection.execute(update(account).values(role="email-only"))
    client = app.test_client()
    answer = sign_on(client, {"stranger": STRANGER, "unsure": UNSURE}.get(why, OLHA))
    assert (answer.status_code, "no account for you here yet" in answer.text) == (403, True)
    assert "example.org" not in answer.text
    assert not is_signed_in(client)
    with engine.connect() as connection:  # none is made, and none is given away
        assert len(connection.execute(select(account)).all()) == 1 + (why == "two")
        assert connection.execute(select(audit)).all() == []


def test_who_left_and_is_back_comes_in_by_the_new_account(
    app: Flask, engine: Engine, riverside: Shop, olha: int
) -> None:
    assert sign_on(app.test_client()).location == "/"
    with engine.begin() as connection:
        connection.execute(update(account).values(ended_at=text("now()")))
        back = make_account(connection, riverside.region, "olha-2")
        connection.execute(update(account).where(account.c.id == back).values(email="olha@example.org"))
    client = app.test_client()
    assert sign_on(client).location == "/"
    assert is_signed_in(client)
    with engine.connect() as connection:
        assert connection.scalars(select(account.c.id).where(account.c.subject.is_not(None))).all() == [back]


def forged(**claims: Any) -> Callable[[dict[str, Any]], None]:
    return lambda said: said.update(claims)


@pytest.mark.parametrize(
    "forge",
    [
        forged(nonce="another"),
        forged(iss="https://elsewhere.example"),
        forged(aud="another"),
        forged(aud=["another"], azp="smilepost"),
        forged(aud=["smilepost", "another"], azp="another"),
        forged(exp=int(time.time()) - 3600),
        forged(iat=int(time.time()) + 3600),
        forged(sub=""),
        forged(sub=7),
        forged(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
        lambda said: said.pop("nonce"),
        lambda said: said.pop("exp"),
        lambda said: said.pop("sub"),
        lambda said: said.pop("aud"),
    ],
)  # fmt: skip
def test_what_is_signed_but_not_meant_for_this_sign_in_lets_nobody_in(
    app: Flask, provider: SignOn, olha: int, forge: Callable[[dict[str, Any]], None]
) -> None:
    provider.forge = forge
    client = app.test_client()
    answer = sign_on(client)
    assert (answer.status_code, "for certain who you are" in answer.text) == (403, True)
    assert not is_signed_in(client)


@pytest.mark.parametrize("how", ["none", "secret", "unpublished"])
def test_only_what_a_published_key_signed_is_believed(app: Flask, provider: SignOn, olha: int, how: str) -> None:
    if how == "unpublished":
        provider.replace_key(published=False)
    else:
        provider.signs = how
    assert sign_on(app.test_client()).status_code == 403


def test_a_provider_may_replace_its_key(app: Flask, provider: SignOn, olha: int) -> None:
    assert sign_on(app.test_client()).status_code == 302
    provider.replace_key()
    assert sign_on(app.test_client()).status_code == 302
    assert provider.asked.count("/keys") == 2
    assert provider.asked.count("/.well-known/openid-configuration") == 1


def test_a_code_belongs_to_the_browser_that_began_and_is_good_for_once(app: Flask, provider: SignOn, olha: int) -> None:
    owner, thief = app.test_client(), app.test_client()
    back = choose(begin(owner), OLHA.subject)
    # Caught on its way it opens nothing elsewhere: neither where nothing began nor where something else did.
    assert come_back(thief, back).status_code == 403
    begin(thief)
    assert come_back(thief, back).status_code == 403
    state = parse_qs(urlsplit(begin(thief)).query)["state"][0]
    code = parse_qs(urlsplit(back).query)["code"][0]
    swapped = f"https://feedback.example/sign-in/organisation/back?{urlencode({'state': state, 'code': code})}"
    assert come_back(thief, swapped).status_code == 403  # PKCE: it is another's
    assert not is_signed_in(thief)
    client = app.test_client()
    back = choose(begin(client), OLHA.subject)
    assert come_back(client, back).status_code == 302
    assert come_back(client, back).status_code == 403


def test_whoever_says_no_there_is_told_so_here(app: Flask, provider: SignOn, olha: int) -> None:
    client = app.test_client()
    answer = come_back(client, choose(begin(client), ""))
    assert (answer.status_code, "not signed in there" in answer.text) == (403, True)


def test_a_provider_that_is_away_leaves_the_password(app: Flask, provider: SignOn, olha: int) -> None:
    provider.broken = True
    answer = app.test_client().get("https://feedback.example/sign-in/organisation")
    assert (answer.status_code, "Our company does not answer" in answer.text) == (503, True)
    provider.broken = False
    client = app.test_client()
    back = choose(begin(client), OLHA.subject)
    provider.broken = True
    assert come_back(client, back).status_code == 503
    provider.broken = False
    assert sign_on(client).status_code == 302


def test_leads_nowhere_outside(app: Flask, olha: int) -> None:
    assert sign_on(app.test_client(), onward="//elsewhere.example").location == "/"


def test_who_has_a_second_factor_here_is_asked_for_it_and_nobody_else(app: Flask, engine: Engine, olha: int) -> None:
    assert sign_on(app.test_client()).location == "/"
    with engine.begin() as connection:
        connection.execute(update(account).values(totp=b"sealed"))
    client = app.test_client()
    assert sign_on(client).location == "/sign-in/code"
    assert not is_signed_in(client)


def test_without_one_there_is_no_such_page(make_app: Callable[..., Flask]) -> None:
    visitor = make_app().test_client()
    for path in ("/sign-in/organisation", "/sign-in/organisation/back?code=x&state=y"):
        assert visitor.get(path).status_code == 404
    assert "Sign in with" not in visitor.get("/sign-in").text


def test_a_provider_of_another_name_is_not_ours(
    make_app: Callable[..., Flask], provider: SignOn, tmp_path: Path
) -> None:
    app = make_app(oidc_issuer=provider.issuer + "/", oidc_client_id="smilepost")
    assert app.test_client().get("/sign-in/organisation").status_code == 503
