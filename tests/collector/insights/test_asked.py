"""What an address asks for; what makes no sense never breaks a page."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from collector.insights.asked import MOST, USUAL, Asked, asked_of, touchpoint_choices
from collector.ratings.kinds import Channel

TODAY = date(2026, 11, 22)


def test_what_is_asked_for() -> None:
    assert asked_of({}, 3, TODAY) == Asked(3, TODAY - timedelta(USUAL - 1), TODAY)
    assert asked_of({"days": "7"}, 3, TODAY) == Asked(3, date(2026, 11, 16), TODAY)
    found = asked_of(
        MultiDict(
            [("from", "2026-10-01"), ("to", "2026-10-31"), ("touchpoint", "5"), ("channel", "web"), ("channel", "sms")]
        ),
        3,
        TODAY,
    )
    assert found == Asked(3, date(2026, 10, 1), date(2026, 10, 31), 5, frozenset({Channel.WEB, Channel.SMS}))
    assert found.days == 31
    assert (found.before.first, found.before.last, found.before.touchpoint_id) == (
        date(2026, 8, 31),
        date(2026, 9, 30),
        5,
    )
    assert found.previous_year.first.weekday() == found.first.weekday()
    assert found.at(9) == Asked(9, found.first, found.last, None, found.channels)


@pytest.mark.parametrize(
    "typed",
    [
        {"from": "2026-13-01"},
        {"days": "0"},
        {"days": "-1"},
        {"days": "99999999999999999999"},
        {"days": "²"},
        {"touchpoint": "0"},
        {"touchpoint": "99999999999"},
        {"channel": "pigeon"},
        {"from": "2027-01-01"},
        {"to": "0001-01-01"},
        {"from": "2026-11-30", "to": "2026-11-29"},
    ],
)
def test_what_makes_no_sense_is_left_out(typed: dict[str, str]) -> None:
    assert asked_of(typed, 3, TODAY) == Asked(3, TODAY - timedelta(USUAL - 1), TODAY)


def test_the_touchpoint_that_is_asked_for_is_chosen_and_a_name_that_none_has_is_offered_for_now() -> None:
    rows, names = [("5", "Exit"), ("6", "None")], [("Exit", "Exit"), ("None", "None")]
    nothing = Asked(3, TODAY, TODAY)

    def chosen(touchpoints: list[tuple[str, str]], **asked: int | str) -> tuple[list[str], list[str]]:
        found = touchpoint_choices(touchpoints, replace(nothing, **asked))  # type: ignore[arg-type]
        return [each.value for each in found], [each.name for each in found if each.is_asked]

    assert chosen(rows) == (["5", "6"], [])
    assert chosen(names) == (["Exit", "None"], [])
    assert chosen(rows, touchpoint_id=5) == (["5", "6"], ["Exit"])
    assert chosen(names, touchpoint_name="exit") == (["Exit", "None"], ["Exit"])
    assert chosen(names, touchpoint_name="Cellar") == (["Exit", "None", "Cellar"], ["Cellar"])


words = st.one_of(st.text(max_size=12), st.dates().map(str), st.integers().map(str))


@given(
    st.dictionaries(st.sampled_from(["from", "to", "days", "touchpoint", "channel"]), words),
    st.dates(date(2020, 1, 1), date(2100, 1, 1)),
)
def test_whatever_is_typed_a_period_comes_of_it_and_its_address_asks_the_same(
    typed: dict[str, str], today: date
) -> None:
    found = asked_of(typed, 3, today)
    assert found.first <= found.last <= today
    assert 1 <= found.days == found.before.days == found.previous_year.days <= MOST
    again = asked_of(MultiDict(found.query()), 3, today)
    assert again == found
