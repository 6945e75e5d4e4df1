"""The form of a place's ladder: what it shows is what it reads, and what does not fit is said at its field."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from collector.cases.rules.policy import (
    ByChannel,
    CasePolicy,
    Compensation,
    OwnHours,
    Promise,
    SignOff,
    Step,
    StoreHours,
    WallTime,
)
from collector.cases.settings import contact_form
from collector.cases.settings.policy_form import CHANNELS, EXPLAINED, KINDS, PAUSING, read, shown, steps_in, with_steps
from collector.contacts.policy import LIFETIMES, ContactPolicy
from collector.places.hours_text import Unclear, read_hours, write_hours


@pytest.fixture(autouse=True, scope="module")
def words() -> Iterator[None]:
    """What sentences are said in."""
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


MINUTES = st.integers(1, 60 * 24 * 60)
NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)
AMOUNTS = st.none() | st.decimals(0, 99_999_999, places=2)
CLOCKS = st.times().map("{0:%H:%M}".format)
HOURS = st.dictionaries(
    st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
    st.lists(
        st.tuples(CLOCKS, CLOCKS).filter(lambda period: period[0] != period[1]), min_size=1, max_size=2, unique=True
    ).map(sorted),
    min_size=1,
)
CALENDARS = st.one_of(
    st.just(WallTime()),
    st.just(StoreHours()),
    st.builds(OwnHours, HOURS, st.none() | st.sampled_from(["Europe/Kyiv", "America/New_York"])),
)
STEPS = st.builds(
    Step,
    place=st.sampled_from(["store", "above", "top", "everyone"]) | st.integers(1, 2**29),
    name=st.just("") | NAMES,
    people=st.lists(NAMES, max_size=3, unique=True).map(tuple),
    first_response=MINUTES,
    resolution=MINUTES,
    calendar=CALENDARS,
)


@st.composite
def by_channel(draw: st.DrawFn) -> tuple[ByChannel, ...]:
    found = []
    for channel in CHANNELS:
        within, by = draw(st.sampled_from([(None, None), (draw(MINUTES), None), (None, draw(CLOCKS))]))
        responsible = draw(st.none() | NAMES)
        if within or by or responsible:
            found.append(ByChannel(channel, within, by, responsible))
    return tuple(found)


def some(known: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(known)).map(lambda chosen: tuple(each for each in known if each in chosen))


POLICIES = st.builds(
    CasePolicy,
    steps=st.lists(STEPS, max_size=4).map(tuple),
    channels=by_channel(),
    remind_hours=st.integers(1, 336),
    idle_days=st.none() | st.integers(1, 365),
    pausing=some(tuple(PAUSING)),
    promise=st.builds(Promise, MINUTES, MINUTES),
    compensation=st.builds(Compensation, st.sampled_from(["UAH", "EUR"]), AMOUNTS, AMOUNTS, AMOUNTS),
    root_causes=st.lists(NAMES, max_size=4, unique=True).map(tuple),
    root_cause_required=st.booleans(),
    comment_required=some(tuple(EXPLAINED)),
    sign_off=st.builds(SignOff, some(tuple(KINDS)), AMOUNTS),
    recovery_hours=st.none() | st.integers(0, 720),
)


@given(POLICIES)
def test_a_policy_goes_through_the_form_unchanged(policy: CasePolicy) -> None:
    assert read(shown(policy)) == (policy, {})


@given(HOURS)
def test_hours_are_read_as_they_are_written(hours: dict[str, list[tuple[str, str]]]) -> None:
    assert read_hours(write_hours(hours)) == hours


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("Mon – Wed 9:00–18:00", "mon-wed 09:00-18:00"),
        ("fri-mon 09:00-12:00 13:00-24:00", "mon 09:00-12:00 13:00-24:00, fri-sun 09:00-12:00 13:00-24:00"),
        ("mon 09:00-12:00; mon 13:00-15:00", "mon 09:00-12:00 13:00-15:00"),
        ("sat 22:00-02:00", "sat 22:00-02:00"),
    ],
)
def test_hours_as_people_type_them(typed: str, means: str) -> None:
    assert write_hours(read_hours(typed)) == means


@pytest.mark.parametrize(
    "typed", ["", "mon", "09:00-18:00", "day 09:00-18:00", "mon 25:00-26:00", "mon 09:00-09:00", ","]
)
def test_hours_that_nobody_can_mean(typed: str) -> None:
    with pytest.raises(Unclear):
        read_hours(typed)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("remind", "0"),
        ("remind", ""),
        ("idle", "366"),
        ("recovery", "x"),
        ("currency", "hryvnia"),
        ("limit-store", "-1"),
        ("sign-off-above", "1.234"),
        ("root-causes", "x" * 101),
        ("step-0-place", "elsewhere"),
        ("step-0-hours", "always"),
        ("step-0-zone", "Kyiv"),
        ("step-0-zone", "Europe"),
        ("hotline-by", "25:00"),
        ("hotline-by", "11 o'clock"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(field: str, typed: str) -> None:
    own = OwnHours({"mon": [("09:00", "18:00")]})
    values = shown(CasePolicy(steps=(Step(calendar=own),)))
    values[field] = typed
    policy, problems = read(values)
    assert policy is None
    assert list(problems) == [field]


@pytest.mark.parametrize(
    ("count", "unit"), [("0", "60"), ("61", "1440"), ("x", "60"), ("1", "7"), ("", "60"), ("٣", "60")]
)
def test_times_that_no_clock_has(count: str, unit: str) -> None:
    values = shown(CasePolicy())
    values["promise-first-count"], values["promise-first-unit"] = count, unit
    assert list(read(values)[1]) == ["promise-first"]


def test_a_missed_call_is_answered_within_a_time_or_by_one() -> None:
    values = shown(CasePolicy(channels=(ByChannel("hotline", by="11:00"),)))
    values["hotline-within-count"], values["hotline-within-unit"] = "3", "1"
    assert list(read(values)[1]) == ["hotline-by"]


def test_steps_in_another_order() -> None:
    steps = (Step("store", "a"), Step("above", "b", calendar=StoreHours()), Step("top", "c"))
    values = shown(CasePolicy(steps=steps))
    changed, problems = read(with_steps(values, [2, 0, None]))
    assert problems == {}
    assert changed is not None
    assert changed.steps == (steps[2], steps[0], Step())
    assert steps_in(with_steps(values, [])) == 0


def test_an_empty_form_is_no_policy() -> None:
    policy, problems = read(MultiDict())
    assert policy is None
    assert problems


@given(
    st.builds(
        ContactPolicy,
        quiet_from=CLOCKS,
        quiet_until=CLOCKS,
        months=st.integers(1, 60),
        purposes=some(tuple(LIFETIMES)),
        review_link=st.none() | st.just("https://example.org/write"),
    )
)
def test_a_contact_policy_goes_through_the_form_unchanged(policy: ContactPolicy) -> None:
    assert contact_form.read(contact_form.shown(policy)) == (policy, {})


@pytest.mark.parametrize(
    ("field", "typed"),
    [("quiet-from", "late"), ("quiet-until", ""), ("months", "0"), ("review-link", "http://example.org")],
)
def test_a_contact_policy_that_does_not_fit(field: str, typed: str) -> None:
    values = contact_form.shown(ContactPolicy())
    values[field] = typed
    policy, problems = contact_form.read(values)
    assert policy is None
    assert list(problems) == [field]
