"""What a customer sees and does on the page of their own case, without an account."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update

from collector.cases import changes
from collector.cases.changes.closing import reopen, resolve
from collector.cases.changes.conditional import Doer
from collector.cases.changes.joining import merge
from collector.cases.tables import attachment, case_event, cases
from collector.contacts.tables import refusal
from collector.places.tables import place
from collector.settings import Settings
from collector.surveys.tables import answer, contact
from printer.codes import Case
from tests.collector.customers import Phone, case_code, code_of, hidden_fields, words
from tests.collector.pages import send
from tests.factories import NOW, Shop, make_account


@pytest.fixture
def code(phone: Phone, poster: str) -> str:
    """The code of the case of an unhappy customer."""
    thanks = phone.answer(poster, 4, comment="Only one till.", contact="oksana@example.org", agrees=True)
    return case_code(thanks)


@pytest.fixture
def case_id(code: str, engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(cases.c.id)).scalar_one()


@pytest.fixture
def staff(engine: Engine, settings: Settings, riverside: Shop) -> Any:
    """Does something to a case as somebody of Riverside does."""
    with engine.begin() as connection:
        account_id = make_account(connection, riverside.store, "Olena Petrenko")

    def do(change: Any, case_id: int, *words: Any, at: datetime = NOW, place: int | None = None) -> None:
        by = Doer("Olena Petrenko", place or riverside.store, at, account_id)
        with engine.begin() as connection:
            assert change(connection, settings, case_id, by, *words)

    return do


def events(engine: Engine, case_id: int) -> list[tuple[str, str, str | None]]:
    rows = select(case_event).where(case_event.c.case_id == case_id).order_by(case_event.c.id)
    with engine.connect() as connection:
        return [(row.kind, row.author, row.comment) for row in connection.execute(rows)]


def do(phone: Phone, code: str, what: str, **fields: Any) -> Any:
    """Use one of the page's forms."""
    form = hidden_fields(phone.scan(code), f'value="{what}"')
    return phone.post(code, {**form, **fields})


def count(engine: Engine, table: Any) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_it_says_what_happened_and_what_is_promised(phone: Phone, code: str, case_id: int, staff: Any) -> None:
    page = words(phone.scan(code))
    assert "Riverside What happens with your message You wrote: Only one till." in page
    assert "We have your message." in page
    assert "Somebody of the shop looks at it next. You hear from us by 23 November, 11:52." in page
    assert "We write to you at o•••@example.org." in page
    staff(changes.take, case_id)
    staff(changes.comment, case_id, "She is always unhappy.")
    staff(changes.reply, case_id, "We are looking for a second person.")
    page = words(phone.scan(code))
    assert "Somebody of the shop has seen it and takes care of it." in page
    assert "The shop writes: We are looking for a second person." in page
    assert "It should be settled by 25 November, 11:52." in page
    assert "always unhappy" not in page
    assert "Olena" not in page


def test_it_goes_up_by_place_not_by_person(phone: Phone, code: str, case_id: int, staff: Any, riverside: Shop) -> None:
    staff(changes.climb_now, case_id, "Too much for us.")
    page = words(phone.scan(code))
    assert "looks into it now" in page or "look into it now" in page
    assert "Too much for us" not in page


def test_what_is_late_is_said(app: Flask, phone: Phone, code: str) -> None:
    app.extensions["now"] = lambda: NOW + timedelta(hours=25)
    page = words(phone.scan(code))
    assert "This takes longer than it should." in page
    assert "You hear from us by" not in page


def test_words_and_pictures_are_added_once(phone: Phone, code: str, case_id: int, engine: Engine) -> None:
    form = hidden_fields(phone.scan(code), 'value="add"')
    for _ in range(2):
        said = phone.post(code, {**form, "text": " It was at six.\r\nOn Friday. "})
        assert said.status_code == 303
    page = phone.client.get(said.headers["Location"], headers=phone.headers)
    assert "The shop has it now." in words(page)
    assert "You wrote: It was at six. On Friday." in words(page)
    # The same page, filled in anew: another word.
    assert phone.post(code, {**form, "text": "And the bread was old."}).status_code == 303
    said_by_them = [comment for kind, author, comment in events(engine, case_id) if kind == "added" and author == ""]
    assert said_by_them == ["It was at six.\nOn Friday.", "And the bread was old."]


def test_nothing_is_no_word(phone: Phone, code: str, case_id: int, engine: Engine) -> None:
    page = do(phone, code, "add", text=" \n ")
    assert page.status_code == 422
    assert "Write something or choose a picture first" in words(page)
    assert do(phone, code, "add", do="dance").status_code == 422
    assert [kind for kind, *_ in events(engine, case_id)] == ["opened"]


def test_settled_or_not(phone: Phone, code: str, case_id: int, engine: Engine, staff: Any) -> None:
    page = phone.scan(code)
    assert not re.search('value="(confirm|reopen|recover)"', page.text)
    assert phone.post(code, {"do": "confirm"}).status_code == 409
    staff(resolve, case_id, "We open a second till at five.")
    page = phone.scan(code)
    assert "It is resolved. The answer: We open a second till at five." in words(page)
    assert "Is it settled for you?" in words(page)
    assert do(phone, code, "confirm").status_code == 303
    page = phone.scan(code, done="confirmed")
    assert "You said that it is settled." in words(page)
    assert 'value="confirm"' not in page.text
    empty = do(phone, code, "reopen", text=" ")
    assert empty.status_code == 422
    assert "Write what is missing first" in words(empty)
    assert do(phone, code, "reopen", text="It was closed again today.").status_code == 303
    page = words(phone.scan(code))
    assert "It was opened again. It was closed again today." in page
    with engine.connect() as connection:
        assert connection.execute(select(cases.c.state)).scalar_one() == "open"
    late = phone.post(code, {"do": "confirm"})
    assert late.status_code == 409
    assert "That has changed in the meantime" in words(late)


def test_how_it_was_handled(phone: Phone, code: str, case_id: int, engine: Engine, staff: Any) -> None:
    staff(resolve, case_id, "Sorry.")
    assert "How well did we handle it?" in words(phone.scan(code))
    form = hidden_fields(phone.scan(code), 'value="recover"')
    assert phone.post(code, {**form, "button": "5"}).status_code == 422
    for _ in range(2):
        assert phone.post(code, {**form, "button": "2"}).status_code == 303
    page = phone.scan(code, done="recovered")
    assert "How it was handled, you found: good" in words(page)
    assert 'value="recover"' not in page.text
    assert "<details open>" in page.text  # for a word more
    assert [kind for kind, *_ in events(engine, case_id)].count("recovered") == 1


def test_it_goes_on_where_the_store_was_taken_out(
    browser: Callable[..., FlaskClient],
    phone: Phone,
    code: str,
    case_id: int,
    engine: Engine,
    riverside: Shop,
) -> None:
    with engine.begin() as connection:
        connection.execute(update(place).where(place.c.id == riverside.store).values(ended_at=NOW))
    assert "Only one till." in words(phone.scan(code))
    assert do(phone, code, "add", text="Nobody has called me.").status_code == 303
    boss, path = browser(riverside.organisation), f"/cases/{case_id}"
    assert path in boss.get("/cases").text
    page = boss.get(path)
    assert "Nobody has called me." in page.text
    assert f"/stores/{riverside.store}" not in page.text.partition("<main>")[2]
    send(boss, path, f"{path}/take", key="k" * 22)
    with engine.connect() as connection:
        assert connection.scalar(select(cases.c.state)) == "taken"


def test_what_staff_write_for_each_other_stays_theirs(phone: Phone, code: str, case_id: int, staff: Any) -> None:
    staff(resolve, case_id, "Sorry.")
    staff(reopen, case_id, "The manager is not content.")
    page = words(phone.scan(code))
    assert "It was opened again." in page
    assert "not content" not in page


def test_a_merged_case_goes_on_with_the_other(
    phone: Phone, poster: str, code: str, case_id: int, engine: Engine, staff: Any
) -> None:
    other = case_code(phone.answer(poster, 4, comment="The same queue, said another."))
    with engine.connect() as connection:
        other_id = connection.execute(select(func.max(cases.c.id))).scalar_one()
    staff(merge, case_id, other_id, at=NOW + timedelta(minutes=1))
    staff(resolve, other_id, "A second till is open now.", at=NOW + timedelta(minutes=2))
    page = phone.scan(code)
    assert "It goes on together with another message about the same thing." in words(page)
    assert "It is resolved." in words(page)
    # What was written to the other one is theirs.
    assert "A second till is open now." not in words(page)
    assert "said another" not in words(page)
    assert "Is it settled for you?" in words(page)
    assert "Only one till" not in words(phone.scan(other))
    # What they add is on their own page, and on no other.
    do(phone, code, "add", text="It was on Sunday.")
    page = phone.scan(code)
    assert "You wrote: It was on Sunday." in words(page)
    assert "It is resolved." in words(page)
    assert words(phone.scan(other)).count("You wrote:") == 1  # what they said themselves


def test_much_at_once_is_stopped(phone: Phone, code: str, case_id: int, engine: Engine) -> None:
    for number in range(30):
        assert do(phone, code, "add", text=f"Word {number}").status_code == 303
    page = do(phone, code, "add", text="And one more word.")
    assert page.status_code == 429
    assert "Wait an hour" in words(page)
    assert "And one more word.</textarea>" in page.text


def test_what_they_left_is_erased(phone: Phone, code: str, case_id: int, engine: Engine, staff: Any) -> None:
    do(phone, code, "add", text="My name is Oksana.")
    asked = phone.client.get(f"/Q/{code}/erase", headers=phone.headers)
    assert "Erase what you left? Your words, pictures and address are erased here" in words(asked)
    assert count(engine, contact) == 1
    done = phone.post(code, {}, "/erase")
    page = phone.client.get(done.headers["Location"], headers=phone.headers)
    assert "It is erased." in words(page)
    assert "You left no address" in words(page).replace("you left", "You left")
    assert not re.search("Oksana|Only one till|example.org", page.text)
    assert "You wrote: (erased)" in words(page)
    assert "/erase" not in page.text
    assert count(engine, contact) == 0
    with engine.connect() as connection:
        (row,) = connection.execute(select(answer)).all()
    assert (row.comment, row.button) == (None, 4)


def test_a_day_of_another_year_says_so(phone: Phone, code: str, app: Flask) -> None:
    assert "22 November, " in words(phone.scan(code))
    app.extensions["now"] = lambda: NOW + timedelta(days=60)
    assert f"November {NOW.year}, " in words(phone.scan(code))


def test_erasing_is_for_a_cases_own_customer(phone: Phone, poster: str, engine: Engine, settings: Settings) -> None:
    assert phone.post(poster, {}, "/erase").status_code == 404
    assert phone.post(code_of(engine, settings, Case(99)), {}, "/erase").status_code == 404
    assert phone.client.get("/Q/AAAA/erase").status_code == 404


def test_no_more_messages_by_the_cases_link(phone: Phone, code: str, engine: Engine) -> None:
    page = phone.scan(code)
    link = re.search(rf'href="(/Q/{code}/stop\?lang=en)"', page.text)
    assert link
    asked = phone.client.get(link[1], headers=phone.headers)
    assert "We then write nothing more to o•••@example.org" in words(asked)
    assert count(engine, refusal) == 0
    assert "You get no more messages." in words(phone.post(code, {}, "/stop"))
    assert count(engine, refusal) == 1
    page = phone.scan(code)
    assert "We write nothing to o•••@example.org: you asked us not to." in words(page)
    assert "/stop" not in page.text


def test_its_page_is_in_five_languages(phone: Phone, code: str, case_id: int, staff: Any) -> None:
    staff(resolve, case_id, "Ми відкриваємо другу касу.")
    said = {"uk": "Справу вирішено.", "ru": "Дело решено.", "pl": "Sprawa jest rozwiązana.", "de": "Es ist gelöst."}
    for language, sentence in said.items():
        page = phone.scan(code, lang=language)
        assert sentence in words(page)
        assert "Ми відкриваємо другу касу." in words(page)


def test_pictures_are_kept(phone: Phone, code: str, engine: Engine) -> None:
    from tests.collector.public.test_picture import jpeg, upload

    assert upload(phone, code, jpeg(300, 200)).status_code == 303
    assert "You sent a picture: photo.jpg" in words(phone.scan(code))
    assert count(engine, attachment) == 1
