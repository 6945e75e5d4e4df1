from kiosk.power import AWAKE, BAD_APART, SILENCE, TECHNICIAN, may_sleep, minutes_to_closing, radio_in, sleep_seconds

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000

# What waits, and since when → in how many minutes the radio is switched on.
RADIO = [
    ("power was switched on, the collector was never heard", {"unsent": 1, "oldest": 0, "silent": None}, 0),
    ("nothing to tell", {"unsent": 0, "oldest": 0, "silent": HOUR}, 23 * 60),
    ("nothing to tell for a day: a sign of life", {"unsent": 0, "oldest": 0, "silent": SILENCE}, 0),
    ("one good press", {"unsent": 1, "oldest": MINUTE, "silent": HOUR}, 6 * 60 - 1),
    ("one good press, six hours ago", {"unsent": 1, "oldest": 6 * HOUR, "silent": 7 * HOUR}, 0),
    ("nearly a batch", {"unsent": 24, "oldest": HOUR, "silent": 2 * HOUR}, 5 * 60),
    ("a batch", {"unsent": 25, "oldest": HOUR, "silent": 2 * HOUR}, 0),
    ("a bad press", {"unsent": 1, "oldest": 0, "silent": HOUR, "bad": True}, 0),
    (
        "the next bad press, a minute after the report of the first",
        {"unsent": 1, "oldest": 0, "silent": MINUTE, "bad": True, "since_report": MINUTE},
        BAD_APART // MINUTE - 1,
    ),
    (
        "a bad press long after the last report",
        {"unsent": 1, "oldest": 0, "silent": HOUR, "bad": True, "since_report": HOUR},
        0,
    ),
    (
        "a batch of bad ones",
        {"unsent": 25, "oldest": 0, "silent": MINUTE, "bad": True, "since_report": MINUTE},
        0,
    ),
    ("a bad press on a low battery", {"unsent": 1, "oldest": 0, "silent": HOUR, "bad": True, "battery": 3400}, 6 * 60),
    ("a bad press on a good battery", {"unsent": 1, "oldest": 0, "silent": HOUR, "bad": True, "battery": 3900}, 0),
    (
        "the report of a bad press has just come to nothing",
        {"unsent": 1, "oldest": 0, "silent": HOUR, "bad": True, "failures": 1, "since_report": 0},
        15,
    ),
    (
        "a batch, and the third report in a row came to nothing",
        {"unsent": 99, "oldest": HOUR, "silent": HOUR, "failures": 3, "since_report": 0},
        60,
    ),
    (
        "no network for weeks: four tries a day",
        {"unsent": 9999, "oldest": 500 * HOUR, "silent": 500 * HOUR, "failures": 90, "since_report": 0},
        6 * 60,
    ),
]


def test_when_the_radio_is_worth_it():
    for name, state, minutes in RADIO:
        assert radio_in(**state) == minutes * MINUTE, name


def test_no_record_waits_longer_than_six_hours_where_there_is_a_network():
    for age in range(0, 8 * HOUR, 7 * MINUTE):
        for since in (None, 0, MINUTE, HOUR):
            due = radio_in(3, age, age, bad=True, since_report=since)
            assert age + due <= max(age, 6 * HOUR), (age, since)


def test_when_it_may_sleep():
    assert may_sleep(False, AWAKE, AWAKE, False)
    assert not may_sleep(True, HOUR, HOUR, False)
    assert not may_sleep(False, AWAKE - 1, HOUR, False)
    assert not may_sleep(False, AWAKE, AWAKE, True)
    assert may_sleep(False, TECHNICIAN, TECHNICIAN, True)


# Open from 9 to 18, on Saturdays from 10 to 2 in the night, closed on Sundays.
HOURS = [[[540, 1080]]] * 5 + [[[600, 1560]], []]


def test_how_long_it_sleeps():
    for moment, minutes in [
        ((0, 530), 10),  # until it opens
        ((0, 540), 540),  # until it closes
        ((0, 1079), 1),
        ((4, 1080), 960),  # the whole night
        ((5, 1430), 130),  # over midnight
        ((6, 100), 20),
        ((6, 120), 1440),  # no longer than a day at once
    ]:
        assert sleep_seconds(30 * HOUR, HOURS, moment) == minutes * 60, moment
    assert sleep_seconds(90 * SECOND, HOURS, (0, 600)) == 90
    assert sleep_seconds(30 * HOUR) == 86_400
    assert sleep_seconds(0, HOURS, (0, 600)) == 1


def test_the_last_of_overlapping_hours_counts():
    assert minutes_to_closing([[[540, 700], [600, 720]]] + [[]] * 6, (0, 650)) == 70
