"""One kiosk that has gone mad starves no other."""

from collector.ingest.limits import MESSAGES, WINDOW, Limits


def test_a_kiosk_may_say_so_much_and_another_one_still_may() -> None:
    limits = Limits()
    assert all(limits.allows("mad", 100.0) for _ in range(MESSAGES))
    assert not limits.allows("mad", 101.0)
    assert limits.allows("exit-1", 101.0)
    assert limits.remaining(101.0) == WINDOW - 1


def test_the_next_window_begins_anew() -> None:
    limits = Limits()
    for _ in range(MESSAGES + 5):
        limits.allows("mad", 100.0)
    assert not limits.allows("mad", 100.0 + WINDOW / 2)
    assert limits.allows("mad", 100.0 + WINDOW)
