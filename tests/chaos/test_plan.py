"""The plan is the seed's, and has what was asked for."""

from collections import Counter

from tests.chaos.plan import KILLS, draw


def test_the_same_seed_is_the_same_plan() -> None:
    assert draw(7, 60, 20) == draw(7, 60, 20) != draw(8, 60, 20)


def test_a_plan_has_everything_in_order_within_its_time() -> None:
    plan = draw(1, 900, 200)
    kinds = Counter(fault.what for fault in plan)
    assert kinds["kill"] == 200
    assert all(kinds[what] for what in ("cut", "stall", "fill", "jump"))
    assert [fault.at for fault in plan] == sorted(fault.at for fault in plan)
    assert 0 <= plan[0].at < plan[-1].at <= 900


def test_even_a_few_kills_meet_every_victim() -> None:
    assert {fault.whom for fault in draw(1, 60, len(KILLS)) if fault.what == "kill"} == set(KILLS)
