from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.fleet.condition import Condition, State, closed, dark_since, judge

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KYIV = ZoneInfo("Europe/Kyiv")
MINUTE = timedelta(minutes=1)
AGO = [NOW - timedelta(seconds=seconds) for seconds in (30, 140, 160, 660)]
LATER = NOW + 60 * MINUTE
#: Nine to nine on weekdays, not on Sundays, from noon to two at night on Saturdays.
HOURS = {day: [["09:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri")} | {"sat": [["12:00", "02:00"]]}


@pytest.mark.parametrize(
    ("said", "heard", "until", "condition", "well"),
    [
        (None, None, None, Condition(State.NEW), False),
        ("online", AGO[0], None, Condition(State.ONLINE, AGO[0]), True),
        ("online", AGO[1], None, Condition(State.ONLINE, AGO[1]), True),
        ("online", AGO[2], None, Condition(State.LATE, AGO[2]), True),
        ("online", AGO[3], None, Condition(State.SILENT, AGO[3]), False),
        ("offline", AGO[2], None, Condition(State.LATE, AGO[2]), True),
        ("offline", AGO[3], None, Condition(State.OFFLINE, AGO[3]), False),
        ("asleep", AGO[2], LATER, Condition(State.ASLEEP, LATER), True),
    ],
)
def test_judged_by_what_it_said_and_how_long_ago(
    said: str | None, heard: datetime | None, until: datetime | None, condition: Condition, well: bool
) -> None:
    assert judge(said, heard, until, NOW) == condition
    assert condition.well is well


@pytest.mark.parametrize(
    ("slept", "late", "state"),
    [
        (360, 4, State.ASLEEP),
        (360, 6, State.LATE),
        (360, 360, State.LATE),  # it wakes every six hours: one waking was missed, the next is due
        (360, 370, State.SILENT),
        (5, 30, State.LATE),  # nobody runs after a kiosk that sleeps for minutes at once
        (5, 40, State.SILENT),
        (60 * 24 * 30, 60 * 25, State.SILENT),  # nor waits for a month for one that claims to sleep so long
    ],
)
def test_one_that_oversleeps_is_late_until_it_has_missed_two_wakings(slept: int, late: int, state: State) -> None:
    until = NOW - late * MINUTE
    assert judge("asleep", until - slept * MINUTE, until, NOW).state is state


def test_a_clock_that_is_wild_makes_it_neither_well_for_ever_nor_silent_at_once() -> None:
    ages = NOW + timedelta(days=365 * 200)
    assert judge("asleep", NOW, ages, NOW) == Condition(State.ASLEEP, NOW + timedelta(hours=24))
    assert judge("asleep", NOW - timedelta(days=3), ages, NOW).state is State.SILENT
    lost = datetime(1970, 1, 1, tzinfo=UTC)
    assert judge("asleep", NOW, lost, NOW) == Condition(State.ASLEEP, NOW + timedelta(minutes=30))
    assert judge("asleep", NOW - timedelta(hours=2), lost, NOW).state is State.SILENT
    # What came while our own clock was ahead: nobody knows when.
    assert judge("online", NOW + 4 * MINUTE, None, NOW).state is State.ONLINE
    assert judge("online", NOW + 6 * MINUTE, None, NOW).state is State.NEW


@given(
    said=st.sampled_from(["online", "offline", "asleep"]),
    ago=st.integers(0, 10**6),
    slept=st.integers(0, 10**5),
    later=st.integers(0, 10**6),
)
def test_without_a_word_it_never_gets_better(said: str, ago: int, slept: int, later: int) -> None:
    heard = NOW - timedelta(seconds=ago)
    until = heard + timedelta(seconds=slept) if said == "asleep" else None
    order = [State.ONLINE, State.ASLEEP, State.LATE, State.OFFLINE, State.SILENT]
    first, then = (judge(said, heard, until, at).state for at in (NOW, NOW + timedelta(seconds=later)))
    assert order.index(then) >= order.index(first)


@pytest.mark.parametrize(
    ("now", "since"),
    [
        ("2026-11-20T12:00", None),  # Friday
        ("2026-11-20T20:59", None),
        ("2026-11-20T21:00", "2026-11-20T21:00"),
        ("2026-11-21T11:59", "2026-11-20T21:00"),
        ("2026-11-21T12:19", "2026-11-20T21:00"),  # it has just opened
        ("2026-11-21T12:20", None),
        ("2026-11-22T01:59", None),  # Saturday's night
        ("2026-11-22T12:00", "2026-11-22T02:00"),  # Sunday
        ("2026-11-23T09:19", "2026-11-22T02:00"),
        ("2026-11-23T09:20", None),
    ],
)
def test_when_a_store_closed(now: str, since: str | None) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=KYIV)
    found = closed(HOURS, at.astimezone(UTC), KYIV)
    assert (found and found.astimezone(KYIV).strftime("%Y-%m-%dT%H:%M")) == since
    assert closed({}, at, KYIV) is None


def test_what_goes_off_with_the_shop_is_off_with_it() -> None:
    closing = NOW - 120 * MINUTE
    for said in ("online", "offline"):
        for ago, state in ((119, State.CLOSED), (139, State.CLOSED)):
            assert judge(said, NOW - ago * MINUTE, None, NOW, closing) == Condition(state, NOW - ago * MINUTE)
        # Gone since the afternoon: that was no closing.
        assert not judge(said, NOW - 180 * MINUTE, None, NOW, closing).well
    assert judge("online", NOW, None, NOW, closing).state is State.ONLINE


def test_a_whole_store_is_one_thing() -> None:
    def away(minutes: int, state: State = State.SILENT) -> Condition:
        return Condition(state, NOW - minutes * MINUTE)

    assert dark_since([away(30), away(31, State.OFFLINE), Condition(State.NEW)]) == NOW - 31 * MINUTE
    assert dark_since([away(30)]) is None  # one kiosk is one kiosk
    assert dark_since([away(30), Condition(State.ONLINE, NOW)]) is None
    assert dark_since([away(30), away(12, State.LATE)]) is None
    assert dark_since([away(30), away(600)]) is None  # one after the other: each by itself
    assert dark_since([]) is None
