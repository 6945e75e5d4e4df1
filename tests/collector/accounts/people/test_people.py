"""People: invited, given a role and a place, let in anew, gone and back; and who may do that to whom."""

import html
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, update

from collector.accounts import passwords
from collector.accounts.people.changes import LastAdmin, end
from collector.accounts.people.queries import one_person
from collector.accounts.people.rules import GIVES, locks_out, may_look_after
from collector.accounts.people.words import role_about, role_name
from collector.accounts.roles import ROLES, rights_of
from collector.accounts.sessions import COOKIE, open_session
from collector.accounts.tables import account, session
from collector.accounts.tokens import make_token
from collector.audit.log import ACTIONS
from collector.audit.words import deed
from collector.contacts.outgoing import Outgoing, outgoing
from collector.contacts.policy import Refuse
from collector.contacts.tables import message
from collector.settings import Settings
from tests.collector.pages import send
from tests.factories import NOW, Shop, make_account, make_shop

pytestmark = pytest.mark.usefixtures("cheap_passwords")

PASSWORD = "correct horse battery"
OLHA = {"name": "Olha", "role": "store", "email": "", "phone": "", "language": "uk"}


@pytest.fixture
def mailing(make_app: Callable[..., Flask]) -> Flask:
    return make_app(smtp="smtp://127.0.0.1:1", mail_from="Smilepost <feedback@shop.example>", url="http://localhost")


def number_of(engine: Engine, name: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(account.c.id).where(account.c.name == name)).scalar_one())


def link_in(page: str) -> str:
    found = re.search(r"/sign-in/link/[\w-]+", page)
    assert found, page
    return found[0]


def invite(client: FlaskClient, place_id: int, **typed: str):
    page = client.get("/people/new").text
    key = re.search(r'name="key" value="([^"]+)"', page)
    return send(client, "/people/new", **{**OLHA, "place": str(place_id), "key": key[1] if key else "", **typed})


def press(client: FlaskClient, person_id: int, do: str, **more: str):
    key = {"key": "k" * 22}
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"/people/{person_id}").text)
    assert token
    return client.post(f"/people/{person_id}/{do}", data={"csrf_token": token[1], **key, **more})


def test_somebody_is_invited_comes_and_is_seen(
    app: Flask, browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop
) -> None:
    admin = browser(riverside.organisation)
    shown = invite(admin, riverside.store)
    assert shown.status_code == 200
    assert "never again" in shown.text
    link, olha = link_in(shown.text), number_of(engine, "Olha")
    assert "invited, not here yet" in admin.get("/people").text
    guest = app.test_client()
    assert send(guest, link).status_code == 302
    assert guest.get("/kiosks").status_code == 200
    assert guest.get("/people").status_code == 403
    assert guest.get(f"/stores/{riverside.store}").status_code == 200
    assert app.test_client().get(link).status_code == 410
    page = admin.get(f"/people/{olha}").text
    assert "last here" in page
    assert "Signed in on 1 device" in page
    audit = html.unescape(admin.get("/audit").text)
    assert re.search(rf"account-\d+ invited\s+<a href=\"/people/{olha}\">Olha</a>", audit)


def test_what_does_not_fit_is_said_beside_its_field(
    browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        elsewhere = make_shop(connection, "Lakeside", beside=riverside)
        make_account(connection, elsewhere.store, "Taken")
    region = browser(riverside.region, "region")
    for wrong, words in (
        ({"name": "Taken"}, "already"),
        ({"name": " "}, "letters and digits"),
        ({"role": "admin"}, "one of these roles"),
        ({"role": "region"}, "one of these roles"),
        ({"place": str(elsewhere.store)}, "one of these places"),
        ({"place": "x"}, "one of these places"),
        ({"email": "nobody"}, "olha@example.org"),
        ({"phone": "12"}, "+380 50"),
        ({"role": "email-only"}, "needs an address"),
        ({"language": "xx"}, "one of these languages"),
    ):
        answer = invite(region, riverside.store, **wrong)
        assert answer.status_code == 422, wrong
        assert words in html.unescape(answer.text), wrong
        assert "error" not in answer.text.lower()
    assert "Taken" not in region.get("/people").text


def test_an_invitation_goes_by_mail_and_nothing_keeps_its_link(
    mailing: Flask, engine: Engine, riverside: Shop, settings: Settings
) -> None:
    admin = mailing.test_client()
    with engine.begin() as connection:
        admin.set_cookie(COOKIE, open_session(connection, make_account(connection, riverside.organisation)))
    answer = invite(admin, riverside.store, email="olha@example.org")
    assert answer.status_code == 302
    assert "olha@example.org" in admin.get(answer.location).text
    olha = number_of(engine, "Olha")
    with engine.begin() as connection:
        written = connection.execute(select(message)).one()
        assert "sign-in" not in str(written)
        letter = outgoing(connection, settings, written.id, NOW)
    assert isinstance(letter, Outgoing)
    assert "протягом трьох днів" in " ".join(letter.letter.body)
    guest = mailing.test_client()
    assert send(guest, link_in(letter.letter.body[-1])).status_code == 302
    # Too late: whoever has left gets no link, and those that were out lead nowhere.
    press(admin, olha, "let-in")
    press(admin, olha, "end")
    with engine.begin() as connection:
        late = connection.execute(select(func.max(message.c.id))).scalar_one()
        assert isinstance(outgoing(connection, settings, late, NOW), Refuse)


def test_an_invitation_to_a_wrong_address_lets_nobody_in(
    mailing: Flask, engine: Engine, riverside: Shop, settings: Settings
) -> None:
    admin = mailing.test_client()
    with engine.begin() as connection:
        admin.set_cookie(COOKIE, open_session(connection, make_account(connection, riverside.organisation)))
    invite(admin, riverside.store, email="wrong@example.org")
    olha = number_of(engine, "Olha")

    def leaves() -> list[bool]:
        with engine.begin() as connection:
            waiting = connection.scalars(select(message.c.id).order_by(message.c.id)).all()
            return [isinstance(outgoing(connection, settings, each, NOW), Outgoing) for each in waiting]

    assert leaves() == [True]
    fields = {**OLHA, "place": str(riverside.store)}
    assert send(admin, f"/people/{olha}", **{**fields, "email": "Olha@example.org"}).status_code == 302
    assert leaves() == [False]
    for number in range(2):
        press(admin, olha, "let-in", key=f"{number:022}")
    assert leaves() == [False, False, True]  # the newest alone


def test_the_last_admin_is_not_let_in_anew_by_mail(mailing: Flask, engine: Engine, riverside: Shop) -> None:
    admin = mailing.test_client()
    with engine.begin() as connection:
        hashed = passwords.hash_password(PASSWORD)
        first = make_account(connection, riverside.organisation, "first", hashed)
        connection.execute(update(account).where(account.c.id == first).values(email="first@example.org"))
        admin.set_cookie(COOKIE, open_session(connection, first))
    refused = press(admin, first, "let-in")
    assert (refused.status_code, "is the last admin of Smilepost" in refused.text) == (409, True)
    assert send(mailing.test_client(), "/sign-in", name="first", password=PASSWORD).status_code == 302
    link = link_in(press(admin, first, "let-in", show="1").text)  # whoever asks has the way in before them
    assert send(mailing.test_client(), link).status_code == 302


def test_whoever_is_made_admin_signs_in_with_a_second_factor_from_then_on(
    make_app: Callable[..., Flask], engine: Engine, riverside: Shop
) -> None:
    app = make_app(second_factor="admins")
    admin, guest = app.test_client(), app.test_client()
    with engine.begin() as connection:
        admin.set_cookie(COOKIE, open_session(connection, make_account(connection, riverside.organisation)))
        olha = make_account(connection, riverside.store, "Olha", passwords.hash_password(PASSWORD), role="store")
    assert send(guest, "/sign-in", name="Olha", password=PASSWORD).location == "/"
    fields = {**OLHA, "place": str(riverside.organisation)}
    assert send(admin, f"/people/{olha}", **{**fields, "role": "region"}).status_code == 302
    assert guest.get("/people").status_code == 200
    assert send(admin, f"/people/{olha}", **{**fields, "role": "admin"}).status_code == 302
    assert guest.get("/people").status_code == 302
    assert send(guest, "/sign-in", name="Olha", password=PASSWORD).location == "/sign-in/second-factor"


def test_role_and_place_are_changed_and_hold_at_once(
    browser: Callable[..., FlaskClient], app: Flask, engine: Engine, riverside: Shop
) -> None:
    admin, guest = browser(riverside.organisation), app.test_client()
    send(guest, link_in(invite(admin, riverside.store).text))
    olha = number_of(engine, "Olha")
    fields = {**OLHA, "place": str(riverside.region), "role": "region", "email": "olha@example.org"}
    assert send(admin, f"/people/{olha}", **fields).status_code == 302
    assert guest.get("/people").status_code == 200
    assert "Region of Riverside" in admin.get("/people?q=olha+riverside").text
    assert admin.get("/people?q=nobody").status_code == 200
    # Only mail from now on: the devices are signed out, and no password lets in.
    assert send(admin, f"/people/{olha}", **{**fields, "role": "email-only"}).status_code == 302
    assert guest.get("/people").status_code == 302
    assert press(admin, olha, "let-in").status_code == 409
    deeds = admin.get("/audit").text
    for words in ("gave another role to", "gave another place to", "changed the addresses of"):
        assert words in deeds


def test_whoever_leaves_is_out_and_can_be_brought_back(
    browser: Callable[..., FlaskClient], app: Flask, engine: Engine, riverside: Shop
) -> None:
    admin, guest = browser(riverside.organisation), app.test_client()
    send(guest, link_in(invite(admin, riverside.store).text))
    send(guest, "/account", new=PASSWORD, again=PASSWORD)
    olha = number_of(engine, "Olha")
    late = invite(admin, riverside.store, name="Petro")
    press(admin, number_of(engine, "Petro"), "end")
    assert "does not sign in any more" in admin.get(press(admin, olha, "end").location).text
    assert guest.get("/kiosks").status_code == 302
    assert app.test_client().get(link_in(late.text)).status_code == 410
    assert "Olha" not in admin.get("/people").text
    assert "left" in admin.get("/people?ended=1").text
    assert press(admin, olha, "bring-back").status_code == 302
    assert "Olha" in admin.get("/people").text
    assert send(guest, "/sign-in", name="Olha", password=PASSWORD).status_code == 302
    assert guest.get("/kiosks").status_code == 200


def test_tokens_of_who_left_are_shown_and_can_be_ended(
    browser: Callable[..., FlaskClient], app: Flask, engine: Engine, riverside: Shop
) -> None:
    admin = browser(riverside.organisation)
    with engine.begin() as connection:
        olha = make_account(connection, riverside.store, "Olha", role="store")
        token = make_token(connection, "the till", ["read"], riverside.store, author="Olha")
        make_token(connection, "another", ["read"], riverside.store, author="Petro")
    left = html.unescape(admin.get(press(admin, olha, "end").location).text)
    assert "End “the till”" in left
    assert "another" not in left
    to = re.search(r'action="(/tokens/\d+/end)"', left)
    assert to
    assert send(admin, f"/people/{olha}", to[1]).status_code == 302
    answer = app.test_client().get("/api/v1/stores", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert "End “the till”" not in admin.get(f"/people/{olha}").text


def test_a_forgotten_password_begins_anew(
    browser: Callable[..., FlaskClient], app: Flask, engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        hashed = passwords.hash_password(PASSWORD)
        olha = make_account(connection, riverside.store, "Olha", hashed, role="store")
        connection.execute(update(account).where(account.c.id == olha).values(issuer="https://id.example", subject="7"))
    admin, here, there = browser(riverside.organisation), app.test_client(), app.test_client()
    send(here, "/sign-in", name="Olha", password=PASSWORD)
    assert press(admin, olha, "sign-out").status_code == 302
    assert here.get("/kiosks").status_code == 302
    link = link_in(press(admin, olha, "let-in", show="1").text)
    assert send(app.test_client(), "/sign-in", name="Olha", password=PASSWORD).status_code in {401, 403}
    assert send(there, link).status_code == 302
    assert send(there, "/account", new="an entirely new one", again="an entirely new one").status_code == 302
    assert "let in anew" in admin.get("/audit").text


def test_nobody_looks_after_people_of_more_rights_or_of_elsewhere(
    browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        elsewhere = make_shop(connection, "Lakeside", beside=riverside)
        people = {role: make_account(connection, riverside.store, f"the {role}", role=role) for role in ROLES}
        other = make_account(connection, elsewhere.store, "Petro", role="store")
    for own in ("region", "head-office", "admin"):
        client = browser(riverside.region, own)
        listed = client.get("/people").text
        for role, person in people.items():
            assert f"the {role}" in listed
            answer = press(client, person, "sign-out")
            assert (answer.status_code == 302) == may_look_after(own, role), (own, role)
            assert ("Somebody with more rights" in client.get(f"/people/{person}").text) != may_look_after(own, role)
        assert "Petro" not in listed
        assert client.get(f"/people/{other}").status_code == 404


def test_the_last_admin_stays(browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        hashed = passwords.hash_password(PASSWORD)
        first = make_account(connection, riverside.organisation, "first", hashed)
        second = make_account(connection, riverside.organisation, "second", hashed)
        make_account(connection, riverside.store, "of the store", hashed)
    admin = browser(riverside.organisation)  # without a password: cannot come back, so does not count

    def leave(person_id: int) -> bool:
        with engine.begin() as connection:
            person = one_person(connection, riverside.organisation, person_id)
            assert person
            try:
                return end(connection, person, "a test")
            except LastAdmin:
                return False

    with ThreadPoolExecutor() as both:
        assert sorted(both.map(leave, (first, second))) == [False, True]
    with engine.connect() as connection:
        left = connection.scalar(
            select(account.c.id).where(account.c.id.in_([first, second]), account.c.ended_at.is_(None))
        )
    answer = press(admin, left, "end")
    assert answer.status_code == 409
    assert "is the last admin of Smilepost" in answer.text
    demoted = send(admin, f"/people/{left}", **{**OLHA, "place": str(riverside.organisation)})
    assert demoted.status_code == 409
    moved = send(admin, f"/people/{left}", **{**OLHA, "role": "admin", "place": str(riverside.store)})
    assert moved.status_code == 409


def test_long_lists_have_pages_and_are_searched(
    browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        for number in range(60):
            make_account(connection, riverside.store, f"till {number:02}", role="store")
    admin = browser(riverside.organisation)
    first, second = admin.get("/people"), admin.get("/people?page=2")
    assert "61 people" in first.text
    assert "Page 1 of 2" in first.text
    assert "till 59" in second.text
    assert "till 59" not in first.text
    assert "1 person<" in admin.get("/people?q=till+07").text
    assert "Page 2 of 2" in admin.get("/people?page=99").text
    assert admin.get("/people?q=%25").text.count("till") == 0


def places() -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(1, 6), max_size=6)


@given(places(), places())
def test_a_place_is_locked_out_unless_an_admin_stands_on_its_path(path: list[int], others: list[int]) -> None:
    assert locks_out(path, others) == (not any(other in path for other in others))


def test_nobody_gives_what_would_let_them_do_more() -> None:
    for own in ROLES:
        for role in GIVES[own]:
            # A technician's rights are another trade, not a higher rank.
            assert role == "technician" or rights_of(role) <= rights_of(own)
            assert own == "admin" or role != own


def test_roles_and_deeds_have_words(app: Flask) -> None:
    with app.test_request_context():
        assert len({role_name(role) for role in ROLES} | {role_about(role) for role in ROLES}) == 2 * len(ROLES)
        assert all(deed(action, "") for action in ACTIONS)


@pytest.fixture
def signed_in_thrice(app: Flask, engine: Engine, riverside: Shop) -> list[FlaskClient]:
    """One account in three browsers."""
    with engine.begin() as connection:
        olha = make_account(connection, riverside.store, "Olha", role="store")
        secrets = [open_session(connection, olha, name) for name in ("Firefox · Android", "Safari · iPad", "")]
    clients = [app.test_client() for _ in secrets]
    for client, secret in zip(clients, secrets, strict=True):
        client.set_cookie(COOKIE, secret)
    return clients


def test_devices_are_listed_and_signed_out_by_their_owner(
    signed_in_thrice: list[FlaskClient], browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop
) -> None:
    here, there, nameless = signed_in_thrice
    page = here.get("/account").text
    assert page.index("Firefox · Android") < page.index("Safari · iPad")
    assert "does not say its name" in page
    ipad, token = re.findall(r"/account/devices/(\d+)/end", page), re.findall(r'csrf_token" value="([^"]+)"', page)[0]
    assert len(ipad) == 2
    stranger = browser(riverside.store)
    foreign = re.findall(r'csrf_token" value="([^"]+)"', stranger.get("/account").text)[0]
    stranger.post(f"/account/devices/{ipad[0]}/end", data={"csrf_token": foreign})
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(session)) == 4
    assert here.post(f"/account/devices/{ipad[0]}/end", data={"csrf_token": token}).status_code == 302
    assert sorted(client.get("/kiosks").status_code for client in (there, nameless)) == [200, 302]
    assert here.post("/account/devices/end-others", data={"csrf_token": token}).status_code == 302
    assert [client.get("/kiosks").status_code for client in signed_in_thrice] == [200, 302, 302]
    assert stranger.get("/kiosks").status_code == 200
