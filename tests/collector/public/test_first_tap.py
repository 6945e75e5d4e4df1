"""The first question is answered by one tap, without a script; the rest comes after it."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from structlog.testing import capture_logs

from collector.ratings.tables import rating, rating_hour
from collector.settings import Settings
from collector.surveys.definition import Comment, Definition, Smileys
from collector.surveys.publish import publish, save_draft
from collector.surveys.tables import answer, survey_version
from printer.codes import Poster, Press
from tests.collector.customers import FIRST, Phone, ask, code_of, form_of, hidden_fields, make_receipt, words
from tests.collector.surveys.asking import make_staff_room
from tests.factories import NOW, Shop, make_kiosk, make_ratings


@pytest.fixture
def receipt(engine: Engine, settings: Settings, riverside: Shop) -> str:
    """The code of a receipt of Riverside."""
    with engine.begin() as connection:
        return code_of(engine, settings, make_receipt(connection, riverside.store))


def answers(engine: Engine) -> list[dict[str, object]]:
    with engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(select(answer).order_by(answer.c.id))]


def counted(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.coalesce(func.sum(rating_hour.c.counted), 0))).scalar_one()


def test_a_tap_counts_at_once_and_asks_the_rest(phone: Phone, poster: str, engine: Engine) -> None:
    page = phone.tap(poster, 3)
    assert page.status_code == 200
    assert "Your answer: bad It counts already." in words(page)
    assert "What went wrong?" in page.text
    assert "What did you like?" not in page.text
    (given,) = answers(engine)
    assert (given["button"], given["completed_at"], given["replies"]) == (3, None, {"1": 3})
    assert counted(engine) == 1


def test_the_rest_completes_it(phone: Phone, poster: str, engine: Engine) -> None:
    thanks = phone.send(poster, form_of(phone.tap(poster, 3)), reasons=[1], comment="Only one till was open.")
    assert "Thank you!" in words(thanks)
    (given,) = answers(engine)
    assert (given["button"], given["reasons"], given["completed_at"]) == (3, [1], NOW)
    assert counted(engine) == 1


def test_what_was_tapped_stands(phone: Phone, poster: str, engine: Engine) -> None:
    form = form_of(phone.tap(poster, 4))
    assert "Your answer: very bad" in words(phone.post(poster, {"form": form["form"], FIRST: "1"}))  # went back
    phone.send(poster, {**form, FIRST: "1"}, comment="Cold soup.")
    (given,) = answers(engine)
    assert (given["button"], given["replies"]) == (4, {"1": 4})
    assert counted(engine) == 1


def test_a_second_tap_and_a_reload_are_the_same(phone: Phone, poster: str, engine: Engine) -> None:
    hidden = hidden_fields(phone.scan(poster))
    with ThreadPoolExecutor() as fingers:
        pages = list(fingers.map(lambda _: phone.post(poster, {**hidden, FIRST: "2"}), range(4)))
    pages.append(phone.post(poster, {**hidden, FIRST: "2"}))
    assert {page.status_code for page in pages} == {200}
    assert len(answers(engine)) == 1
    assert counted(engine) == 1


def test_of_two_different_taps_one_counts_and_both_see_it(phone: Phone, poster: str, engine: Engine) -> None:
    hidden = hidden_fields(phone.scan(poster))
    with ThreadPoolExecutor() as fingers:
        pages = list(fingers.map(lambda face: phone.post(poster, {**hidden, FIRST: str(face)}), (1, 4)))
    (given,) = answers(engine)
    chosen = {1: "very good", 4: "very bad"}[given["button"]]  # type: ignore[index]
    assert all(f"Your answer: {chosen} It counts" in words(page) for page in pages)
    assert counted(engine) == 1


def test_a_receipt_goes_on_where_it_was_left(app: Flask, phone: Phone, receipt: str, engine: Engine) -> None:
    phone.tap(receipt, 4)
    for each in (phone, Phone(app, "uk", address="10.0.0.2")):
        page = each.scan(receipt)
        assert page.status_code == 200
        assert 'name="rest"' in page.text
    thanks = Phone(app, address="10.0.0.3").answer(receipt, comment="Nobody was there.")
    assert "look into it now" in words(thanks)
    assert phone.scan(receipt).status_code == 410
    (given,) = answers(engine)
    assert (given["comment"], given["button"]) == ("Nobody was there.", 4)
    assert counted(engine) == 1


def test_a_used_receipt_takes_no_tap(phone: Phone, receipt: str, engine: Engine) -> None:
    hidden = hidden_fields(phone.scan(receipt))
    phone.answer(receipt, 1)
    assert phone.post(receipt, {**hidden, FIRST: "4"}).status_code == 410
    assert len(answers(engine)) == 1
    assert counted(engine) == 1


def test_the_next_customer_before_the_same_page(phone: Phone, poster: str, engine: Engine) -> None:
    hidden = hidden_fields(phone.scan(poster, kiosk="1"))
    first = form_of(phone.post(poster, {**hidden, FIRST: "1"}, kiosk="1"))
    phone.post(poster, {**first, "rest": "1"}, kiosk="1")
    page = phone.post(poster, {**hidden, FIRST: "4"}, kiosk="1")
    assert "Your answer: very bad" in words(page)
    phone.post(poster, {**form_of(page), "rest": "1"}, kiosk="1")
    assert [given["button"] for given in answers(engine)] == [1, 4]


def test_going_back_on_ones_own_phone_makes_no_second_answer(phone: Phone, poster: str, engine: Engine) -> None:
    tapped = {**hidden_fields(phone.scan(poster)), FIRST: "4"}
    form = form_of(phone.post(poster, tapped))
    phone.send(poster, form, comment="Cold soup.")
    again = phone.post(poster, tapped)  # back, and loaded anew
    assert (again.status_code, "This was sent before." in words(again)) == (410, True)
    assert "This was sent before." in words(phone.send(poster, form, comment="Cold soup, and late."))
    assert len(answers(engine)) == 1
    assert phone.tap(poster, 1).status_code == 200  # scanned once more: another visit
    assert len(answers(engine)) == 2


def test_where_nothing_is_asked(phone: Phone, engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        room = make_staff_room(connection, riverside)
    page = phone.scan(code_of(engine, settings, Poster(room)))
    assert (page.status_code, "Nothing is asked here right now." in words(page)) == (404, True)


def test_the_log_does_not_say_where_somebody_answered_from(phone: Phone, poster: str) -> None:
    with capture_logs() as logs:
        phone.send(poster, form_of(phone.tap(poster, 2)), comment="Well.")
    requests = [line for line in logs if line["event"] == "request"]
    assert len(requests) > 1
    assert phone.headers
    assert not [line for line in requests if "address" in line]


def test_whoever_has_begun_goes_on_with_the_same_version(
    phone: Phone, receipt: str, engine: Engine, riverside: Shop
) -> None:
    old, new = (Smileys(1, {"en": text}) for text in ("How was it?", "How is it?"))
    with engine.begin() as connection:
        version_id = ask(connection, riverside.store, old, Comment(2, {"en": "Say it to the old version"}))
    form = form_of(phone.tap(receipt, 2))
    with engine.begin() as connection:
        found = select(survey_version.c.survey_id).where(survey_version.c.id == version_id)
        survey_id = connection.execute(found).scalar_one()
        draft = save_draft(connection, survey_id, Definition((new,)), "a test")
        publish(connection, draft, NOW)
    assert "Say it to the old version" in words(phone.scan(receipt))
    phone.send(receipt, form, comment="Well.")
    (given,) = answers(engine)
    assert (given["version_id"], given["comment"]) == (version_id, "Well.")


def test_a_press_needs_no_tap(phone: Phone, engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        cursor = make_kiosk(connection, riverside)
        make_ratings(connection, cursor, [2], happened=NOW)
    page = phone.scan(code_of(engine, settings, Press(cursor, 1)))
    assert "You pressed “good”. It counts already." in words(page)
    assert FIRST not in page.text


def test_a_poster_takes_so_many_taps_from_one_address(app: Flask, phone: Phone, poster: str, engine: Engine) -> None:
    for _ in range(60):
        assert phone.post(poster, {FIRST: "1"}).status_code == 200
    stopped = phone.post(poster, {FIRST: "1"})
    assert stopped.status_code == 429
    assert "Very many answers come from here right now." in words(stopped)
    assert re.search(r'name="reply-1" value="4"', stopped.text)
    assert Phone(app, address="10.0.0.2").tap(poster, 1).status_code == 200
    assert len(answers(engine)) == 61


def test_mashing_is_marked_and_not_counted(phone: Phone, poster: str, engine: Engine) -> None:
    for _ in range(8):
        phone.tap(poster, 1)
    marks = [given["mark"] for given in answers(engine)]
    assert marks[:5] == [0] * 5
    assert all(marks[5:])
    assert counted(engine) == 5
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(rating)).scalar_one() == 8
