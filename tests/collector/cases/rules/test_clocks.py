"""A case's clocks, from its log alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from collector.cases.rules.clocks import Clocks, customer_clocks, due, remind, staff_clocks
from collector.cases.rules.policy import ByChannel, CasePolicy, Promise, Step, StoreHours
from collector.cases.rules.rungs import Rung, rungs

KYIV = ZoneInfo("Europe/Kyiv")
#: A Monday, 10:00 in Kyiv.
BEGIN = datetime(2026, 11, 23, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURS = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
USUAL = CasePolicy()


@dataclass(frozen=True)
class Line:
    kind: str
    at: datetime
    step: int = 0
    author: str = "Olena"
    data: Mapping[str, Any] = field(default_factory=dict)


def log(*lines: tuple[Any, ...]) -> list[Line]:
    """(kind, hours after the beginning, step) of each event."""
    return [Line("opened", BEGIN, author="Smilepost")] + [
        Line(
            kind,
            BEGIN + hours * HOUR,
            *step,
            author="" if kind in {"added", "reopened"} else "Smilepost" if kind in {"climbed", "reminded"} else "Olena",
            data={"into": 2} if kind == "merged" else {},
        )
        for kind, hours, *step in lines
    ]


def ladder(policy: CasePolicy = USUAL) -> list[Rung]:
    return rungs(policy, (1, 2, 3), HOURS, KYIV)


def staff(lines: list[Line], hours: float, policy: CasePolicy = USUAL, channel: str | None = None) -> Clocks:
    now = BEGIN + hours * HOUR
    return staff_clocks(lines, ladder(policy), KYIV, policy.pausing, policy.for_channel(channel), now)


def goes_up(lines: list[Line], policy: CasePolicy = USUAL, channel: str | None = None) -> float | None:
    """In how many hours after its beginning."""
    end = due(lines, ladder(policy), KYIV, policy, policy.for_channel(channel), top_id=1)
    return None if end is None else (end - BEGIN) / HOUR


def test_both_run_from_the_beginning() -> None:
    clocks = staff(log(), 1)
    assert (clocks.first_response.left, clocks.resolution.left) == (23 * HOUR, 47 * HOUR)
    assert clocks.first_response.due_at == BEGIN + DAY
    assert not clocks.first_response.is_paused
    assert goes_up(log()) == 24


@pytest.mark.parametrize("kind", ["taken", "commented", "assigned", "reminded", "attached"])
def test_taking_it_is_no_response(kind: str) -> None:
    assert staff(log((kind, 2)), 3).first_response.done_at is None
    assert goes_up(log((kind, 2))) == 24


@pytest.mark.parametrize("kind", ["replied", "waiting", "resolved"])
def test_what_the_customer_hears_is_a_response(kind: str) -> None:
    clock = staff(log((kind, 2)), 30).first_response
    assert (clock.done_at, clock.left, clock.is_missed) == (BEGIN + 2 * HOUR, 22 * HOUR, False)


def test_after_the_response_the_resolution_counts() -> None:
    assert goes_up(log(("taken", 1), ("replied", 2))) == 48


def test_a_late_response_stays_late() -> None:
    clock = staff(log(("replied", 25)), 26).first_response
    assert clock.is_missed
    assert clock.left == -HOUR


def test_waiting_for_the_customer_stops_it() -> None:
    asked = log(("taken", 1), ("waiting", 2))
    assert staff(asked, 100).resolution.left == 46 * HOUR
    assert staff(asked, 100).resolution.is_paused
    assert staff(asked, 100).resolution.due_at is None
    for back in ("added", "resumed"):
        lines = log(("taken", 1), ("waiting", 2), (back, 12))
        assert staff(lines, 13).resolution.left == 45 * HOUR
        assert goes_up(lines) == 58


def test_in_which_states_it_stops_the_place_says() -> None:
    proposed = log(("taken", 1), ("proposed", 2))
    assert staff(proposed, 10).resolution.left == 38 * HOUR
    assert staff(proposed, 10, CasePolicy(pausing=("waiting", "review"))).resolution.left == 46 * HOUR
    assert staff(log(("waiting", 2)), 10, CasePolicy(pausing=())).resolution.left == 38 * HOUR


def test_opening_it_again_begins_no_new_clock() -> None:
    lines = log(("resolved", 40), ("reopened", 100))
    assert staff(lines, 101).resolution.left == 7 * HOUR
    assert goes_up(lines) == 108
    assert staff(lines, 101).first_response.done_at == BEGIN + 40 * HOUR


def test_resolved_is_done() -> None:
    lines = log(("taken", 1), ("resolved", 40))
    clock = staff(lines, 1000).resolution
    assert (clock.done_at, clock.left, clock.is_paused) == (BEGIN + 40 * HOUR, 8 * HOUR, False)
    assert goes_up(lines) is None
    assert goes_up(log(("merged", 3))) is None


def test_accepting_a_proposal_resolves_it() -> None:
    lines = log(("proposed", 5), ("rejected", 6), ("proposed", 7), ("accepted", 9), ("resolved", 9))
    assert staff(lines, 50).resolution.done_at == BEGIN + 9 * HOUR


def test_the_next_step_has_its_own_time() -> None:
    steps = Step("store", first_response=60, resolution=120), Step("top", first_response=30, resolution=240)
    policy = CasePolicy(steps=steps)
    assert goes_up(log(), policy) == 1
    climbed = log(("climbed", 1, 1))
    assert goes_up(climbed, policy) == 1.5
    assert goes_up(log(("replied", 0.5), ("climbed", 2, 1)), policy) == 6
    # Who answered in time is not late because the next step has less.
    assert not staff(log(("replied", 0.9), ("climbed", 2, 1)), 3, policy).first_response.is_missed
    assert goes_up(log(("climbed", 1, 1), ("climbed", 1.5, 2)), policy) is None


def test_another_store_begins_anew() -> None:
    assert goes_up(log(("moved", 20))) == 44


def test_business_hours() -> None:
    policy = CasePolicy(steps=(Step("store", first_response=9 * 60, resolution=18 * 60, calendar=StoreHours()),))
    # Monday 10:00: eight hours on that day, one on Tuesday.
    assert goes_up(log(), policy) == 24
    assert goes_up(log(("replied", 1)), policy) == 48
    assert staff(log(), 20, policy).first_response.left == HOUR
    assert customer_clocks(log(), Promise(), BEGIN + 20 * HOUR).first_response.left == 4 * HOUR


def test_a_messenger_in_three_minutes() -> None:
    policy = CasePolicy(channels=(ByChannel("messenger", within=3),))
    assert goes_up(log(), policy, "messenger") == 0.05
    assert goes_up(log(), policy, "poster-qr") == 24
    # The next step has its own time.
    assert goes_up(log(("climbed", 0.05, 1)), policy, "messenger") == 24.05


@pytest.mark.parametrize(
    ("opened", "expected"),
    [
        ("2026-11-23T10:00", "2026-11-24T11:00"),
        ("2026-11-23T23:59", "2026-11-24T11:00"),
        ("2026-11-24T00:01", "2026-11-25T11:00"),
        ("2026-11-27T17:00", "2026-11-30T11:00"),  # over the weekend, in business hours
    ],
)
def test_a_missed_call_by_eleven_next_morning(opened: str, expected: str) -> None:
    steps = (Step("store", calendar=StoreHours()),)
    policy = CasePolicy(steps=steps, channels=(ByChannel("hotline", by="11:00"),))
    begin, end = (datetime.fromisoformat(each).replace(tzinfo=KYIV) for each in (opened, expected))
    lines = [Line("opened", begin, author="Smilepost")]
    assert due(lines, ladder(policy), KYIV, policy, policy.for_channel("hotline"), top_id=1) == end
    clock = staff_clocks(lines, ladder(policy), KYIV, (), policy.for_channel("hotline"), end - HOUR).first_response
    assert (clock.left, clock.is_missed) == (HOUR, False)
    assert staff_clocks(
        lines, ladder(policy), KYIV, (), policy.for_channel("hotline"), end + HOUR
    ).first_response.is_missed


def test_the_customer_counts_day_and_night_and_not_that_it_was_resolved() -> None:
    lines = log(("waiting", 10), ("added", 30), ("resolved", 40), ("reopened", 100))
    clocks = customer_clocks(lines, Promise(first_response=60, resolution=72 * 60), BEGIN + 101 * HOUR)
    assert clocks.first_response.is_missed
    assert clocks.resolution.left == (72 - 81) * HOUR
    assert clocks.resolution.due_at == BEGIN + 92 * HOUR
    assert staff(lines, 101).resolution.left == 27 * HOUR


def test_a_second_sign_off_does_not_stop_the_customers_clock() -> None:
    clocks = customer_clocks(log(("proposed", 2)), Promise(), BEGIN + 10 * HOUR)
    assert clocks.resolution.left == 62 * HOUR


def test_days_without_a_hand_on_it() -> None:
    policy = CasePolicy(idle_days=3)
    assert goes_up(log(("waiting", 2)), policy) == 74  # its clocks stand still, but nobody looks at it
    assert goes_up(log(("waiting", 2), ("commented", 50)), policy) == 122
    assert goes_up(log(("waiting", 2), ("reminded", 50)), policy) == 74
    assert goes_up(log(("waiting", 2)), CasePolicy(idle_days=None)) is None
    # At the top it is where it should be.
    assert goes_up(log(("climbed", 1, 2), ("waiting", 2, 2)), policy) is None


def reminded(lines: list[Line], state: str, policy: CasePolicy = USUAL) -> float | None:
    at = remind(lines, ladder(policy), policy, state)
    return None if at is None else (at - BEGIN) / HOUR


def test_reminders_until_somebody_has_taken_it() -> None:
    assert reminded(log(), "open") == 24
    assert reminded(log(("reminded", 24)), "open") == 48
    assert reminded(log(("taken", 1)), "taken") is None
    assert reminded(log(("taken", 1), ("assigned", 2)), "open") == 26
    assert reminded(log(("climbed", 24, 1)), "open") == 48
    assert reminded(log(), "open", CasePolicy(remind_hours=2)) == 2
    # Not at night, where the step has business hours: 22:00 is tomorrow at nine.
    policy = CasePolicy(steps=(Step("store", calendar=StoreHours()),), remind_hours=12)
    assert reminded(log(), "open", policy) == 23


def test_a_clock_that_was_put_back_changes_nothing_about_what_came_first() -> None:
    lines = log(("replied", -0.5), ("climbed", -1, 1))
    clocks = staff(lines, 0)
    assert clocks.first_response.target == 24 * HOUR
    assert not clocks.first_response.is_missed
    assert goes_up(lines) == 47


def test_how_it_is_now_is_asked_once_a_resolution() -> None:
    assert reminded(log(("resolved", 10)), "resolved") == 34
    assert reminded(log(("resolved", 10), ("confirmed", 11)), "resolved") == 34
    assert reminded(log(("resolved", 10), ("reminded", 34)), "resolved") is None
    assert reminded(log(("resolved", 10), ("recovered", 12)), "resolved") is None
    assert reminded(log(("resolved", 10), ("reopened", 12), ("resolved", 20)), "resolved") == 44
    assert reminded(log(("resolved", 10)), "resolved", CasePolicy(recovery_hours=None)) is None


@given(
    some.lists(
        some.tuples(
            some.sampled_from(["taken", "waiting", "resumed", "added", "resolved", "reopened", "proposed", "rejected"]),
            some.integers(0, 20),
        ),
        max_size=12,
    ),
    some.integers(0, 300),
)
def test_whatever_the_log_says(steps: list[tuple[str, int]], later: int) -> None:
    """Clocks never run backwards, staff's never shows less time than there is for them, and what is due is when the
    clock that still runs shows nothing left."""
    at, lines = 0, []
    for kind, hours in steps:
        at += hours
        lines.append((kind, at))
    written = log(*lines)
    now = at + later
    clocks, before = staff(written, now), staff(written, at)
    for clock, earlier in zip(vars(clocks).values(), vars(before).values(), strict=True):
        assert clock.left <= earlier.left
        assert clock.left <= clock.target
        if clock.done_at is None and clock.due_at is not None and not (clock.is_paused and not clock.left):
            assert clock.is_missed == (clock.due_at < BEGIN + now * HOUR)
    customer = customer_clocks(written, Promise(24 * 60, 48 * 60), BEGIN + now * HOUR)
    # Staff's stands still whenever the customer's does.
    assert clocks.resolution.left >= customer.resolution.left or clocks.resolution.done_at
