"""Which presses of a journal count: what each rule says, and what holds whatever was pressed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from collector.press_filter.policy import Burst, Closed, FilterPolicy, Repeat, Stuck
from collector.press_filter.rules import OURS, Doors, Hang, Press, marks_of
from collector.ratings.kinds import Mark

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
OFF = FilterPolicy(repeat=None, burst=None, stuck=None, closed=None)
COUNTED, REPEAT, BURST, STUCK, CLOSED = Mark.COUNTED, Mark.REPEAT, Mark.BURST, Mark.STUCK, Mark.CLOSED


def pressed(
    *seconds: float, buttons: Sequence[int] = (), marks: Sequence[Mark] = (), boot: int = 1, first: int = 1
) -> list[Press]:
    """Presses of one boot at these seconds of it."""
    return [
        Press(
            seq=first + number,
            boot=boot,
            uptime=round(1000 * at),
            button=buttons[number] if buttons else 1,
            happened_at=NOON + timedelta(seconds=at),
            mark=marks[number] if marks else COUNTED,
            window=2000,
        )
        for number, at in enumerate(seconds)
    ]


def marks(presses: Sequence[Press], policy: FilterPolicy, hangs: Sequence[Hang] = ()) -> list[Mark]:
    return marks_of(presses, hangs, policy, lambda moment: moment.hour < 9)


def test_a_repeat_is_told_from_the_press_before_it_as_kiosks_do() -> None:
    five = FilterPolicy(repeat=Repeat(5), burst=None, stuck=None)
    assert marks(pressed(0, 4.9, 9, 14), five) == [COUNTED, REPEAT, REPEAT, COUNTED]
    assert marks(pressed(0) + pressed(1, boot=2, first=2), five) == [COUNTED, COUNTED]  # it was started in between
    # A technician's test is nobody's press; one that is perhaps a repeat may have been.
    between = pressed(0, 1, 2, marks=[COUNTED, Mark.TEST, COUNTED])
    assert marks(between, FilterPolicy(repeat=Repeat(2))) == [COUNTED, Mark.TEST, COUNTED]
    carried = pressed(0, 1, marks=[Mark.PERHAPS_REPEATED, COUNTED])
    assert marks(carried, FilterPolicy(repeat=Repeat(2))) == [Mark.PERHAPS_REPEATED, REPEAT]


def test_what_the_kiosks_said_stays_until_the_place_says_otherwise() -> None:
    by_kiosk = pressed(0, 1.5, 10, marks=[COUNTED, REPEAT, COUNTED])
    assert marks(by_kiosk, FilterPolicy()) == [COUNTED, REPEAT, COUNTED]
    assert marks(by_kiosk, FilterPolicy(repeat=Repeat(1))) == [COUNTED, COUNTED, COUNTED]
    wide = marks(by_kiosk, FilterPolicy(repeat=Repeat(15)))
    assert wide == [COUNTED, REPEAT, REPEAT]
    # And back: what the filter had marked counts again, what the kiosk had does not.
    again = [press._replace(mark=mark) for press, mark in zip(by_kiosk, wide, strict=True)]
    assert marks(again, FilterPolicy()) == [COUNTED, REPEAT, COUNTED]
    each_counts = remarked(by_kiosk, FilterPolicy(repeat=Repeat(0)))
    assert [press.mark for press in each_counts] == [COUNTED, COUNTED, COUNTED]
    assert marks(each_counts, FilterPolicy()) == [COUNTED, REPEAT, COUNTED]


def test_of_a_burst_the_first_press_counts() -> None:
    rule = FilterPolicy(burst=Burst(presses=4, seconds=10), stuck=None)
    assert marks(pressed(0, 3, 6, 9, 12, 60), rule) == [COUNTED, BURST, BURST, BURST, BURST, COUNTED]
    assert marks(pressed(0, 4, 8, 12, 16), rule) == [COUNTED] * 5
    repeats = pressed(0, 1, 2, 3, 4, 30, marks=[COUNTED, REPEAT, REPEAT, REPEAT, REPEAT, COUNTED])
    assert marks(repeats, rule) == [press.mark for press in repeats]  # one person, and told so already


def test_a_button_that_hangs() -> None:
    rule = FilterPolicy(burst=None, stuck=Stuck(presses=3, seconds=5))
    presses = pressed(0, 100, 104, 200, buttons=[2, 1, 2, 2])
    assert marks(presses, rule, [Hang(5, 1, 130_000, 1)]) == [COUNTED, STUCK, COUNTED, COUNTED]
    assert marks(presses, rule, [Hang(5, 2, 130_000, 1)]) == [COUNTED] * 4  # another boot's
    on_and_on = pressed(0, 4, 8, 12, 30, 34, buttons=[1, 1, 1, 2, 1, 1])
    assert marks(on_and_on, rule) == [STUCK, STUCK, STUCK, COUNTED, COUNTED, COUNTED]


def test_outside_opening_hours() -> None:
    night = pressed(0)[0]._replace(happened_at=NOON.replace(hour=3))
    unknown = night._replace(seq=2, uptime=60_000, happened_at=None)
    assert marks([night, unknown], FilterPolicy()) == [CLOSED, COUNTED]
    assert marks([night._replace(mark=Mark.CLOSED)], OFF) == [COUNTED]


def test_doors_know_the_night_the_grace_and_the_change_of_the_clocks() -> None:
    kyiv = ZoneInfo("Europe/Kyiv")
    hours = {"sat": [["20:00", "02:00"]], "sun": [["10:00", "18:00"]]}
    doors = Doors(hours, kyiv, timedelta(minutes=30))

    def closed(day: int, hour: int, minute: int = 0) -> bool:  # March 2026; on the 29th clocks go forward at three
        return doors.is_closed(datetime(2026, 3, day, hour, minute, tzinfo=kyiv))

    assert [closed(28, 19, 29), closed(28, 19, 30), closed(28, 23), closed(29, 2, 29)] == [True, False, False, False]
    assert [closed(29, 4), closed(29, 9, 30), closed(29, 18, 29), closed(29, 18, 31)] == [True, False, False, True]
    assert closed(30, 12)
    assert not Doors({}, kyiv, timedelta()).is_closed(NOON)  # nobody knows


@given(
    st.lists(st.tuples(st.integers(0, 23), st.integers(1, 24)), min_size=1, max_size=3),
    st.lists(st.integers(0, 14 * 24 * 60), min_size=1, max_size=30),
    st.integers(0, 90),
)
def test_what_the_door_says_does_not_depend_on_what_was_asked_before(
    hours: list[tuple[int, int]], minutes: list[int], grace: int
) -> None:
    kyiv = ZoneInfo("Europe/Kyiv")
    opened = {"sat": [[f"{begin:02}:00", f"{end:02}:00"] for begin, end in hours], "tue": [["10:00", "10:00"]]}
    moments = [datetime(2026, 3, 20, tzinfo=UTC) + timedelta(minutes=each) for each in sorted(minutes)]
    doors = Doors(opened, kyiv, timedelta(minutes=grace))
    alone = [Doors(opened, kyiv, timedelta(minutes=grace)).is_closed(moment) for moment in moments]
    assert [doors.is_closed(moment) for moment in moments] == alone


policies = st.builds(
    FilterPolicy,
    repeat=st.none() | st.builds(Repeat, st.integers(0, 10)),
    burst=st.none() | st.builds(Burst, st.integers(3, 6), st.integers(1, 30)),
    stuck=st.none() | st.builds(Stuck, st.integers(3, 6), st.integers(1, 10)),
    closed=st.none() | st.just(Closed()),
)


@st.composite
def journals(draw: st.DrawFn) -> list[Press]:
    found = []
    boot, uptime = 1, 0
    for seq in range(1, draw(st.integers(1, 40)) + 1):
        if draw(st.integers(0, 12)) == 0:
            boot, uptime = boot + 1, 0
        uptime += draw(st.sampled_from([300, 1500, 2500, 4000, 9000, 60_000]))
        happened = NOON + timedelta(hours=boot, milliseconds=uptime) - timedelta(hours=4)
        marked = draw(st.sampled_from([COUNTED, COUNTED, COUNTED, REPEAT, Mark.TEST, Mark.PERHAPS_REPEATED]))
        found.append(Press(seq, boot, uptime, draw(st.integers(1, 2)), happened, marked, 2000))
    return found


def remarked(presses: Sequence[Press], policy: FilterPolicy) -> list[Press]:
    return [press._replace(mark=mark) for press, mark in zip(presses, marks(presses, policy), strict=True)]


@given(journals(), policies)
def test_a_second_time_changes_nothing_and_nobody_elses_mark_is_touched(
    presses: list[Press], policy: FilterPolicy
) -> None:
    once = remarked(presses, policy)
    assert remarked(once, policy) == once
    for press, after in zip(presses, once, strict=True):
        assert after.mark == press.mark if press.mark not in OURS else after.mark in OURS


@given(journals(), policies, st.lists(policies, max_size=3))
def test_whatever_was_run_back_to_a_policy_is_back_to_its_marks(
    presses: list[Press], policy: FilterPolicy, others: list[FilterPolicy]
) -> None:
    held = presses
    for other in others:
        held = remarked(held, other)
    assert remarked(held, policy) == remarked(presses, policy)


@given(journals(), policies, st.integers(1, 40))
def test_what_comes_in_piece_by_piece_has_the_marks_of_a_re_run(
    presses: list[Press], policy: FilterPolicy, pieces: int
) -> None:
    """As `fresh` does it: each piece with what came before it, judged as far back as a rule reaches."""
    held: list[Press] = []
    for begin in range(0, len(presses), pieces):
        held = remarked([*held, *presses[begin : begin + pieces]], policy)
    assert held == remarked(presses, policy)
