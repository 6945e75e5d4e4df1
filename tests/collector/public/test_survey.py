"""The survey on a customer's phone: what it shows, what it takes, and what follows."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select, update

from collector.cases.tables import cases
from collector.contacts.policy import ContactPolicy
from collector.places.tables import touchpoint
from collector.policies.queries import give_policy
from collector.ratings.kinds import Channel
from collector.ratings.tables import rating, rating_hour
from collector.settings import Settings
from collector.surveys.definition import LANGUAGES
from collector.surveys.tables import answer, contact
from printer.codes import Press
from tests.collector.customers import Phone, case_code, code_of, make_receipt, words
from tests.factories import NOW, Shop, make_kiosk, make_ratings


def answers(engine: Engine) -> list[dict[str, object]]:
    with engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(select(answer).order_by(answer.c.id))]


def count(engine: Engine, table: object) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_light_and_without_scripts(phone: Phone, poster: str, language: str) -> None:
    pages = phone.scan(poster, lang=language), phone.tap(poster, 4, lang=language)
    weight = sum(len(page.data) for page in pages)
    for path in set(re.findall(r'(?:href|src)="(/static/[^"]+)"', "".join(page.text for page in pages))):
        with phone.client.get(path) as part:
            assert part.status_code == 200
            weight += len(part.data)
    assert 10_000 < weight <= 30_000
    for page in pages:
        assert not re.search(r"<script|\sstyle=|\son\w+=|javascript:", page.text)
        assert f'<html lang="{language}" dir="ltr">' in page.text


def test_it_shows_where_one_is_and_one_question(phone: Phone, poster: str) -> None:
    page = phone.scan(poster)
    assert "Riverside · Exit How was your visit today? very good good bad very bad" in words(page)
    assert re.findall(r'<button class="step" name="reply-1" value="(\d)"', page.text) == ["1", "2", "3", "4"]
    assert not re.search("<textarea|radio|checkbox", page.text)


def test_an_answer_counts_at_once(phone: Phone, poster: str, engine: Engine, riverside: Shop) -> None:
    thanks = phone.answer(poster, 2, reasons=[7, 9, 1, 99], comment=" Nice\r\nplace \x07")
    assert thanks.status_code == 200
    assert "Thank you!" in words(thanks)
    assert "/Q/" not in thanks.text
    (given,) = answers(engine)
    assert given["channel"] == Channel.POSTER_QR
    assert (given["store_id"], given["touchpoint_id"]) == (riverside.store, riverside.exit)
    assert given["reasons"] == [7, 9]  # those of a bad rating do not go with a good one
    assert given["comment"] == "Nice\nplace"
    with engine.connect() as connection:
        (row,) = connection.execute(select(rating)).all()
        assert (row.cursor_id, row.seq, row.button, row.happened_at) == (0, given["id"], 2, NOW)
        (rolled,) = connection.execute(select(rating_hour)).all()
        assert (rolled.counted, rolled.channel) == (1, Channel.POSTER_QR)


def test_a_press_has_its_rating_already(phone: Phone, engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        cursor = make_kiosk(connection, riverside)
        make_ratings(connection, cursor, [4], happened=NOW)
    code = code_of(engine, settings, Press(cursor, 1))
    page = phone.scan(code)
    assert "You pressed “very bad”. It counts already." in words(page)
    assert "What went wrong?" in page.text
    assert "What did you like?" not in page.text
    phone.answer(code, 1, reasons=[1], comment="Only one till was open.")
    (given,) = answers(engine)
    assert (given["cursor_id"], given["seq"], given["button"], given["score"]) == (cursor, 1, 4, 0)
    assert given["channel"] == Channel.KIOSK_QR
    assert count(engine, rating) == 1
    assert "This code has been answered." in words(phone.scan(code))


def test_a_rating_is_asked_for(phone: Phone, poster: str, engine: Engine) -> None:
    for button in (None, 0, 5):
        page = phone.send(poster, phone.form(poster), button, comment="Never mind the face")
        assert page.status_code == 422
        assert "Tap your answer to the first question" in words(page)
        assert "How was your visit today?" in words(page)
    assert not answers(engine)


def test_a_contact_needs_consent(phone: Phone, poster: str, engine: Engine) -> None:
    form = phone.form(poster)
    page = phone.send(poster, form, 4, contact="oksana@example.org", comment="Never <mind> me")
    assert page.status_code == 422
    assert "we need your yes" in words(page)
    assert 'value="oksana@example.org"' in page.text
    assert "Never &lt;mind&gt; me</textarea>" in page.text
    assert not answers(engine)

    assert phone.send(poster, form, 4, contact="oksana@example.org", agrees=True).status_code == 200
    with engine.connect() as connection:
        kept = connection.execute(select(contact)).one()
    assert kept.address == "oksana@example.org"
    assert kept.erase_on == NOW.date() + timedelta(days=90)
    assert kept.consent == (
        "I agree that Riverside keeps this address to answer me about this visit, and for nothing else. "
        "It is erased on 20 February 2027."
    )


def test_consent_is_to_what_was_read(phone: Phone, poster: str, engine: Engine) -> None:
    form = phone.form(poster)
    forever = phone.send(poster, {**form, "offered": "2099-01-01"}, 4, contact="0501234567", agrees=True)
    assert forever.status_code == 422
    yesterday = str(NOW.date() + timedelta(days=89))  # the page stood open over midnight
    assert phone.send(poster, {**form, "offered": yesterday}, 4, contact="0501234567", agrees=True).status_code == 200
    with engine.connect() as connection:
        kept = connection.execute(select(contact)).one()
    assert str(kept.erase_on) == yesterday
    assert "19 February 2027" in kept.consent


def test_what_is_no_contact(phone: Phone, poster: str, engine: Engine) -> None:
    form = phone.form(poster)
    for typed in ("call me", "oksana@", "12345", "+380 44"):
        page = phone.send(poster, form, 4, contact=typed, agrees=True)
        assert page.status_code == 422
        assert "neither an e-mail address nor a phone number" in words(page)
    assert not answers(engine)


def test_a_double_tap_is_one_answer(phone: Phone, poster: str, engine: Engine) -> None:
    form = phone.form(poster)
    with ThreadPoolExecutor() as taps:
        pages = list(taps.map(lambda _: phone.send(poster, form, 4, comment="Cold soup."), range(2)))
    assert {page.status_code for page in pages} == {200}
    assert len({case_code(page) for page in pages}) == 1
    assert (len(answers(engine)), count(engine, rating), count(engine, cases)) == (1, 1, 1)
    phone.answer(poster, 4)
    assert len(answers(engine)) == 2


def test_forms_of_others_are_answers_of_their_own(phone: Phone, poster: str, engine: Engine) -> None:
    for _ in range(2):
        assert phone.send(poster, {"form": "1"}, 1).status_code == 200
    assert len(answers(engine)) == 2


def test_two_phones_on_one_receipt(
    app: Flask, phone: Phone, engine: Engine, settings: Settings, riverside: Shop
) -> None:
    with engine.begin() as connection:
        code = code_of(engine, settings, make_receipt(connection, riverside.store))
    phones = phone, Phone(app, address="10.0.0.2")
    forms = [each.form(code) for each in phones]
    with ThreadPoolExecutor() as hands:
        pages = list(
            hands.map(lambda n: phones[n].send(code, forms[n], 4, comment=f"This was phone number {n}."), range(2))
        )
    assert sorted(page.status_code for page in pages) == [200, 410]
    (given,) = answers(engine)
    winner = next(n for n in range(2) if pages[n].status_code == 200)
    assert given["comment"] == f"This was phone number {winner}."
    assert given["channel"] == Channel.RECEIPT_QR
    again = phones[winner].send(code, forms[winner], 4, comment=f"This was phone number {winner}.")
    assert case_code(again) == case_code(pages[winner])
    assert phones[winner].scan(code).status_code == 410


def test_looking_uses_nothing_up(phone: Phone, engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        code = code_of(engine, settings, make_receipt(connection, riverside.store))
    assert {phone.scan(code).status_code for _ in range(3)} == {200}
    assert phone.answer(code, 1).status_code == 200


def test_names_are_escaped(phone: Phone, poster: str, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        connection.execute(update(touchpoint).where(touchpoint.c.id == riverside.exit).values(name="<b>Exit"))
    assert "&lt;b&gt;Exit" in phone.scan(poster).text


def test_what_the_policy_does_not_allow_is_not_promised(
    phone: Phone, poster: str, engine: Engine, riverside: Shop
) -> None:
    promise = "You get an answer at the address you left."
    assert promise in words(phone.answer(poster, 4, contact="ann@example.com", agrees=True))
    with engine.begin() as connection:
        policy = ContactPolicy(purposes=("receipt", "thanks"))
        give_policy(connection, riverside.store, "contacts", policy, author="a test")
    thanks = words(phone.answer(poster, 4, contact="ann@example.com", agrees=True))
    assert promise not in thanks
    assert "Thank you!" in thanks
    assert "Nobody there knows your name." not in thanks
