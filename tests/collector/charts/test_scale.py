"""From which value to which a chart reaches."""

from hypothesis import given
from hypothesis import strategies as st

from collector.charts.scale import from_zero, zoomed

values = st.lists(st.floats(0, 100), min_size=1, max_size=20)


@given(values)
def test_a_line_has_room_for_all_its_values_and_round_lines_to_read_them_off(given_values: list[float]) -> None:
    scale = zoomed(given_values, least=20, within=(0, 100))
    assert 0 <= scale.foot <= min(given_values) <= max(given_values) <= scale.top <= 100
    assert scale.top - scale.foot >= 20  # a change of two points does not look like a landslide
    assert 3 <= len(scale.lines) <= 8
    assert scale.lines[0] == scale.foot
    assert scale.lines[-1] == scale.top
    assert all(0 <= scale.down(value, 144) <= 144 for value in given_values)


@given(values, st.floats(0.1, 1000))
def test_bars_begin_at_zero_and_are_as_long_as_they_say(given_values: list[float], least: float) -> None:
    scale = from_zero(given_values, least)
    assert scale.foot == 0
    assert scale.top >= max(given_values)
    longest = scale.part(max(given_values))
    for value in given_values:
        assert abs(scale.part(value) * max(given_values) - longest * value) < 1e-6 * max(1, value)


def test_what_lies_beyond_the_scale_stays_at_its_edge() -> None:
    scale = zoomed([70, 80], least=20, within=(0, 100))
    assert scale.part(-50) == 0
    assert scale.part(500) == 1
    assert scale.down(scale.top, 144) == 0
