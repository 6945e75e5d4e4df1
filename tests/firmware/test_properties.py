"""What holds for all presses and all records."""

from hypothesis import given
from hypothesis import strategies as st
from kiosk.debounce import Debouncer
from kiosk.record import RATING, pack, unpack

bounces = st.lists(st.integers(1, 4), max_size=4)  # pauses between the bounces of a contact, 16 ms in all at most


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 500), st.integers(5, 500), bounces, bounces), max_size=40))
def test_as_many_presses_as_a_finger_made(fingers):
    """However a contact bounces and however short a press is, each is counted once, at its first edge."""
    free_from = [0] * 4
    edges, presses = [], []
    for button, pause, hold, down, up in fingers:
        at = free_from[button] + pause
        presses.append((at, button))
        level = 0
        edges.append((at, button, level))
        for gap in down[: len(down) // 2 * 2]:
            at, level = at + gap, 1 - level
            edges.append((at, button, level))
        at += hold
        level = 1
        edges.append((at, button, level))
        for gap in up[: len(up) // 2 * 2]:
            at, level = at + gap, 1 - level
            edges.append((at, button, level))
        free_from[button] = at + Debouncer.lockout
    debouncer, counted = Debouncer(4), []
    end = max(free_from) + 1000
    looks = [(at, button, None) for at in range(0, end, 5) for button in range(4)]  # every 5 ms, as the kiosk does
    levels = [1] * 4
    for at, button, level in sorted(edges + looks, key=lambda edge: edge[0]):
        levels[button] = levels[button] if level is None else level
        if debouncer.see(button, levels[button], at) == RATING:
            counted.append((debouncer.began(button), button))
    assert sorted(counted) == sorted(presses)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1)), max_size=100))
def test_two_presses_are_never_closer_than_the_lockout(steps):
    debouncer = Debouncer(1)
    at, last = 0, -Debouncer.lockout
    for step, level in steps:
        at += step
        if debouncer.see(0, level, at) == RATING:
            assert debouncer.began(0) - last >= Debouncer.lockout
            last = debouncer.began(0)


u31 = st.integers(0, 2**31 - 1)
records = st.tuples(st.integers(1, 4), st.integers(0, 10), u31, u31, st.integers(0, 2**40 - 1), u31, st.integers(0, 15))


@given(records, u31, u31)
def test_records_there_and_back(record, epoch, seq):
    assert unpack(pack(record, epoch, seq), epoch, seq) == record


@given(records, u31, u31, st.binary(min_size=1, max_size=3), st.integers(0, 21))
def test_damage_is_noticed(record, epoch, seq, damage, at):
    data = bytearray(pack(record, epoch, seq))
    before = bytes(data)
    data[at : at + len(damage)] = damage
    assert (unpack(bytes(data[:24]), epoch, seq) is None) == (bytes(data[:24]) != before)
