"""Which answers open a case, and which steps a ladder has."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from collector.cases.rules.calendars import BusinessHours, DayAndNight
from collector.cases.rules.opens import Said, opens
from collector.cases.rules.policy import CasePolicy, Step, StoreHours
from collector.cases.rules.rungs import Rung, manned, next_rung, rung_at, rungs, standing_on, top_rung
from collector.surveys.definition import Opens

KYIV = ZoneInfo("Europe/Kyiv")
USUAL = Opens()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Said(0), "complaint"),  # under the threshold
        (Said(10), None),
        (Said(33.3), None),
        (Said(33.3, comment="Cold soup"), "complaint"),
        (Said(33.3, has_contact=True), "complaint"),
        (Said(49.9, comment="Cold soup"), "complaint"),
        (Said(50, comment="Fine"), None),
        (Said(100, comment="Fine"), None),
        (Said(100, has_contact=True), "question"),  # please contact me
        (Said(None, comment="Hello"), None),
        (Said(None, has_contact=True), "question"),
        (Said(100, nps=[6]), "complaint"),
        (Said(100, nps=[7]), None),
        (Said(100, nps=[10, 0]), "complaint"),
    ],
)
def test_when_a_case_opens(said: Said, expected: str | None) -> None:
    assert opens(USUAL, said) == expected


def test_the_rules_are_the_surveys() -> None:
    assert opens(Opens(below=40), Said(33.3)) == "complaint"
    assert opens(Opens(below=0), Said(0)) is None
    assert opens(Opens(bad_with_words=False), Said(33.3, comment="Cold soup")) is None
    assert opens(Opens(nps_at_most=None), Said(None, nps=[0])) is None
    assert opens(Opens(contact=False), Said(100, has_contact=True)) is None


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("Знайшла ЦВІЛЬ на хлібі", "complaint"),
        ("цвілі не було", "complaint"),  # words bend
        ("Mould!", "complaint"),
        ("moulds", "complaint"),
        ("unmoulded", None),
        ("All well", None),
        ("", None),
    ],
)
def test_words_in_a_comment(comment: str, expected: str | None) -> None:
    rules = Opens(words={"uk": ("цвіл",), "en": ("mould", "")})
    assert opens(rules, Said(100, comment=comment)) == expected


def ladder(policy: CasePolicy, *path: int) -> list[tuple[int, bool]]:
    """(place, whether it is everyone's) of each step."""
    return [(rung.place_id, rung.is_everyone) for rung in rungs(policy, path, {}, KYIV)]


def test_one_step_for_each_place_and_then_everyone() -> None:
    assert ladder(CasePolicy(), 1, 2, 3) == [(3, False), (2, False), (1, False), (1, True)]
    assert ladder(CasePolicy(), 1, 3) == [(3, False), (1, False), (1, True)]
    assert ladder(CasePolicy(), 3) == [(3, False), (3, True)]
    assert ladder(CasePolicy(), 1, 9, 2, 3) == [(3, False), (2, False), (9, False), (1, False), (1, True)]


def test_a_step_that_is_not_there_is_skipped() -> None:
    policy = CasePolicy(steps=(Step("store"), Step("above"), Step("top")))
    assert ladder(policy, 1, 2, 3) == [(3, False), (2, False), (1, False), (1, True)]
    assert ladder(policy, 1, 3) == [(3, False), (1, False), (1, True)]
    assert ladder(policy, 3) == [(3, False), (3, True)]
    care = CasePolicy(steps=(Step(place=2), Step(place=8), Step("everyone")))
    assert ladder(care, 1, 2, 3) == [(2, False), (1, True)]
    assert ladder(care, 1, 3) == [(1, True)]


def test_nothing_comes_after_everyone() -> None:
    assert ladder(CasePolicy(steps=(Step("everyone"), Step("top"))), 1, 3) == [(1, True)]


def test_each_step_has_its_own_clock_and_calendar() -> None:
    steps = Step("store", first_response=60, resolution=120, calendar=StoreHours()), Step("top", name="Care")
    low, high, last = rungs(CasePolicy(steps=steps), (1, 3), {"mon": [["09:00", "21:00"]]}, KYIV)
    assert (low.first_response, low.resolution) == (timedelta(hours=1), timedelta(hours=2))
    assert low.running == BusinessHours({"mon": [["09:00", "21:00"]]}, KYIV)
    assert (high.name, high.running, last.name) == ("Care", DayAndNight(), "")
    # A store whose hours are not known works day and night.
    assert rungs(CasePolicy(steps=steps), (1, 3), {}, KYIV)[0].running == DayAndNight()


def people(*found: tuple[str, int]) -> list[tuple[str, int]]:
    return list(found)


def test_vacant_steps_are_skipped() -> None:
    found = rungs(CasePolicy(), (1, 2, 3), {}, KYIV)
    here = manned(found, people(("Olena", 3), ("Iryna", 1)))
    assert here == {0, 2}
    begin = next_rung(found, -1, here)
    assert begin
    assert begin.number == 0
    then = next_rung(found, 0, here)
    assert then
    assert then.number == 2
    last = next_rung(found, 2, here)
    assert last
    assert last.is_everyone
    assert next_rung(found, 3, here) is None
    assert standing_on(last, people(("Olena", 3), ("Iryna", 1))) == ["Olena", "Iryna"]


def test_where_there_is_nobody_the_ladder_is_as_if_there_were() -> None:
    found = rungs(CasePolicy(), (1, 2, 3), {}, KYIV)
    begin = next_rung(found, -1, manned(found, []))
    assert begin
    assert begin.number == 0


def test_people_by_name() -> None:
    steps = Step("store", people=("Olena", "Petro")), Step("top")
    found = rungs(CasePolicy(steps=steps), (1, 3), {}, KYIV)
    assert standing_on(found[0], people(("Olena", 1), ("Maria", 3))) == ["Olena"]
    assert manned(found, people(("Maria", 3))) == {0, 1, 2}  # nobody stands anywhere: as if all were manned
    assert manned(found, people(("Maria", 3), ("Iryna", 1))) == {1}


def test_a_case_from_a_longer_ladder_stands_on_the_last_step() -> None:
    found = rungs(CasePolicy(), (1, 3), {}, KYIV)
    assert rung_at(found, 7).is_everyone


def test_what_nobody_handles_goes_to_the_top() -> None:
    assert top_rung(rungs(CasePolicy(), (1, 2, 3), {}, KYIV), 1).number == 2
    assert top_rung(rungs(CasePolicy(steps=(Step("store"),)), (1, 2, 3), {}, KYIV), 1).is_everyone


@given(
    path=some.lists(some.integers(1, 20), min_size=1, max_size=6, unique=True),
    places=some.lists(
        some.one_of(some.sampled_from(["store", "above", "top", "everyone"]), some.integers(1, 20)), max_size=6
    ),
    accounts=some.lists(some.tuples(some.sampled_from("abc"), some.integers(1, 20)), max_size=5),
)
def test_every_ladder_ends_with_everyone(path: list[int], places: list[int], accounts: list[tuple[str, int]]) -> None:
    """Whatever the policy: steps count up from 0, each is a place above the store, and whoever climbs reaches the
    last one by steps on which there is somebody."""
    found = rungs(CasePolicy(steps=tuple(Step(place=each) for each in places)), path, {}, KYIV)
    assert [rung.number for rung in found] == list(range(len(found)))
    assert [rung.is_everyone for rung in found] == [False] * (len(found) - 1) + [True]
    assert all(rung.place_id in path for rung in found)
    here = manned(found, accounts)
    at: Rung | None = None
    while step := next_rung(found, at.number if at else -1, here):
        assert at is None or step.number > at.number
        assert step.is_everyone or step.number in here
        at = step
    assert at
    assert at.is_everyone
