"""What a kiosk should know: defaults, what was chosen for it, and a new version only where something has changed."""

from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, update

from collector.fleet.credentials import Credentials
from collector.fleet.settings.given import LARGEST, CannotSet, give_settings, newest_settings, prefer, preferences
from collector.places.tables import place
from collector.settings import Settings
from collector.surveys.tables import question


def wanted(connection: Connection) -> dict[str, Any]:
    newest = newest_settings(connection, "exit-1")
    assert newest is not None
    return dict(newest.settings)


def test_a_new_kiosk_knows_all_it_needs(engine: Engine, shop: Credentials) -> None:
    with engine.connect() as connection:
        settings = wanted(connection)
    assert settings["languages"] == ["uk", "en"]
    assert (settings["light"], settings["sound"], settings["repeat"]) == (100, 50, 2000)
    assert settings["hours"] == [[[0, 1440]]] * 7
    assert settings["offsets"][0][1] == 120
    assert settings["weekdays"] == [0] * 7
    assert settings["questions"] == []
    assert settings["did"] == {}
    assert [len(settings["reasons"][kind]) for kind in ("good", "bad")] == [6, 6]
    assert settings["reasons"]["bad"][0] == {"uk": "Довга черга", "en": "Long queue"}


def test_what_is_the_same_is_no_new_version(engine: Engine, settings: Settings, shop: Credentials) -> None:
    with engine.begin() as connection:
        assert give_settings(connection, settings, "exit-1") == 1
        assert prefer(connection, settings, "exit-1", {"sound": 50}) == 1
        assert prefer(connection, settings, "exit-1", {"sound": 0, "light": 30}) == 2
        assert prefer(connection, settings, "exit-1", {"sound": 0}) == 2
        assert prefer(connection, settings, "exit-1", {"sound": None}) == 3
        assert preferences(connection, "exit-1") == {"light": 30}
        assert (wanted(connection)["sound"], wanted(connection)["light"]) == (50, 30)


def test_a_store_that_opens_later_is_a_new_version(engine: Engine, settings: Settings, shop: Credentials) -> None:
    with engine.begin() as connection:
        connection.execute(update(place).values(opening_hours={"mon": [["10:00", "20:00"]]}))
        assert give_settings(connection, settings, "exit-1") == 2
        assert wanted(connection)["hours"][0] == [[600, 1200]]


def test_words_are_in_the_languages_of_the_kiosk(engine: Engine, settings: Settings, shop: Credentials) -> None:
    with engine.begin() as connection:
        prefer(connection, settings, "exit-1", {"languages": ["en", "pl"], "tell": {"en": "Say it"}})
        settled = wanted(connection)
    assert settled["question"] == {"en": "How was your visit today?", "pl": "Jak było dziś u nas?"}
    assert settled["thanks"] == {"en": "Thank you!", "pl": "Dziękujemy!"}
    assert settled["reasons"]["bad"][0] == {"en": "Long queue", "pl": "Długa kolejka"}
    assert settled["languages"] == ["en", "pl"]


def test_weekdays_have_questions_of_their_own(engine: Engine, settings: Settings, shop: Credentials) -> None:
    quick, clean = {"en": "Was it quick?"}, {"en": "Was it clean?"}
    with engine.begin() as connection:
        usual = connection.execute(select(question.c.text).order_by(question.c.id).limit(1)).scalar_one()
        days = {"mon": clean, "wed": quick, "fri": clean, "sun": usual}
        assert prefer(connection, settings, "exit-1", {"weekday_questions": days}) == 2
        settled = wanted(connection)
        first = newest_settings(connection, "exit-1")
        assert first is not None
        assert (settled["weekdays"], settled["questions"]) == ([1, 0, 2, 0, 1, 0, 0], [clean, quick])
        # The same words are the same question when they come again.
        prefer(connection, settings, "exit-1", {"weekday_questions": {"tue": quick}})
        again = newest_settings(connection, "exit-1")
        assert again is not None
        assert again.questions == first.questions[1:]


def test_what_no_kiosk_could_hold_is_refused_and_changes_nothing(
    engine: Engine, settings: Settings, shop: Credentials
) -> None:
    seven = {day: {"en": f"Question of {day}?"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    with engine.begin() as connection:
        prefer(connection, settings, "exit-1", {"light": 30})
        with pytest.raises(CannotSet, match="7 questions"):
            prefer(connection, settings, "exit-1", {"weekday_questions": seven})
        with pytest.raises(CannotSet, match=str(LARGEST)):
            prefer(connection, settings, "exit-1", {"did": {"en": "x" * LARGEST}})
        assert preferences(connection, "exit-1") == {"light": 30}
