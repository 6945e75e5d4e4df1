"""The rules of a roll-out, tried with whatever kiosks may do: it never goes further than it may, and it halts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from collector.fleet.rollout.plan import Plan
from collector.fleet.rollout.rules import after, allowed, another_first, drawn, is_over, turn, why_halt
from collector.fleet.rollout.stages import ALL, FIRST, SOME, Candidate, stages
from collector.fleet.rollout.steps import UNDER_WAY, Heard, Member, State, step
from tests.factories import NOW

MINUTE = timedelta(minutes=1)
PLAN = Plan()
#: Those that are in touch.
EVEN = {f"k-{number}" for number in range(0, 25, 2)}
WENT_BACK = "Release 12 has gone back: it was started 3 times and did not prove itself."

stage_numbers = some.sampled_from([FIRST, SOME, ALL])
plans = some.builds(
    Plan,
    percent=some.floats(0.1, 100),
    least=some.integers(1, 20),
    failures=some.integers(0, 5),
    failing=some.floats(0, 20),
    at_once=some.integers(1, 30),
)


@some.composite
def memberships(draw: some.DrawFn, plan: Plan = PLAN) -> list[Member]:
    """Kiosks that are anywhere."""
    made = []
    for number in range(draw(some.integers(1, 25))):
        offered = draw(some.booleans())
        state = draw(some.sampled_from(list(State))) if offered else State.WAITING
        since = NOW - draw(some.integers(0, 90)) * MINUTE
        forgiven = draw(some.booleans())
        stage = draw(stage_numbers)
        made.append(Member(f"k-{number}", stage, state, since, since if offered else None, forgiven))
    return made


@given(some.lists(some.tuples(some.integers(0, 9), some.sampled_from("abc"), some.booleans())), plans)
def test_one_then_a_share_then_all(kiosks: Sequence[tuple[int, str, bool]], plan: Plan) -> None:
    candidates = [Candidate(f"k-{at}", store, board, online) for at, (store, board, online) in enumerate(kiosks)]
    found = stages(candidates, plan, 12)
    online = {each.kiosk for each in candidates if each.online}
    if not online:
        assert found == {}
        return
    assert found.keys() == {each.kiosk for each in candidates}
    assert stages(list(reversed(candidates)), plan, 12) == found  # nothing is left to chance
    first = [kiosk for kiosk, stage in found.items() if stage == FIRST]
    second = [kiosk for kiosk, stage in found.items() if stage == SOME]
    assert len(first) == 1
    assert {*first, *second} <= online
    most = max(plan.least, -(-len(candidates) * plan.percent // 100))
    assert len(second) == min(most, len(online) - 1)


def test_the_second_stage_has_every_board_and_many_stores() -> None:
    candidates = [Candidate(f"k-{at:03}", at // 10, "ab"[at % 10 == 9], online=True) for at in range(200)]
    chosen = [each for each in candidates if stages(candidates, PLAN, 1)[each.kiosk] == SOME]
    assert len(chosen) == 10
    assert sorted(each.board for each in chosen) == ["a"] * 9 + ["b"]
    assert len({each.store for each in chosen}) >= 8


def test_the_first_has_a_plug() -> None:
    candidates = [Candidate(f"k-{at}", 1, "a", online=at > 2, battery=at != 7) for at in range(9)]
    assert stages(candidates, PLAN, 1)["k-7"] == FIRST


@given(stage_numbers, memberships(), plans)
def test_nobody_is_offered_it_before_their_stage_and_not_too_many_at_a_time(
    stage: int, members: list[Member], plan: Plan
) -> None:
    by_id = {each.kiosk: each for each in members}
    chosen = turn(stage, members, plan, EVEN)
    assert all(by_id[each].stage <= stage and by_id[each].offered_at is None for each in chosen)
    assert set(chosen) <= EVEN
    asleep = [each for each in members if each.waits and each.offered_at and each.kiosk in EVEN]
    busy = sum(each.state in UNDER_WAY for each in members) + len(asleep)
    assert len(chosen) <= max(0, plan.at_once - busy)


@given(stage_numbers, memberships(), plans)
def test_it_halts_whenever_too_many_fail(stage: int, members: list[Member], plan: Plan) -> None:
    wrong = [each for each in members if each.state in {State.FAILED, State.SILENT} and not each.forgiven]
    why = why_halt(stage, members, plan)
    if len(wrong) > allowed(stage, members, plan):
        assert why
    if not wrong:
        assert why is None


def test_the_first_kiosk_may_not_fail_and_later_few_may() -> None:
    def failing(count: int, of: int) -> list[Member]:
        states = [State.FAILED] * count + [State.DONE] * (of - count)
        return [Member(f"k-{at}", ALL, state, NOW, NOW) for at, state in enumerate(states)]

    assert why_halt(FIRST, [Member("k-1", FIRST, State.FAILED, NOW, NOW)], PLAN) == (
        "Of the one kiosk that was offered it 1 failed, and none may: k-1."
    )
    for count, of, halts in ((2, 30, False), (3, 30, True), (10, 500, False), (11, 500, True), (2, 3, True)):
        assert bool(why_halt(ALL, failing(count, of), PLAN)) == halts, (count, of)
    assert str(why_halt(ALL, failing(9, 20), PLAN)).endswith("k-0, k-1, k-2, k-3, k-4 and 4 more.")


@given(stage_numbers, memberships(), plans)
def test_a_stage_is_over_only_when_all_of_it_has_come_to_its_end(stage: int, members: list[Member], plan: Plan) -> None:
    if not is_over(stage, members, plan, NOW, EVEN):
        return
    mine = [each for each in members if each.stage <= stage]
    assert not turn(stage, members, Plan(at_once=10_000), EVEN)
    assert not any(each.state in UNDER_WAY for each in mine)
    assert all(NOW - each.since >= plan.soak_time for each in mine if each.state is State.DONE and each.since)
    done = [each.stage for each in mine if each.state is State.DONE]
    assert stage != FIRST or done
    waiting = [each for each in members if each.waits and each.stage > FIRST]
    if stage == SOME and waiting:
        assert done.count(SOME) >= min(plan.least, len(waiting))
    assert stage != ALL or not waiting


@given(memberships(), plans)
def test_the_second_stage_is_never_stuck_while_somebody_could_be_in_it(members: list[Member], plan: Plan) -> None:
    chosen = drawn(SOME, members, plan, EVEN)
    by_id = {each.kiosk: each for each in members}
    assert all(by_id[each].stage == ALL and by_id[each].waits and each in EVEN for each in chosen)
    moved = [replace(each, stage=SOME) if each.kiosk in chosen else each for each in members]
    can = [each for each in moved if each.stage == SOME and (each.state is State.DONE or each.state in UNDER_WAY)]
    hears = [each for each in moved if each.waits and each.kiosk in EVEN]
    able = [each for each in can + hears if each.stage == SOME]
    left = [each for each in hears if each.stage == ALL]
    assert len(able) >= plan.least or not left
    assert drawn(FIRST, members, plan, EVEN) == drawn(ALL, members, plan, EVEN) == []


def test_those_that_were_never_asked_do_not_make_it_milder() -> None:
    asked = [Member(f"k-{at}", ALL, State.FAILED if at < 3 else State.DONE, NOW, NOW) for at in range(40)]
    asleep = [Member(f"a-{at}", ALL, State.WAITING, NOW, NOW) for at in range(1000)]
    assert allowed(ALL, asked + asleep, PLAN) == 2
    assert str(why_halt(ALL, asked + asleep, PLAN)).startswith("Of 40 kiosks that were offered it 3 failed")


def test_stages_go_one_way() -> None:
    assert [after(FIRST), after(SOME), after(ALL)] == [SOME, ALL, None]


def test_where_somebody_goes_on_though_the_first_failed_another_one_is_the_first() -> None:
    failed, other = Member("k-1", FIRST, State.FAILED, NOW, NOW, forgiven=True), Member("k-2", ALL)

    def another(stage: int, *members: Member, minutes: int = 0, here: Sequence[str] = ("k-2",)) -> bool:
        return another_first(stage, members, PLAN, NOW, NOW + minutes * MINUTE, set(here))

    assert another(FIRST, failed, other)
    assert not another(FIRST, Member("k-1", FIRST, State.FAILED, NOW, NOW), other)
    assert not another(FIRST, failed, Member("k-2", FIRST, State.TAKING, NOW, NOW))
    assert not another(SOME, failed, other)
    away = Member("k-1", FIRST)
    assert not another(FIRST, away, other, minutes=19)
    assert not another(FIRST, away, other, minutes=20, here=("k-1", "k-2"))
    assert another(FIRST, away, other, minutes=20)


OFFERED = Member("k-1", SOME, State.OFFERED, NOW, NOW)


def heard(**what: object) -> Heard:
    return Heard(**{"at": NOW + MINUTE, "release": 11, "online": True, **what})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (heard(), State.OFFERED),
        (heard(update="Release 12 is being checked."), State.TAKING),
        (heard(update="Release 12: 3 of 40 files are here."), State.TAKING),
        (heard(update="Release 12 is about to be started."), State.TAKING),
        (heard(release=12, update="This release is on trial."), State.TRIAL),
        (heard(release=12), State.DONE),
        (heard(release=13), State.DONE),
        (heard(update=WENT_BACK), State.FAILED),
        (heard(update="Release 12 could not be written: [Errno 5] EIO"), State.FAILED),
        (heard(update="Release 12 is not signed with the organisation's key."), State.FAILED),
        # Of an earlier one.
        (heard(update="Release 11 has gone back: it cannot be started."), State.OFFERED),
        # Said before it was offered this.
        (heard(at=NOW - MINUTE, update=WENT_BACK), State.OFFERED),
        (heard(release=12, starts=3), State.FAILED),
        (heard(release=12, starts=2), State.DONE),
        (heard(online=False, away_since=NOW + MINUTE), State.SILENT),
        (heard(online=False, away_since=NOW + 30 * MINUTE), State.OFFERED),
        (heard(at=NOW - MINUTE, online=False, away_since=NOW), State.SILENT),
        (heard(retired=True), State.WAITING),
    ],
)
def test_where_a_kiosk_is_by_what_it_says(said: Heard, state: State) -> None:
    assert step(12, OFFERED, said, PLAN, NOW + 40 * MINUTE).state is state


def test_one_that_was_away_before_is_not_silent_until_it_was_back() -> None:
    waiting, later = Member("k-1", ALL, State.WAITING, NOW, NOW), NOW + 90 * MINUTE
    away = heard(at=NOW - 60 * MINUTE, online=False, away_since=NOW - 60 * MINUTE)
    assert step(12, waiting, away, PLAN, later).state is State.WAITING
    assert step(12, waiting, heard(at=later), PLAN, later).state is State.OFFERED


def test_one_that_leaves_it_has_failed_until_it_takes_it() -> None:
    late = NOW + 121 * MINUTE
    assert step(12, OFFERED, heard(at=NOW + 119 * MINUTE), PLAN, late).state is State.OFFERED
    failed, said = step(12, OFFERED, heard(at=late), PLAN, late)
    assert (failed, "did not begin" in str(said)) == (State.FAILED, True)
    member = Member("k-1", SOME, State.FAILED, late, NOW, said=said)
    assert step(12, member, heard(at=late + MINUTE), PLAN, late + MINUTE) == (State.FAILED, said)
    assert step(12, member, heard(at=late + MINUTE, release=12), PLAN, late + MINUTE).state is State.DONE


def test_what_happens_after_the_soak_is_not_its_doing() -> None:
    done = Member("k-1", SOME, State.DONE, NOW, NOW)
    away = heard(release=12, online=False, away_since=NOW + MINUTE)
    assert step(12, done, away, PLAN, NOW + 29 * MINUTE).state is State.SILENT
    assert step(12, done, away, PLAN, NOW + 30 * MINUTE).state is State.DONE


@given(
    some.sampled_from(list(State)),
    some.builds(
        Heard,
        at=some.none() | some.just(NOW + MINUTE),
        release=some.none() | some.integers(0, 13),
        update=some.sampled_from(["", WENT_BACK, "This release is on trial.", "Release 12 is being checked.", "?"]),
        online=some.booleans(),
        away_since=some.none() | some.just(NOW),
        starts=some.integers(0, 5),
    ),
    some.integers(0, 200),
)
def test_one_that_comes_back_counts_again(state: State, said: Heard, minutes: int) -> None:
    now = NOW + minutes * MINUTE
    at = step(12, Member("k-1", ALL, state, NOW, NOW), said, PLAN, now)
    well: datetime = now + MINUTE
    after_all = step(
        12, Member("k-1", ALL, at.state, now, NOW, said=at.said), Heard(at=well, release=12, online=True), PLAN, well
    )
    assert after_all.state is (State.BACK if state is State.BACK else State.DONE)
