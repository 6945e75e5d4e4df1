"""Reply templates: written at a place, offered there and below."""

import pytest
from flask import Flask
from sqlalchemy import Engine

from collector.cases.settings.replies import Template, offered
from tests.collector.cases.pages.console import Person
from tests.collector.customers import hidden_fields, words
from tests.factories import Shop, make_shop


@pytest.fixture
def olha(app: Flask, engine: Engine, riverside: Shop) -> Person:
    return Person(app, engine, riverside.store, "Olha")


@pytest.fixture
def iryna(app: Flask, engine: Engine, riverside: Shop) -> Person:
    return Person(app, engine, riverside.organisation, "Iryna")


def at(engine: Engine, place_id: int) -> list[tuple[str, dict[str, str]]]:
    with engine.connect() as connection:
        return [(each.name, each.text) for each in offered(connection, place_id)]


def write(person: Person, place_id: int, name: str, **texts: str) -> None:
    path = f"/places/{place_id}/replies"
    form = hidden_fields(person.client.get(path), f'action="{path}"')
    typed = {f"text-{language}": text for language, text in texts.items()}
    assert person.client.post(path, data={**form, "name": name, **typed}).location == path


def test_written_above_and_offered_below(olha: Person, iryna: Person, engine: Engine, riverside: Shop) -> None:
    write(iryna, riverside.organisation, "Cold food", en="We are sorry.\r\nIt is warm now.", uk="Перепрошуємо.")
    write(olha, riverside.store, "Queue", en="A second till opens.")
    write(olha, riverside.store, "Queue", en="A second till opens.")  # a second tap
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
    own = "Queue", {"en": "A second till opens."}
    above = "Cold food", {"en": "We are sorry.\nIt is warm now.", "uk": "Перепрошуємо."}
    assert at(engine, riverside.store) == [own, above]
    assert at(engine, hilltop.store) == [above]
    page = olha.read(f"/places/{riverside.store}/replies")
    assert "For Riverside Queue English" in page
    assert "From above Cold food · Smilepost" in page


def test_written_anew_and_taken_away(olha: Person, engine: Engine, riverside: Shop) -> None:
    write(olha, riverside.store, "Queue", en="A second till opens.")
    path = f"/places/{riverside.store}/replies"
    form = hidden_fields(olha.client.get(path), f'action="{path}/1"')
    olha.client.post(f"{path}/1", data={**form, "name": "Queue", "text-de": "Es tut uns leid."})
    assert at(engine, riverside.store) == [("Queue", {"de": "Es tut uns leid."})]
    olha.client.post(f"{path}/1", data={**form, "take_away": "1"})
    assert at(engine, riverside.store) == []
    olha.client.post(f"{path}/1", data={**form, "take_away": "1"})
    assert "Somebody took this template away in the meantime." in olha.read(path)


@pytest.mark.parametrize(
    ("typed", "against"),
    [
        ({"name": "", "text-en": "Sorry."}, "Give it a name"),
        ({"name": "x" * 81, "text-en": "Sorry."}, "Give it a name"),
        ({"name": "Queue"}, "Write the reply in one language at least."),
        ({"name": "Queue", "text-en": "x" * 1001}, "A reply has at most 1000 letters."),
    ],
)
def test_what_does_not_fit_is_still_there(
    olha: Person, engine: Engine, riverside: Shop, typed: dict[str, str], against: str
) -> None:
    path = f"/places/{riverside.store}/replies"
    form = hidden_fields(olha.client.get(path), f'action="{path}"')
    answer = olha.client.post(path, data={**form, **typed})
    assert answer.status_code == 422
    assert against in words(answer)
    assert all(text in answer.text for text in typed.values())
    assert at(engine, riverside.store) == []


def test_what_is_above_is_not_theirs_to_change(olha: Person, iryna: Person, engine: Engine, riverside: Shop) -> None:
    write(iryna, riverside.organisation, "Cold food", en="We are sorry.")
    own, above = (f"/places/{place}/replies" for place in (riverside.store, riverside.organisation))
    form = hidden_fields(olha.client.get(own), f'action="{own}"')
    assert olha.client.get(above).status_code == 404
    assert olha.client.post(above, data={**form, "name": "x", "text-en": "x"}).status_code == 404
    olha.client.post(f"{own}/1", data={**form, "take_away": "1"})
    assert at(engine, riverside.store) == [("Cold food", {"en": "We are sorry."})]


def test_a_language_that_is_missing(riverside: Shop) -> None:
    template = Template(1, riverside.store, "Riverside", "Queue", {"de": "Bei {store}.", "en": "At {store}."})
    assert template.filled("de", "Riverside") == "Bei Riverside."
    assert template.filled("pl", "Riverside") == "At Riverside."
