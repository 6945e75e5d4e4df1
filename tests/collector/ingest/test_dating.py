"""A record's time comes from its boot's anchor, and is never in the future nor before its predecessor."""

from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.dating import Anchor, date
from collector.ingest.frames import Record
from collector.ratings.kinds import TimeQuality

NOON = 1_763_719_200_000
MINUTE = 60_000


def rating(boot: int = 1, uptime: int = 0, flags: int = 1) -> Record:
    return Record(kind=1, value=1, extra=0, boot=boot, uptime=uptime, settings=1, flags=flags)


def test_clock_set_before_the_press_is_exact() -> None:
    anchors = {1: Anchor(uptime=10_000, utc=NOON)}
    assert date([rating(uptime=4_000)], anchors, NOON - MINUTE, NOON) == [(NOON - 6_000, TimeQuality.EXACT, None)]


def test_clock_set_after_the_press_is_reconstructed() -> None:
    anchors = {1: Anchor(uptime=10_000, utc=NOON)}
    [dated] = date([rating(uptime=4_000, flags=0)], anchors, NOON - MINUTE, NOON)
    assert dated == (NOON - 6_000, TimeQuality.RECONSTRUCTED, None)


def test_boot_without_a_clock_lies_between_its_neighbours() -> None:
    anchors = {1: Anchor(0, NOON - 60 * MINUTE), 3: Anchor(0, NOON - 5 * MINUTE)}
    records = [rating(1, 1000), rating(2, 7000, 0), rating(2, 9000, 0), rating(3, 2000)]
    first, second, third, last = date(records, anchors, NOON - 90 * MINUTE, NOON)
    assert second == third == (last.happened, TimeQuality.UNKNOWN, first.happened)


def test_boot_without_a_clock_and_nothing_after_it_ends_at_the_receipt() -> None:
    assert date([rating()], {}, NOON - MINUTE, NOON) == [(NOON, TimeQuality.UNKNOWN, NOON - MINUTE)]


def test_small_contradictions_move_to_the_bound() -> None:
    ahead = {1: Anchor(0, NOON + 1500)}
    assert date([rating()], ahead, NOON - MINUTE, NOON) == [(NOON, TimeQuality.EXACT, None)]
    behind = {1: Anchor(0, NOON - MINUTE - 1500)}
    assert date([rating()], behind, NOON - MINUTE, NOON) == [(NOON - MINUTE, TimeQuality.EXACT, None)]


def test_clock_that_jumped_is_not_believed() -> None:
    for utc in (NOON + 3 * MINUTE, NOON - 10 * 365 * 24 * 60 * MINUTE, 0):
        [dated] = date([rating()], {1: Anchor(0, utc)}, NOON - MINUTE, NOON)
        assert dated == (NOON, TimeQuality.UNKNOWN, NOON - MINUTE)


times = st.integers(0, 2**42)


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 2**40 - 1), st.integers(0, 3)), min_size=1, max_size=20),
    st.dictionaries(st.integers(1, 4), st.tuples(st.integers(0, 2**40 - 1), times)),
    times,
    times,
)
def test_order_and_bounds_always_hold(
    made: list[tuple[int, int, int]], anchors: dict[int, tuple[int, int]], not_before: int, received: int
) -> None:
    dates = date(
        [rating(*each) for each in made],
        {boot: Anchor(*anchor) for boot, anchor in anchors.items()},
        not_before,
        received,
    )
    assert [dated.happened for dated in dates] == sorted(dated.happened for dated in dates)
    for dated in dates:
        assert min(not_before, received) <= dated.happened <= received
        assert (dated.earliest is None) == (dated.quality is not TimeQuality.UNKNOWN)
        assert dated.earliest is None or dated.earliest <= dated.happened
