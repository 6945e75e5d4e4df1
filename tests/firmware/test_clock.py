import json
import struct
import time

from kiosk import RELEASED
from kiosk.clock import ASLEEP_BYTES, FILE, KEPT, LEAP, SAVE_EVERY, Clock, calendar
from kiosk.journal import Journal
from workbench import UTC, Memory, Ticks


def clock_on(storage, ticks, kept=b""):
    return Clock(storage, kept, ticks, ticks.period)


def follows(storage, boot):
    """Return the boot number beside a journal whose newest record is of this boot."""
    journal = Journal(Memory())
    journal.append((1, 1, 0, boot, 5, 0, 0))
    clock = clock_on(storage, Ticks())
    clock.follow(journal)
    assert json.loads(storage.read(FILE))["boot"] == clock.boot
    return clock.boot


def test_each_boot_has_the_next_number():
    storage = Memory()
    assert [clock_on(storage, Ticks()).boot for _ in range(3)] == [1, 2, 3]


def test_a_lost_or_damaged_file_does_not_bring_old_numbers_back():
    storage = Memory()
    assert follows(storage, 7) == 8
    storage.replace(FILE, b'{"boot": 8, "anch')
    assert follows(storage, 8) == 9


def test_uptime_goes_on_when_the_counter_wraps():
    ticks = Ticks(now=900, period=1024)
    clock = clock_on(Memory(), ticks)
    for _ in range(100):
        ticks.forward(1000)
        clock.uptime()
    assert clock.uptime() == 100_000


def test_the_uptime_of_an_edge_from_before_the_wrap():
    ticks = Ticks(now=1000, period=1024)
    clock = clock_on(Memory(), ticks)
    ticks.forward(10)
    edge = ticks.now
    ticks.forward(20)
    assert clock.uptime(edge) == 10


def test_utc_runs_on_from_where_it_was_set():
    ticks = Ticks()
    clock = clock_on(Memory(), ticks)
    assert clock.utc() is None
    assert clock.set(UTC) == 0
    ticks.forward(5000)
    assert clock.utc() == UTC + 5000
    assert clock.set(UTC + 4000) == -1000
    assert clock.utc() == UTC + 4000


def test_a_later_boot_knows_when_the_earlier_ones_were():
    storage, ticks = Memory(), Ticks()
    clock = clock_on(storage, ticks)
    ticks.forward(500)
    clock.set(UTC)
    later = clock_on(storage, Ticks())
    assert later.anchor(1) == (500, UTC)
    assert later.anchor(2) is None
    assert later.newest == UTC


def test_the_saved_anchor_is_renewed_now_and_then():
    storage, ticks = Memory(), Ticks()
    clock = clock_on(storage, ticks)
    clock.set(UTC)
    saved = storage.read(FILE)
    ticks.forward(60_000)
    clock.set(UTC + 60_000)
    assert storage.read(FILE) == saved
    ticks.forward(SAVE_EVERY)
    clock.set(UTC + 60_000 + SAVE_EVERY)
    assert clock_on(storage, Ticks()).anchor(1) == (60_000 + SAVE_EVERY, UTC + 60_000 + SAVE_EVERY)


def test_old_anchors_make_room():
    storage = Memory()
    for number in range(KEPT + 10):
        clock_on(storage, Ticks()).set(UTC + number)
    clock = clock_on(storage, Ticks())
    assert clock.anchor(1) is None
    assert clock.anchor(KEPT + 10) == (0, UTC + KEPT + 9)


def test_a_new_kiosk_knows_that_it_is_not_before_its_release():
    assert clock_on(Memory(), Ticks()).newest == RELEASED


def test_a_deep_sleep_is_no_new_boot():
    """The board's own clock ran on: uptime and time go on with it, and nothing is written to flash."""
    storage, ticks = Memory(), Ticks()
    clock = clock_on(storage, ticks)
    clock.set(UTC)
    ticks.forward(5000)
    kept = clock.asleep()
    assert len(kept) == ASLEEP_BYTES
    boot, uptime, utc, seconds = struct.unpack("<IQQQ", kept)
    before = storage.read(FILE)
    awake = clock_on(storage, Ticks(), struct.pack("<IQQQ", boot, uptime, utc, seconds - 3600))
    assert awake.boot == clock.boot
    assert 3_605_000 <= awake.uptime() < 3_700_000
    assert awake.utc() - awake.uptime() == UTC
    assert storage.read(FILE) == before


def test_a_deep_sleep_before_the_time_was_known():
    storage = Memory()
    awake = clock_on(storage, Ticks(), clock_on(storage, Ticks()).asleep())
    assert awake.utc() is None
    assert awake.boot == 1


def test_the_counter_of_a_board_starts_over_again_and_again():
    """The counter of most boards starts over after 12.4 days; here after a little more than a minute."""
    ticks = Ticks(now=65_000, period=1 << 16)
    clock = clock_on(Memory(), ticks)
    clock.set(UTC)
    for step in range(1, 200):
        ticks.forward(50_000)
        assert clock.uptime() == step * 50_000
        assert clock.uptime((ticks.now - 40) % ticks.period) == step * 50_000 - 40
        assert clock.utc() == UTC + step * 50_000


def test_a_clock_that_is_set_back_and_forth():
    clock = clock_on(Memory(), Ticks())
    clock.set(UTC)
    for jump in (-86_400_000, 86_400_000, -1):
        before = clock.utc()
        assert clock.set(before + jump) == jump
        assert clock.utc() == before + jump
        assert clock.anchor(clock.boot) == (0, before + jump)


def test_a_wrong_time_of_the_collector_does_not_stay():
    storage, ticks = Memory(), Ticks()
    clock = clock_on(storage, ticks)
    clock.set(UTC + 400 * 86_400_000)
    ticks.forward(60_000)
    clock.set(UTC)
    assert clock_on(storage, Ticks()).newest == UTC


def test_a_certificate_that_has_expired_since_takes_it_back_to_the_release():
    storage = Memory()
    clock_on(storage, Ticks()).set(UTC + 4000 * 86_400_000)
    clock = clock_on(storage, Ticks())
    assert clock.newest == UTC + 4000 * 86_400_000
    assert clock.leap(forward=False) == RELEASED
    assert clock.leap(forward=True) == RELEASED + LEAP
    clock.set(UTC)
    assert clock.newest == UTC + 4000 * 86_400_000  # of another boot: until a certificate says otherwise again


def test_without_room_for_its_file_it_starts_all_the_same():
    class Full(Memory):
        def replace(self, path, data):
            raise OSError(28)

    clock = clock_on(Full(), Ticks())
    assert clock.boot == 1
    clock.set(UTC)
    assert clock.utc() == UTC


def test_calendar_as_an_rtc_takes_it():
    assert calendar(1_763_758_812_401) == (2025, 11, 21, 4, 21, 0, 12, 0)


def test_calendar_on_a_port_whose_epoch_is_2000():
    class Port:
        @staticmethod
        def gmtime(seconds):
            return time.gmtime(seconds + 946_684_800)

    import kiosk.clock

    kiosk.clock.time = Port
    try:
        assert calendar(1_763_758_812_401) == (2025, 11, 21, 4, 21, 0, 12, 0)
    finally:
        kiosk.clock.time = time
