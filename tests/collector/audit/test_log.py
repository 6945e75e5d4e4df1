"""Who did what: found by its kind, with what was and what is."""

import re
from collections.abc import Callable

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from collector.accounts import passwords
from collector.accounts.sessions import make_sign_in_link
from collector.accounts.tables import account
from collector.audit.difference import LONG, differences
from collector.audit.log import ACTIONS, ENDINGS, KINDS, THINGS, note
from collector.audit.tables import audit
from collector.contacts.queries import visible_messages
from collector.surveys import publish
from collector.surveys.default import ensure_default
from collector.surveys.queries import survey_at
from tests.collector.customers import words
from tests.collector.pages import send
from tests.factories import NOW, Shop, make_account

pytestmark = pytest.mark.usefixtures("cheap_passwords")

PASSWORD = "correct horse battery"
MONEY = {"currency": "EUR", "purchases_a_year": "6", "years": "2.5", "leave_percent": "20"}
SETTINGS = [
    ("money", {"average_order": "40", **MONEY}, "Money"),
    ("filter", {"burst": "1", "burst-presses": "10", "burst-seconds": "20"}, "Press filter"),
    ("alerts", {"tells": "1"}, "When to alert"),
    (
        "contacts",
        {"quiet-from": "22:00", "quiet-until": "08:00", "months": "3", "purposes": "progress"},
        "When customers are written to",
    ),
]


def test_each_action_is_of_one_kind() -> None:
    assert sorted([*ENDINGS, *(action for kind in KINDS.values() for action in kind)]) == sorted(ACTIONS)


def test_each_thing_has_its_words_and_customers_are_no_people_of_ours(
    browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop
) -> None:
    which = {"kiosks": "river-1", "photos": "river-1", "policies": "money", "lists": "audit", "nobody": ""}
    with engine.begin() as connection:
        olha = make_account(connection, riverside.store, "olha")
        which["people"] = str(olha)
        for thing in THINGS:
            note(connection, "Olha", "erased", f"{thing}/{which.get(thing, '1')}", riverside.organisation)
        note(connection, "Olha", "erased", "people/0123456789ab", riverside.organisation)
    answer = browser(riverside.organisation).get("/audit")
    assert words(answer).count("Olha erased") == len(THINGS) + 1
    assert words(answer).count("a customer without a case") == 1
    assert "None" not in words(answer)
    assert f'href="/people/{olha}">olha</a>' in answer.text


def test_what_is_changed_stands_there_with_what_it_was(
    browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        ensure_default(connection)
    office, top = browser(riverside.organisation), f"/places/{riverside.organisation}"
    for path, form, _name in SETTINGS:
        answer = send(office, f"{top}/{path}", **form)
        assert answer.status_code == 302, words(answer)
    send(office, f"{top}/money", average_order="55", **MONEY)
    send(office, f"{top}/money", average_order="55", **MONEY)  # the same once more is no change
    send(office, f"{top}/money", above="1")
    for _ in range(2):
        send(office, f"{top}/slips", language="uk")
    send(office, f"{top}/replies", **{"name": "Sorry", "text-en": "We are sorry."})
    with engine.begin() as connection:
        asked = survey_at(connection, riverside.store, NOW)
        other = msgspec.structs.replace(asked.definition, questions=asked.definition.questions[:1])
        version = publish.save_draft(connection, asked.survey_id, other, "Olha")
        assert publish.publish(connection, version, NOW, by="Olha")
    published = words(office.get("/audit?kind=surveys"))
    assert "Olha published survey 1 “After a visit” · version 2 · other questions" in published
    found = words(office.get("/audit?kind=settings"))
    for _path, _form, name in SETTINGS:
        assert f"changed settings: {name}" in found
    assert "What a customer is worth, Average order: – → 40" in found
    assert "What a customer is worth, Average order: 40 → 55" in found
    assert found.count("40 → 55") == 1
    assert "many come in a short time, So many presses: 8 → 10" in found
    assert "the button hangs: switched on → switched off" in found
    assert "Quiet hours from: 21:00 → 22:00" in found
    assert "changed settings: Money as the place above" in found
    assert "made reply template 1 “Sorry”" in found
    assert "Language: – → uk" in found
    assert found.count("changed how slips look at") == 1
    assert "Average order" not in words(office.get("/audit?kind=people"))
    # Those below do not see what the head office does at its own place.
    assert "Average order" not in words(browser(riverside.region, "region").get("/audit"))


def test_who_came_in_and_who_tried_in_vain(
    app: Flask, browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        olha = make_account(connection, riverside.store, "olha", passwords.hash_password(PASSWORD))
        connection.execute(update(account).where(account.c.id == olha).values(email="olha@example.org"))
        link = f"/sign-in/link/{make_sign_in_link(connection, 'olha')}"
    first, second = app.test_client(), app.test_client()
    phone = {"User-Agent": "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"}
    send(first, link)
    for _ in range(2):
        send(first, "/sign-in", name="olha", password=PASSWORD)
    token = re.search(r'name="csrf_token" value="([^"]+)"', second.get("/sign-in").text)
    assert token
    second.post("/sign-in", data={"csrf_token": token[1], "name": "olha", "password": PASSWORD}, headers=phone)
    stranger = app.test_client()
    send(stranger, "/sign-in", name="olha", password="a wrong one")
    for number in range(5):
        send(stranger, "/sign-in", name=f"my secret {number}", password="x")
    shown = browser(riverside.organisation).get("/audit?kind=sign-ins")
    log = words(shown)
    assert log.count("olha signed in") == 4
    assert "olha signed in by a link" in log
    assert "></a>" not in shown.text
    assert "olha signed in by password · Firefox · Android" in log
    assert "Somebody tried in vain to sign in as olha by password" in log
    assert "Somebody tried in vain to sign in as somebody who has no account by password" in log
    assert "my secret" not in log
    # Who has tried under another's name is nothing for the people of a store that is not theirs.
    assert "no account" not in words(browser(riverside.region, "region").get("/audit"))
    # The owner hears of it once a device, and never of their first coming.
    with engine.connect() as connection:
        told = visible_messages(connection, riverside.organisation, limit=10)
        assert [each.content["what"] for each in told] == ["device"]
        assert told[0].content["text"].startswith("Firefox · Android, ")
        noted = connection.execute(select(audit.c.detail)).scalars().all()
    assert "127.0.0.1" not in str(noted)


# What is not there is the same as what is null: documents leave their defaults out.
documents = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=100),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(documents, documents)
def test_two_documents_differ_in_nothing_or_in_something_small(before: object, after: object) -> None:
    found = differences(before, after)
    assert bool(found) == (before != after)
    assert all(
        len(str(value)) <= 500 for _at, was, now in found for value in (was, now) if isinstance(value, str | list)
    )


def test_what_was_never_set_before_is_said_field_by_field() -> None:
    assert differences({"away": None}, {"away": {"minutes": 5}}) == [("away.minutes", None, 5)]
    assert differences({"away": {"minutes": 5}}, {"away": None}) == [("away", LONG, None)]
