"""Which stores need somebody: the worst change first, and nothing that is only chance."""

from hypothesis import given
from hypothesis import strategies as st

from collector.home.needs import StoreFacts, Why, in_need, standing
from collector.insights.compare import TooFew
from collector.insights.index import Tally


def week(good: int, bad: int) -> Tally:
    return {(1, 4): good, (4, 4): bad}


def store(name: str, now: Tally, before: Tally, **more: int) -> StoreFacts:
    return StoreFacts(hash(name) % 1000, name, [now, before, {}, {}, {}], **more)


def test_the_worst_change_comes_first_and_chance_does_not_count() -> None:
    found = in_need(
        [
            store("steady", week(80, 20), week(80, 20)),
            store("a little lower", week(78, 22), week(80, 20)),
            store("late", week(80, 20), week(80, 20), cases=3, late=1),
            store("fell", week(50, 50), week(80, 20)),
            store("fell far", week(20, 80), week(80, 20), alerts=1),
            store("better", week(99, 1), week(50, 50)),
            store("few", week(0, 5), week(80, 20)),
            store("alert", week(80, 20), week(80, 20), alerts=2),
        ]
    )
    assert [each.facts.name for each in found] == ["fell far", "fell", "late", "alert"]
    assert [each.why for each in found] == [[Why.WORSE, Why.ALERT], [Why.WORSE], [Why.LATE], [Why.ALERT]]
    assert round(found[1].drop) == 30


def test_too_few_ratings_are_not_compared() -> None:
    few = standing(store("few", week(0, 19), week(80, 20)))
    assert isinstance(few.change, TooFew)
    assert few.drop == 0


def test_the_weeks_stand_oldest_first() -> None:
    stands = standing(StoreFacts(1, "x", [week(1, 0), {}, week(0, 1), {}, week(1, 1)]))
    assert stands.spark == [50, None, 0, None, 100]


tallies = st.builds(week, st.integers(0, 300), st.integers(0, 300))
facts = st.builds(
    lambda weeks, cases, late, alerts: StoreFacts(1, "x", weeks, cases, min(late, cases), alerts),
    st.lists(tallies, min_size=5, max_size=5),
    *(st.integers(0, 5),) * 3,
)


@given(st.lists(facts, max_size=12))
def test_the_list_is_in_order_and_each_has_a_reason(stores: list[StoreFacts]) -> None:
    found = in_need(stores)
    assert [each.drop for each in found] == sorted((each.drop for each in found), reverse=True)
    assert all(each.why for each in found)
    assert sum(1 for each in stores if each.late or each.alerts) <= len(found) <= len(stores)
    for each in found:
        if Why.WORSE in each.why:
            assert each.week is not None
            assert each.before is not None
            assert each.week.value < each.before.value
