"""What holds for all presses and all records."""

from hypothesis import given
from hypothesis import strategies as st
from kiosk.debounce import Debouncer
from kiosk.gesture import FIRST, HELD, TOGETHER, is_made
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


fingers = st.tuples(st.integers(0, 3), st.integers(0, 90_000), st.integers(5, 25_000))  # button, when, how long


@given(st.lists(fingers, min_size=1, max_size=12))
def test_no_pressing_resets_a_kiosk_but_the_gesture(pressed):
    """Whatever fingers do: both outer buttons, together, alone, for 20 s, in the first minute, or nothing."""
    levels = {}  # (time, button): level
    for button, at, hold in pressed:
        for moment in range(at - at % 50, at + hold, 50):
            levels[moment // 50, button] = 0
    debouncer, made = Debouncer(4), []
    down = [[] for _ in range(4)]  # when each was seen to be down
    for step in range(120_000 // 50):
        now = step * 50
        for button in range(4):
            level = levels.get((step, button), 1)
            debouncer.see(button, level, now)
            if not level:
                down[button].append(now)
        touches = [debouncer.touch(button, now) for button in range(4)]
        if is_made([held for held, _ in touches], [touched for _, touched in touches], now):
            made.append(now)
    for now in made:
        assert now <= 60_000
        for moment in range(now - HELD, now + 1, 50):
            assert moment in down[0]
            assert moment in down[3]
            assert moment not in down[1]
            assert moment not in down[2]


LOOK = 20  # ms, as the kiosk looks while a button is down
looks = [st.integers(least // LOOK, most // LOOK) for least, most in ((0, 80_000), (0, 1000), (19_000, 21_000))]


@given(*looks, st.booleans())
def test_the_gesture_counts_to_the_millisecond(began, apart, hold, mirrored):
    began, second, let_go = began * LOOK, (began + apart) * LOOK, (began + apart + hold) * LOOK
    debouncer, made = Debouncer(4), False
    fingers = {3: began, 0: second} if mirrored else {0: began, 3: second}
    for now in range(began, let_go + 100, LOOK):
        for button, pressed in fingers.items():
            debouncer.see(button, int(not pressed <= now < let_go), now)
        touches = [debouncer.touch(button, now) for button in range(4)]
        made = made or is_made([held for held, _ in touches], [touched for _, touched in touches], now)
    assert made == (second - began <= TOGETHER and let_go - second >= HELD and second + HELD <= FIRST)
