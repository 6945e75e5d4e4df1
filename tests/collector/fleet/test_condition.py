from datetime import UTC, datetime, timedelta

import pytest

from collector.fleet.condition import Condition, State, judge

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AGO = [NOW - timedelta(seconds=seconds) for seconds in (30, 140, 160)]
LATER, OVERDUE = NOW + timedelta(hours=1), NOW - timedelta(minutes=6)


@pytest.mark.parametrize(
    ("said", "heard", "until", "condition", "well"),
    [
        (None, None, None, Condition(State.NEW), False),
        ("online", AGO[0], None, Condition(State.ONLINE, AGO[0]), True),
        ("online", AGO[1], None, Condition(State.ONLINE, AGO[1]), True),
        ("online", AGO[2], None, Condition(State.SILENT, AGO[2]), False),
        ("offline", AGO[2], None, Condition(State.OFFLINE, AGO[2]), False),
        ("asleep", AGO[2], LATER, Condition(State.ASLEEP, LATER), True),
        ("asleep", AGO[2], OVERDUE, Condition(State.SILENT, AGO[2]), False),
    ],
)
def test_judged_by_what_it_said_and_how_long_ago(
    said: str | None, heard: datetime | None, until: datetime | None, condition: Condition, well: bool
) -> None:
    assert judge(said, heard, until, NOW) == condition
    assert condition.well is well
