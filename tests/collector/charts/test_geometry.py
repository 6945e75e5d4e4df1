"""Where things stand in the charts."""

import re
from datetime import date, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from collector.charts.apart import are_extremes
from collector.charts.bars import Item, bars
from collector.charts.distribution import distribution
from collector.charts.gap import Pair, gap_chart
from collector.charts.heat_map import heat_map, shade
from collector.charts.pareto import pareto
from collector.charts.rank import Standing, rank
from collector.charts.spark import HEIGHT, WIDTH, spark
from collector.charts.trend import Point, trend
from collector.insights.faces import Face
from collector.insights.index import Index, index
from collector.insights.measures import smiley_index

FIRST = date(2026, 11, 1)
measured = st.one_of(st.none(), st.tuples(st.floats(0, 100), st.booleans()))


def points(*values: float | None, few: frozenset[int] = frozenset()) -> list[Point]:
    """A point a day with an interval of ± 5."""
    return [
        Point(
            first=FIRST + timedelta(place),
            last=FIRST + timedelta(place),
            value=value,
            low=None if value is None else max(0, value - 5),
            high=None if value is None else min(100, value + 5),
            count=0 if value is None else 100,
            few=place in few,
        )
        for place, value in enumerate(values)
    ]


def numbers(path: str) -> list[float]:
    return [float(each) for each in re.findall(r"-?[\d.]+", path)]


@given(st.lists(measured, min_size=1, max_size=30))
def test_a_line_stays_in_its_drawing_and_runs_from_left_to_right(given_values: list[tuple[float, bool] | None]) -> None:
    few = frozenset(place for place, each in enumerate(given_values) if each and each[1])
    made = points(*(each and each[0] for each in given_values), few=few)
    chart = trend(made)
    if all(each is None for each in given_values):
        assert chart is None
        return
    assert chart
    assert len(chart.spots) == sum(each is not None for each in given_values)
    xs = []
    for line in chart.lines:
        found = numbers(line)
        assert all(0 <= y <= chart.height for y in found[1::2])
        xs += found[::2]
    assert xs == sorted(xs)
    assert all(0 <= x <= 1000 for x in xs)
    assert len(chart.lines) == len(chart.bands)
    assert all(spot.top <= spot.y <= spot.foot for spot in chart.spots)


def test_a_line_breaks_where_nothing_or_too_little_was_heard() -> None:
    chart = trend(points(70, 72, None, 75, 10, 76, few=frozenset({4})))
    assert chart
    assert len(chart.lines) == 3
    # What is not sure of anything does not flatten the rest.
    assert chart.scale.foot >= 60


def test_a_line_of_too_few_alone_is_drawn_hatched_and_without_a_line() -> None:
    chart = trend(points(70, 80, few=frozenset({0, 1})))
    assert chart
    assert not chart.lines
    assert [spot.value for spot in chart.spots] == [70, 80]


def test_the_first_and_the_last_day_are_named_and_a_phone_has_room_for_what_it_shows() -> None:
    for count in (1, 2, 3, 4, 5, 28, 90):
        chart = trend(points(*[70.0] * count))
        assert chart
        assert chart.named[0][0] == FIRST
        assert chart.named[-1][0] == FIRST + timedelta(count - 1)
        assert sum(on_phones for _, _, on_phones in chart.named) <= 3
        assert all(after > before for (_, before, _), (_, after, _) in pairwise(chart.named))


def test_a_change_is_marked_where_it_lies_within() -> None:
    made = points(70, 70, 70, 70)
    assert [(chart := trend(made, split=FIRST + timedelta(days))) and chart.split for days in (0, 2, 3, 4)] == [
        None,
        50,
        75,
        None,
    ]


def test_bars_carry_their_interval_and_fill_the_width_only_at_a_hundred() -> None:
    chart = bars([Item("Exit", 80, 75, 85, 300), Item("Checkout", None, None, None, 0)])
    assert chart
    exit, checkout = chart.bars
    assert exit.width == 80
    assert exit.band
    assert [round(each, 6) for each in exit.band] == [75, 10]
    assert (checkout.width, checkout.band) == (0, None)
    counts = bars([Item("a", 40, None, None, 40), Item("b", 20, None, None, 20)], "count")
    assert counts
    assert [bar.width for bar in counts.bars] == [100, 50]
    assert bars([]) is None


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=11))
def test_columns_stand_from_zero_and_their_shares_make_a_hundred(counts: list[int]) -> None:
    chart = distribution([(str(place), None, count) for place, count in enumerate(counts)])
    if not sum(counts):
        assert chart is None
        return
    assert chart
    assert sum(column.percent for column in chart.columns) == 100
    assert max(column.height for column in chart.columns) == chart.height
    assert all((column.height == 0) == (column.count == 0) for column in chart.columns)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=12))
def test_the_few_reasons_that_matter_are_the_fewest_that_make_up_most(counts: list[int]) -> None:
    chart = pareto([(f"reason {place}", count) for place, count in enumerate(counts)])
    if not sum(counts):
        assert chart is None
        return
    assert chart
    assert [reason.count for reason in chart.reasons] == sorted(counts, reverse=True)
    assert round(chart.reasons[-1].together, 6) == 100
    assert chart.vital[-1].together >= 80 - 1e-9
    assert sum(reason.share for reason in chart.vital[:-1]) < 80


def test_a_cell_is_as_large_as_its_count_and_hatched_where_there_are_too_few() -> None:
    heard = {(0, 9): Index(90, 5, 100), (0, 10): Index(30, 9, 25), (6, 12): Index(50, 40, 3), (0, 23): Index(50, 40, 4)}
    chart = heat_map(heard, {(0, 8), (0, 9), (0, 10), (6, 12)}, 10)
    assert chart
    assert (list(chart.hours), chart.outside) == ([8, 9, 10, 11, 12], 4)
    many, fewer, few = chart.cells
    assert (many.face, fewer.face, few.face) == (Face.VERY_GOOD, Face.VERY_BAD, None)
    assert fewer.height == many.height / 2  # a quarter of the count is a quarter of the area
    assert few.height > 8  # can still be seen
    assert all(0 <= cell.x <= 100 - cell.width and 0 <= cell.y <= chart.height - cell.height for cell in chart.cells)
    assert chart.extremes == (fewer, many)
    assert heat_map({(0, 9): Index(0, 0, 0)}, {(0, 9)}, 10) is None
    unknown = heat_map(heard, (), 10)
    assert unknown
    assert (unknown.hours[-1], unknown.outside) == (23, 0)


def test_an_hour_is_the_best_where_that_is_more_than_chance() -> None:
    near = {(0, 9): Index(71, 8, 60), (0, 10): Index(60, 8, 60), (0, 11): Index(0, 33, 3)}
    chart = heat_map(near, set(), 10)
    assert chart
    assert ([cell.hour for cell in chart.compared], chart.extremes) == ([10, 9], None)
    # A week of hours with the same true index: the highest and the lowest lie far apart, as they do in any week.
    chance = Random(3)
    week = {}
    for slot in range(84):
        happy = sum(chance.random() < 0.7 for _ in range(40))
        week[divmod(slot, 12)] = index({(1, 2): happy, (2, 2): 40 - happy}) or Index(0, 0, 0)
    chart = heat_map(week, set(), 10)
    assert chart
    assert chart.compared[-1].value - chart.compared[0].value > 25
    assert chart.extremes is None


def test_a_shade_for_every_index() -> None:
    assert [shade(value) for value in (0, 40, 40.1, 60.1, 80.1, 100)] == [
        *(Face.VERY_BAD, Face.VERY_BAD, Face.BAD, Face.GOOD, Face.VERY_GOOD, Face.VERY_GOOD)
    ]


def test_the_highest_and_the_lowest_are_named_where_that_is_more_than_chance() -> None:
    def named(*items: Item) -> tuple[str, str] | None:
        drawn = bars(items)
        assert drawn
        return (drawn.extremes[0].label, drawn.extremes[1].label) if drawn.extremes else None

    low, high = Item("low", 60, 55, 65, 90), Item("high", 71, 66, 76, 90)
    assert named(low, high) == ("low", "high")
    assert named(low, Item("near", 66, 61, 71, 90)) is None
    assert named(low, Item("few", 99, 20, 100, 3, few=True)) is None
    # Of many that are alike, the two that lie farthest apart say nothing.
    chance = Random(5)
    wrong = 0
    for _ in range(200):
        items = []
        for number in range(8):
            happy = sum(chance.random() < 0.7 for _ in range(60))
            found = smiley_index({(1, 2): happy, (2, 2): 60 - happy})
            assert found
            items.append(Item(str(number), found.value, found.low, found.high, 60))
        wrong += named(*items) is not None
    assert wrong <= 16  # one time in twenty


def test_what_falls_shortest_comes_first() -> None:
    chart = gap_chart([Pair("clean", 3, 4, 50), Pair("quick", 5, 3, 50, 0.4)], "five")
    assert chart
    assert [line.pair.label for line in chart.lines] == ["quick", "clean"]
    assert (chart.lines[0].expected, chart.lines[0].found) == (100, 50)
    assert chart.worst
    assert chart.worst.label == "quick"
    unsure = gap_chart([Pair("quick", 5, 4.8, 50, 0.4)], "five")
    assert unsure
    assert unsure.worst is None
    assert gap_chart([]) is None


@given(st.lists(st.one_of(st.none(), st.floats(0, 100)), max_size=20))
def test_a_spark_is_no_larger_than_a_word(given_values: list[float | None]) -> None:
    drawn = spark(given_values)
    if all(value is None for value in given_values):
        assert drawn is None
        return
    assert drawn
    for path in drawn.paths:
        found = numbers(path)
        assert all(0 <= x <= WIDTH for x in found[::2])
        assert all(0 <= y <= HEIGHT for y in found[1::2])


def test_all_places_stand_on_one_scale() -> None:
    standings = [Standing(1, "A", 1, 80, 75, 85, 90, 30), Standing(2, "B", 2, 70, 68, 72, 70, 900)]
    chart = rank(standings, 72)
    assert chart
    better, worse = chart.rows
    assert better.low + better.width > better.value > better.low > worse.value
    assert 0 <= chart.mean[1] <= 100
    assert rank([], 0) is None


def test_a_noisy_day_hides_no_difference() -> None:
    # The highest is a day of few ratings, of which nobody can be sure; two others differ for all that.
    noisy, high, low = Item("noisy", 86, 70, 100, 22), Item("high", 83, 81, 85, 900), Item("low", 70, 68, 72, 900)
    drawn = bars([noisy, high, low])
    assert drawn
    assert drawn.extremes == (low, high)
    assert not are_extremes(drawn.extremes, drawn.compared)
    same = bars([high, low])
    assert same
    assert same.extremes
    assert are_extremes(same.extremes, same.compared)
