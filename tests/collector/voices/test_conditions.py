"""What the database finds is what the rules say: faces, opening hours, words."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, Engine, text

from collector.insights.faces import Face, face
from collector.places.hours import WEEKDAYS, opening
from collector.ratings.scale import weight
from collector.voices.conditions import has_face, says, was_said
from collector.voices.themes.folding import fold

THOROUGH = settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
ZONES = ("Europe/Kyiv", "Asia/Kathmandu", "America/St_Johns")

_clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 30]))
_periods = st.tuples(_clocks, _clocks | st.just("24:00")).filter(lambda period: period[0] != period[1]).map(list)
_hours = st.dictionaries(st.sampled_from(WEEKDAYS), st.lists(_periods, max_size=2))
#: Not in the nights when clocks are changed, whose hours come twice or never.
_moments = st.integers(0, 28 * 24 * 60).map(
    lambda minutes: datetime(2026, 11, 2, tzinfo=UTC) + timedelta(minutes=minutes)
)
_comments = st.text(
    st.sampled_from("abчйґ'\\:&|!()* é") | st.characters(codec="utf-8", exclude_characters="\0"), max_size=30
)

Holds = Callable[..., bool]


@pytest.fixture
def holds(engine: Engine) -> Holds:
    """Whether a condition holds of an answer with these columns, at a place with those."""

    def asked(condition: ColumnElement[bool], answer: str, place: str = "1", **given: object) -> bool:
        said = condition.compile(engine, compile_kwargs={"literal_binds": True})
        rows = f"(SELECT {answer}) AS answer CROSS JOIN (SELECT {place}) AS place"
        with engine.connect() as connection:
            return bool(connection.execute(text(f"SELECT {said} FROM {rows}"), given).scalar_one())  # noqa: S608

    return asked


def test_every_button_has_its_face(holds: Holds) -> None:
    for size in range(2, 12):
        for button in range(1, size + 1):
            faces = [each for each in Face if holds(has_face([each]), f"{weight(button, size)}::real AS score")]
            assert faces == [face(button, size)]


@THOROUGH
@given(_hours, _moments, st.sampled_from(ZONES))
def test_opening_hours_are_those_of_the_door(
    holds: Holds, hours: dict[str, list[list[str]]], moment: datetime, zone: str
) -> None:
    door = opening(hours, moment.astimezone(ZoneInfo(zone)))
    # Nobody knows the hours; or they are known and it never opens, which is no hours for a door.
    was_open = not hours if door is None else door.is_open
    given = {"hours": json.dumps(hours), "zone": zone, "at": moment}
    columns = "CAST(:at AS timestamptz) AS submitted_at", "CAST(:hours AS jsonb) AS opening_hours, :zone AS time_zone"
    assert holds(was_said("open"), *columns, **given) == was_open
    assert holds(was_said("closed"), *columns, **given) != was_open


@THOROUGH
@given(
    st.text(st.sampled_from("abчйґ'\\:&|!()* é") | st.characters(codec="utf-8", exclude_characters="\0"), max_size=30),
    st.data(),
)
def test_a_word_is_found_by_how_it_begins(holds: Holds, comment: str, data: st.DataObject) -> None:
    words = fold(comment)
    columns = {"answer": "array_to_tsvector(CAST(:words AS text[])) AS words", "words": sorted(set(words))}
    if words:
        word = data.draw(st.sampled_from(words))
        begun = word[: data.draw(st.integers(1, len(word)))]
        assert holds(says(begun), **columns)
        assert holds(says(comment), **columns)
        assert not holds(says(f"{comment} nowhere"), **columns)
    assert not holds(says("?!"), **columns)


def test_nothing_in_a_search_is_a_command(holds: Holds) -> None:
    columns = {"answer": "array_to_tsvector(CAST(:words AS text[])) AS words", "words": ["queue", "long"]}
    assert holds(says("long QUEUE"), **columns)
    for search in ("queue | short", "!short", "'queue' & 'short'", "que:*A <-> x"):
        assert not holds(says(search), **columns)
