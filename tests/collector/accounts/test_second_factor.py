"""The second factor: asked for after the password, set up, lost, taken away."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text, update
from werkzeug.test import TestResponse

from collector import cli
from collector.accounts import passwords
from collector.accounts.second_factor import codes, keep
from collector.accounts.second_factor.examination import examine
from collector.accounts.sessions import make_sign_in_link
from collector.accounts.tables import account, recovery_code
from collector.audit.log import KINDS
from collector.audit.tables import audit
from collector.failure import Failure
from collector.settings import Settings
from tests.collector.customers import words
from tests.collector.pages import send
from tests.factories import NOW, Shop, make_account

pytestmark = pytest.mark.usefixtures("cheap_passwords")

PASSWORD = "correct horse battery"
OWN = "/account/second-factor"


@pytest.fixture
def olha(engine: Engine, riverside: Shop) -> int:
    with engine.begin() as connection:
        return make_account(connection, riverside.store, "olha", passwords.hash_password(PASSWORD))


class Telephone:
    """An authenticator app. Each time it is looked at, its clock is a step further, and the shop's with it."""

    def __init__(self, app: Flask, page: TestResponse) -> None:
        found = re.search(r'href="(otpauth://[^"]+)"', page.text)
        assert found, page.text
        self.uri = found[1].replace("&amp;", "&")
        self._totp, self._app, self._now = pyotp.parse_uri(self.uri), app, NOW

    def number(self, *, off: timedelta = timedelta()) -> str:
        self._now += timedelta(seconds=30)
        self._app.extensions["now"] = lambda: self._now
        assert isinstance(self._totp, pyotp.TOTP)
        return self._totp.at(self._now + off)


def sign_in(client: FlaskClient, onward: str = "") -> TestResponse:
    return send(client, f"/sign-in?next={onward}", name="olha", password=PASSWORD)


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/kiosks").status_code == 200


def set_up(app: Flask) -> tuple[FlaskClient, Telephone, list[str]]:
    """Olha sets it up; returns her browser, her telephone, and her recovery codes."""
    client = app.test_client()
    sign_in(client)
    phone = Telephone(app, client.get(OWN))
    answer = send(client, OWN, password=PASSWORD, code=phone.number())
    found = re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", answer.text)
    assert len(set(found)) == 10
    return client, phone, found


def pass_the_wait(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE sign_in_try SET wait_until = now()"))


def test_password_and_number_let_in_each_number_once(app: Flask, engine: Engine, olha: int) -> None:
    other = app.test_client()
    sign_in(other)
    _client, phone, _codes = set_up(app)
    assert not is_signed_in(other)  # what was open before it is closed
    client = app.test_client()
    assert sign_in(client, "/kiosks?x=1").location == "/sign-in/code"
    assert not is_signed_in(client)
    page = client.get("/sign-in/code")
    assert "The number on your telephone" in page.text
    number = phone.number()
    wrong = send(client, "/sign-in/code", code=f"{(int(number) + 1) % 10**6:06}")
    assert (wrong.status_code, "not the one of now" in wrong.text) == (403, True)
    assert send(client, "/sign-in/code", code=f"{number[:3]} {number[3:]}").location == "/kiosks?x=1"
    assert is_signed_in(client)
    # Whoever looked over her shoulder is too late, and so is an older number.
    for seen in (number, phone.number(off=timedelta(seconds=-30))):
        thief = app.test_client()
        sign_in(thief)
        assert send(thief, "/sign-in/code", code=seen).status_code == 403
        assert not is_signed_in(thief)


def test_a_link_asks_for_it_too_and_nobody_stays_halfway(app: Flask, engine: Engine, olha: int) -> None:
    _client, phone, _codes = set_up(app)
    with engine.begin() as connection:
        link = f"/sign-in/link/{make_sign_in_link(connection, 'olha')}"
    client = app.test_client()
    assert send(client, link).location == "/sign-in/code"
    number = phone.number()
    late = app.extensions["now"]() + timedelta(minutes=11)
    app.extensions["now"] = lambda: late
    assert client.get("/sign-in/code").location == "/sign-in"
    assert app.test_client().get("/sign-in/code").location == "/sign-in"
    client.post("/sign-in/code", data={"code": number})
    assert not is_signed_in(client)


def test_guessing_at_it_is_slowed_down(app: Flask, engine: Engine, olha: int) -> None:
    _client, phone, recovery = set_up(app)
    client = app.test_client()
    sign_in(client)
    wrong = [send(client, "/sign-in/code", code="aaaaa-aaaaa").status_code for _ in range(6)]
    assert wrong == [403] * 5 + [429]
    # Not even the right one is looked at before its time, nor a recovery code.
    for code in (phone.number(), recovery[0]):
        answer = send(client, "/sign-in/code", code=code)
        assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)
    pass_the_wait(engine)
    assert send(client, "/sign-in/code", code=phone.number()).status_code == 302


def test_who_knows_the_password_does_not_lock_the_owner_out(app: Flask, engine: Engine, olha: int) -> None:
    own, phone, _recovery = set_up(app)
    thief = app.test_client()
    sign_in(thief)
    while send(thief, "/sign-in/code", code="aaaaa-aaaaa").status_code == 403:
        pass
    sign_in(own)
    assert send(own, "/sign-in/code", code=phone.number()).status_code == 302
    # Guessing from there is slowed down as well, and a right password between forgives nothing.
    sign_in(own)
    tries = []
    for _ in range(6):
        sign_in(own)
        tries.append(send(own, "/sign-in/code", code="aaaaa-aaaaa").status_code)
    assert tries == [403] * 5 + [429]


def test_a_lost_telephone_recovery_codes_let_in_once_each(app: Flask, engine: Engine, olha: int) -> None:
    _client, _phone, (first, second, *rest) = set_up(app)
    for code, status in ((first, 302), (first, 403), (second.upper().replace("-", " "), 302)):
        client = app.test_client()
        sign_in(client)
        assert send(client, "/sign-in/code", code=code).status_code == status
    assert "8 recovery codes are left" in words(client.get(OWN))
    anew = send(client, OWN, code=rest[0])  # to the first form of the page
    assert anew.status_code == 200  # where it is on, that page sets nothing up
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(OWN).text)
    assert token
    form = {"csrf_token": token[1]}
    assert client.post(f"{OWN}/codes", data={**form, "code": "aaaaa-aaaaa"}).status_code == 403
    made = client.post(f"{OWN}/codes", data={**form, "code": rest[0]}).text
    assert len(re.findall(r"<code>", made)) == 10
    assert client.post(f"{OWN}/end", data={**form, "code": rest[1]}).status_code == 403  # no longer one
    new = re.findall(r"<code>([^<]+)</code>", made)
    assert client.post(f"{OWN}/end", data={**form, "code": new[0]}).location == "/account"
    plain = app.test_client()
    assert sign_in(plain).location == "/"
    with engine.connect() as connection:
        assert connection.execute(select(recovery_code)).all() == []
        done = select(audit.c.action, audit.c.who, audit.c.subject).where(audit.c.action.not_in(KINDS["sign-ins"]))
        noted = connection.execute(done.order_by(audit.c.id)).all()
    acts = ["began-second-factor", "renewed-recovery-codes", "ended-second-factor"]
    assert noted == [(act, "olha", f"people/{olha}") for act in acts]


def test_the_doctor_names_who_has_none(engine: Engine, settings: Settings, olha: int) -> None:
    def found(wanted: str) -> list[tuple[str, bool]]:
        with engine.connect() as connection:
            every = examine(connection, replace(settings, second_factor=wanted))
            return [(each.what, bool(each.remedy)) for each in every]

    with engine.begin() as connection:
        connection.execute(update(account).where(account.c.id == olha).values(role="store"))
    assert found("nobody") == []
    assert found("admins") == [("everybody who has to has a second factor", False)]
    assert found("all") == [("no second factor yet: olha", True)]


def test_who_has_lost_everything_is_let_in_from_the_machine(
    app: Flask, engine: Engine, settings: Settings, olha: int, capsys: pytest.CaptureFixture[str]
) -> None:
    client, _phone, _codes = set_up(app)
    run = cli._parser().parse_args(["let-in", "olha"])
    run.run(settings, run)
    link = capsys.readouterr().out.splitlines()[-1]
    assert link.startswith(f"{settings.url}/sign-in/link/")
    assert not is_signed_in(client)
    assert send(client, link.removeprefix(settings.url)).location == "/"
    assert is_signed_in(client)
    assert "Choose a password" in client.get("/account").text
    nobody = cli._parser().parse_args(["let-in", "nobody"])
    with pytest.raises(Failure, match="no account 'nobody'"):
        nobody.run(settings, nobody)


def test_an_open_screen_is_not_enough_to_set_it_up(app: Flask, engine: Engine, olha: int) -> None:
    client = app.test_client()
    sign_in(client)
    phone = Telephone(app, client.get(OWN))
    refused = send(client, OWN, password="wrong horse", code=phone.number())
    assert (refused.status_code, "password is a different one" in refused.text) == (403, True)
    refused = send(client, OWN, password=PASSWORD, code="000000")
    assert (refused.status_code, "not the one of now" in refused.text) == (403, True)
    assert sign_in(app.test_client()).location == "/"
    # Without a password they have signed in just now.
    with engine.begin() as connection:
        connection.execute(text("UPDATE account SET password = NULL"))
        connection.execute(text("UPDATE session SET created_at = now() - interval '16 minutes'"))
    refused = send(client, OWN, code=phone.number())
    assert (refused.status_code, "Sign in once more" in refused.text) == (403, True)


def test_where_admins_must_have_one_they_set_it_up_on_the_way_in(
    make_app: Callable[..., Flask], engine: Engine, riverside: Shop, olha: int
) -> None:
    app = make_app(second_factor="admins")
    with engine.begin() as connection:
        make_account(connection, riverside.store, "petro", passwords.hash_password(PASSWORD), role="store")
    assert send(app.test_client(), "/sign-in", name="petro", password=PASSWORD).location == "/"
    client = app.test_client()
    assert sign_in(client, "/kiosks").location == "/sign-in/second-factor"
    assert not is_signed_in(client)
    page = client.get("/sign-in/second-factor")
    phone = Telephone(app, page)
    assert Telephone(app, client.get("/sign-in/second-factor")).uri == phone.uri  # looked at again, it is the same
    assert send(client, "/sign-in/second-factor", code="000000").status_code == 403
    assert not is_signed_in(client)
    done = send(client, "/sign-in/second-factor", code=phone.number())
    assert (done.status_code, len(re.findall("<code>", done.text)), 'href="/kiosks"' in done.text) == (200, 10, True)
    assert is_signed_in(client)
    assert "Take it away" not in client.get(OWN).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(OWN).text)
    assert token
    kept = client.post(f"{OWN}/end", data={"csrf_token": token[1], "code": phone.number()})
    assert (kept.status_code, "It stays" in kept.text) == (403, True)
    again = app.test_client()
    assert sign_in(again).location == "/sign-in/code"
    assert again.get("/sign-in/second-factor").location == "/sign-in/code"  # no way around the one that there is


def test_the_database_alone_makes_no_number_and_finds_no_code(
    app: Flask, engine: Engine, settings: Settings, olha: int
) -> None:
    _client, phone, recovery = set_up(app)
    secret = pyotp.parse_uri(phone.uri).secret
    with engine.begin() as connection:
        sealed = bytes(connection.execute(select(account.c.totp)).scalar_one())
        digests = b"".join(bytes(each) for each in connection.scalars(select(recovery_code.c.digest)))
        for kept in (sealed, digests):
            assert base64.b32decode(secret) not in kept
            assert all(code.encode() not in kept for code in recovery)
        # It is bound to its account: copied into another's row it lets nobody in there.
        other = make_account(connection, connection.scalar(select(account.c.place_id)) or 0, "petro")
        connection.execute(text("UPDATE account SET totp = :sealed WHERE id = :id"), {"sealed": sealed, "id": other})
        assert not keep.lets_in(connection, settings, other, phone.number(), app.extensions["now"]())


@given(seconds=st.integers(1_700_000_000, 2_200_000_000), off=st.integers(-300, 300))
def test_a_number_is_right_for_a_minute_and_a_half(seconds: int, off: int) -> None:
    key, at = bytes(range(20)), datetime.fromtimestamp(seconds, UTC)
    shown = pyotp.TOTP(base64.b32encode(key).decode()).at(at + timedelta(seconds=off))
    then, now = (int((at + timedelta(seconds=by)).timestamp()) // 30 for by in (off, 0))
    step = codes.step_of(key, shown, at)
    if abs(then - now) <= 1:
        assert step == then
    else:
        assert step is None or abs(step - now) <= 1  # the same six digits by chance


@given(typed=st.text(max_size=30))
def test_whatever_is_typed_breaks_nothing(typed: str) -> None:
    codes.step_of(bytes(20), typed, NOW)
    code = codes.recovery_code(typed)
    assert code is None or codes.recovery_code(code) == code


def test_the_standards_own_examples() -> None:
    """RFC 6238, appendix B, the last six of eight digits."""
    key = b"12345678901234567890"
    examples = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"}
    for at, number in examples.items():
        assert codes.step_of(key, number, datetime.fromtimestamp(at, UTC)) == at // 30
