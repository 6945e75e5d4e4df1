"""Frames may be repeated, reordered, lost and overlapping: what is taken is each record once, in order."""

from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.acceptance import accept


def test_next_frame_is_taken_whole() -> None:
    assert accept(cursor=40, held=38, first=41, count=3) == (None, 0, 43)


def test_repeat_is_dropped() -> None:
    assert accept(cursor=43, held=38, first=41, count=3) == (None, 3, 43)


def test_overlap_gives_only_what_is_new() -> None:
    assert accept(cursor=42, held=38, first=41, count=3) == (None, 2, 43)


def test_jump_takes_nothing_while_the_kiosk_still_has_what_is_missing() -> None:
    assert accept(cursor=40, held=38, first=45, count=3) == (None, 3, 40)


def test_what_the_kiosk_no_longer_has_is_a_gap() -> None:
    assert accept(cursor=40, held=44, first=44, count=2) == ((41, 43), 0, 45)


def test_gap_and_jump_in_one_frame() -> None:
    assert accept(cursor=40, held=44, first=46, count=2) == ((41, 43), 2, 43)


frames = st.tuples(st.integers(1, 60), st.integers(0, 20), st.integers(1, 12))


@given(st.lists(frames, max_size=40))
def test_each_seq_is_taken_once_or_declared_lost_once(sent: list[tuple[int, int, int]]) -> None:
    cursor, taken, lost = 0, [], []
    for held, ahead, count in sent:
        first = held + ahead
        before = cursor
        gap, skipped, cursor = accept(cursor, held, first, count)
        assert cursor >= before
        lost += range(gap[0], gap[1] + 1) if gap else []
        taken += range(first + skipped, first + count)
        # Nothing between the old cursor and the new one is forgotten.
        assert sorted(taken + lost) == list(range(1, cursor + 1))
    assert len(set(taken)) == len(taken)
