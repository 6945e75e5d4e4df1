"""Surveys: which holds where, and what it consists of."""

import msgspec
import pytest
from sqlalchemy import Engine, insert, select

from collector.surveys.default import DEFINITION, ensure_default
from collector.surveys.definition import LANGUAGES, Definition, Reason, in_language
from collector.surveys.queries import survey_at
from collector.surveys.tables import question, survey
from tests.factories import Shop, make_question


def test_default_says_everything_in_each_language() -> None:
    texts = [DEFINITION.why_good, DEFINITION.why_bad, *(reason.text for reason in DEFINITION.reasons(None))]
    assert all(set(text) == set(LANGUAGES) for text in texts)
    numbers = [reason.number for reason in DEFINITION.reasons(None)]
    assert len(set(numbers)) == len(numbers)


def test_reasons_go_with_the_score() -> None:
    assert DEFINITION.reasons(0) == DEFINITION.reasons_bad
    assert DEFINITION.reasons(66.7) == DEFINITION.reasons_good


def test_more_than_six_reasons_are_none() -> None:
    many = tuple(Reason(number, {"en": "x"}) for number in range(1, 8))
    stored = msgspec.to_builtins(Definition({"en": "?"}, {"en": "?"}, many, ()))
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(stored, Definition)


def test_words_in_a_language_that_is_not_there() -> None:
    assert in_language({"uk": "Так", "en": "Yes"}, "de") == "Yes"
    assert in_language({"uk": "Так"}, "en") == "Так"


def test_default_is_given_once(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        assert ensure_default(connection) == ensure_default(connection)
        assert len(connection.execute(select(survey)).all()) == 1
        assert len(connection.execute(select(question)).all()) == 2  # the shop has one of its own
        found = survey_at(connection, riverside.store)
    assert (found.place_id, found.version, found.buttons) == (riverside.organisation, 1, 4)
    assert found.definition == DEFINITION


def test_the_nearest_place_above_has_the_say(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ensure_default(connection)
        asked = make_question(connection, 5)
        for place_id, version in ((riverside.region, 1), (riverside.region, 2), (riverside.organisation, 9)):
            values = {"question_id": asked, "definition": msgspec.to_builtins(DEFINITION)}
            connection.execute(insert(survey).values(place_id=place_id, version=version, **values))
        found = survey_at(connection, riverside.store)
    assert (found.place_id, found.version, found.buttons) == (riverside.region, 2, 5)
