"""No more messages: by the code of whatever the message carried, at once, and by the mail program itself."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from collector.contacts.messages import invite
from collector.contacts.tables import message, refusal
from collector.settings import Settings
from printer.codes import Poster, Receipt
from tests.collector.customers import Phone, code_of, words
from tests.factories import NOW, Shop


@pytest.fixture
def invited(engine: Engine, settings: Settings, riverside: Shop, phone: Phone) -> str:
    """The code in an invitation to oksana@example.org."""
    with engine.begin() as connection:
        invite(
            connection,
            settings,
            store_id=riverside.store,
            address="oksana@example.org",
            language="en",
            consent="Ask me how it was.",
            reference="4711",
            touchpoint_id=riverside.exit,
            key="sale-4711",
            now=NOW,
        )
        row = connection.execute(select(message)).one()
    return code_of(engine, settings, Receipt(row.signer_id, row.day, row.serial))


def refused(engine: Engine) -> list[tuple[bytes, str | None]]:
    with engine.connect() as connection:
        return [(row.digest, row.purpose) for row in connection.execute(select(refusal))]


def test_one_button_and_it_holds(phone: Phone, invited: str, engine: Engine) -> None:
    page = phone.client.get(f"/Q/{invited}/stop", headers=phone.headers)
    assert page.status_code == 200
    assert "We then write nothing more to o•••@example.org" in words(page)
    assert page.text.count("<form") == 1
    assert not refused(engine)  # mail scanners look at links
    for _ in range(2):
        assert "You get no more messages." in words(phone.post(invited, {}, "/stop"))
    ((_, purpose),) = refused(engine)
    assert purpose is None


def test_a_mail_program_does_it_with_one_click(phone: Phone, invited: str, engine: Engine) -> None:
    """RFC 8058: a POST without cookies, with this body."""
    done = phone.post(invited, {"List-Unsubscribe": "One-Click"}, "/stop")
    assert done.status_code == 200
    assert len(refused(engine)) == 1


def test_it_has_no_end(app: Flask, phone: Phone, invited: str, engine: Engine) -> None:
    app.extensions["now"] = lambda: NOW + timedelta(days=400)
    assert phone.scan(invited).status_code == 410
    assert phone.client.get(f"/q/{invited.lower()}/stop", headers=phone.headers).status_code == 200
    assert phone.post(invited, {}, "/stop").status_code == 200
    assert len(refused(engine)) == 1


def test_codes_of_nobody(phone: Phone, poster: str, engine: Engine, settings: Settings) -> None:
    page = phone.client.get(f"/Q/{poster}/stop", headers=phone.headers)
    assert "There is nobody to write to." in words(page)
    assert "There is nobody to write to." in words(phone.post(poster, {}, "/stop"))
    assert phone.post(code_of(engine, settings, Poster(99)), {}, "/stop").status_code == 404
    assert {phone.post("hello", {}, "/stop").status_code for _ in range(29)} == {404}
    assert phone.post("hello", {}, "/stop").status_code == 429
    assert not refused(engine)
