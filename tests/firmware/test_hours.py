from kiosk.hours import is_open, local, minutes_to_opening

HOUR = 3_600_000
THURSDAY, FRIDAY, SATURDAY, SUNDAY, MONDAY = 3, 4, 5, 6, 0
DAILY = [[[480, 1260]]] * 7


def test_local_time():
    assert local(None, []) is None
    assert local(0, []) == (THURSDAY, 0)
    assert local(0, [[0, 120]]) == (THURSDAY, 120)
    assert local(23 * HOUR, [[0, 120]]) == (FRIDAY, 60)
    assert local(0, [[0, -60]]) == (2, 1380)
    assert local(1_800_230_400_000, []) == (MONDAY, 0)


def test_summer_time_begins_and_ends():
    offsets = [[0, 120], [1000 * HOUR, 180], [2000 * HOUR, 120]]
    assert local(1000 * HOUR - 60_000, offsets)[1] == (1000 * 60 + 119) % 1440
    assert local(1000 * HOUR, offsets)[1] == (1000 * 60 + 180) % 1440
    assert local(2000 * HOUR, offsets)[1] == (2000 * 60 + 120) % 1440


def test_a_time_before_all_that_is_known_takes_the_first():
    assert local(0, [[HOUR, 120], [2 * HOUR, 180]]) == (THURSDAY, 120)


def test_open_and_closed():
    for minute, expected in ((479, False), (480, True), (1259, True), (1260, False)):
        assert is_open(DAILY, (MONDAY, minute)) is expected
    assert is_open(None, (MONDAY, 0))
    assert is_open(DAILY, None)
    assert not is_open([[]] * 7, (MONDAY, 600))


def test_open_beyond_midnight():
    hours = [[]] * 5 + [[[1200, 1560]]] + [[]]
    assert is_open(hours, (SATURDAY, 1300))
    assert is_open(hours, (SUNDAY, 119))
    assert not is_open(hours, (SUNDAY, 120))
    assert not is_open(hours, (SATURDAY, 60))


def test_until_it_opens():
    assert minutes_to_opening(DAILY, (MONDAY, 600)) == 0
    assert minutes_to_opening(DAILY, (MONDAY, 400)) == 80
    assert minutes_to_opening(DAILY, (MONDAY, 1300)) == 1440 - 1300 + 480
    weekdays = [[[480, 1260]]] * 5 + [[], []]
    assert minutes_to_opening(weekdays, (FRIDAY, 1300)) == 2 * 1440 + 1440 - 1300 + 480
    assert minutes_to_opening([[[480, 1260]]] + [[]] * 6, (MONDAY, 1300)) == 7 * 1440 - 1300 + 480
    assert minutes_to_opening([[]] * 7, (MONDAY, 0)) is None
