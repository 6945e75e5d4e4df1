"""The contact policy, without a database: consent, stop, the cap, the night, and what is out of date."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.contacts.policy import (
    LANDLINE,
    LIFETIMES,
    NO_CONSENT,
    NOT_HERE,
    OUT_OF_DATE,
    RECEIPT_PAUSE,
    RECEIPTS_A_DAY,
    STOPPED,
    TEXTS_AN_HOUR,
    TOLD_ALREADY,
    TOO_MANY_TEXTS,
    UNASKED,
    ContactPolicy,
    Go,
    Hold,
    Refuse,
    Verdict,
    Wish,
    judge,
    months_before,
    undisturbed,
)

KYIV = ZoneInfo("Europe/Kyiv")
#: Noon and half past ten at night in Kyiv, 22 November.
NOON, NIGHT = datetime(2026, 11, 22, 10, tzinfo=UTC), datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
NINE = datetime(2026, 11, 23, 7, tzinfo=UTC)
POLICY = ContactPolicy()
ZONES = [
    ZoneInfo(name)
    for name in ("Europe/Kyiv", "Europe/London", "America/New_York", "Pacific/Honolulu", "Asia/Kathmandu", "UTC")
]
purposes = st.sampled_from(list(LIFETIMES))
clocks = st.times().map(lambda each: each.strftime("%H:%M"))
moments = st.integers(0, 3 * 365 * 24 * 60).map(lambda each: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=each))


def wish(purpose: str = "outcome", channel: str = "sms", **values: object) -> Wish:
    known = {"zones": (KYIV,), "agreed_at": NOON - timedelta(days=1), **values}
    return Wish(purpose=purpose, channel=channel, **known)  # type: ignore[arg-type]


def judged(now: datetime = NOON, policy: ContactPolicy = POLICY, **values: object) -> Verdict:
    return judge(policy, wish(**values), now)  # type: ignore[arg-type]


def test_by_day_it_goes() -> None:
    assert judged() == judged(channel="email") == Go()


def test_by_night_a_text_message_waits_and_an_answer_by_mail_does_not() -> None:
    assert judged(NIGHT) == Hold(NINE)
    assert judged(NIGHT, channel="email") == Go()
    assert judged(NIGHT, channel="email", purpose="invitation") == Hold(NINE)


def test_the_night_is_the_customer_s_and_follows_their_clock() -> None:
    new_york = ZoneInfo("America/New_York")
    assert judged(NOON, zones=(new_york,)) == Hold(datetime(2026, 11, 22, 14, tzinfo=UTC))
    spring = datetime(2027, 3, 27, 20, tzinfo=UTC)  # the clocks go forward that night
    assert judged(spring, agreed_at=spring) == Hold(datetime(2027, 3, 28, 6, tzinfo=UTC))


def test_nobody_is_written_to_without_a_consent() -> None:
    assert judged(agreed_at=None) == Refuse(NO_CONSENT)


def test_stop_is_for_all_or_for_one_purpose() -> None:
    assert judged(stops=[(None, NOON)]) == Refuse(STOPPED)
    assert judged(stops=[("outcome", NOON)]) == Refuse(STOPPED)
    assert judged(stops=[("review", NOON)]) == Go()


def test_whoever_asks_for_an_answer_after_saying_stop_gets_one_and_nothing_else() -> None:
    stopped = [(None, NOON - timedelta(days=2))]
    assert judged(stops=stopped) == Go()
    assert judged(stops=stopped, purpose="invitation") == Refuse(STOPPED)


def test_something_unasked_comes_once_in_six_months() -> None:
    five, seven = months_before(NOON, 5), months_before(NOON, 7)
    assert judged(purpose="invitation", last_unasked=seven) == Go()
    assert isinstance(judged(purpose="invitation", last_unasked=five), Refuse)
    assert judged(purpose="invitation", last_unasked=five, policy=ContactPolicy(months=3)) == Go()
    assert judged(purpose="progress", last_unasked=NOON) == Go()


def test_what_is_out_of_date_before_the_morning_is_not_sent() -> None:
    assert judged(NIGHT, expires_at=NINE) == Refuse(OUT_OF_DATE)
    assert judged(NIGHT, expires_at=NINE + timedelta(seconds=1)) == Hold(NINE)
    assert judged(expires_at=NOON) == Refuse(OUT_OF_DATE)


def test_what_is_for_later_waits_and_then_for_the_morning() -> None:
    assert judged(not_before=NOON + timedelta(hours=2)) == Hold(NOON + timedelta(hours=2))
    assert judged(not_before=NIGHT) == Hold(NINE)


def test_a_place_may_leave_out_a_purpose() -> None:
    assert judged(policy=ContactPolicy(purposes=("receipt",))) == Refuse(NOT_HERE)
    assert judged(is_landline=True) == Refuse(LANDLINE)


@given(st.lists(st.timedeltas(timedelta(), timedelta(days=3)), max_size=40))
def test_whoever_types_the_address_of_others_is_heard_of_a_few_times_a_day(pauses: list[timedelta]) -> None:
    now, sent = NOON, list[datetime]()
    for pause in pauses:
        now += pause
        asked = wish("receipt", "email", receipts=sent, agreed_at=now)
        verdict = judge(POLICY, asked, now)
        day = [at for at in sent if at > now - timedelta(days=1)]
        assert verdict in (Go(), Refuse(TOLD_ALREADY))
        assert (verdict == Go()) == (len(day) < RECEIPTS_A_DAY and not (day and now - day[-1] < RECEIPT_PAUSE))
        if verdict == Go():
            sent.append(now)


def test_a_touchpoint_causes_a_few_text_messages_in_an_hour() -> None:
    assert judged(purpose="receipt", texts=TEXTS_AN_HOUR - 1) == Go()
    assert judged(purpose="receipt", texts=TEXTS_AN_HOUR) == Refuse(TOO_MANY_TEXTS)
    assert judged(purpose="receipt", channel="email", texts=TEXTS_AN_HOUR) == Go()


def test_no_quiet_hours_at_all() -> None:
    assert judged(NIGHT, policy=ContactPolicy(quiet_from="00:00", quiet_until="00:00")) == Go()


@pytest.mark.parametrize(
    ("moment", "months", "before"),
    [
        (datetime(2026, 8, 31, tzinfo=UTC), 6, datetime(2026, 2, 28, tzinfo=UTC)),
        (datetime(2028, 8, 31, tzinfo=UTC), 6, datetime(2028, 2, 29, tzinfo=UTC)),
        (datetime(2026, 1, 15, tzinfo=UTC), 1, datetime(2025, 12, 15, tzinfo=UTC)),
        (datetime(2026, 12, 15, tzinfo=UTC), 12, datetime(2025, 12, 15, tzinfo=UTC)),
    ],
)
def test_months_before(moment: datetime, months: int, before: datetime) -> None:
    assert months_before(moment, months) == before


def is_night(policy: ContactPolicy, moment: datetime, zone: ZoneInfo) -> bool:
    begin, end = time.fromisoformat(policy.quiet_from), time.fromisoformat(policy.quiet_until)
    clock = moment.astimezone(zone).time()
    return begin <= clock < end if begin <= end else clock >= begin or clock < end


@given(moments, clocks, clocks, st.sampled_from(ZONES))
def test_the_first_moment_at_which_nobody_sleeps(moment: datetime, begin: str, end: str, zone: ZoneInfo) -> None:
    policy = ContactPolicy(quiet_from=begin, quiet_until=end)
    at = undisturbed(policy, moment, [zone])
    assert moment <= at <= moment + timedelta(hours=25)
    assert not is_night(policy, at, zone)
    # Nothing earlier would have done, but for an hour that comes twice.
    minutes = range(0, int((at - moment).total_seconds() // 60), 7)
    early = [each for each in minutes if not is_night(policy, moment + timedelta(minutes=each), zone)]
    assert len(early) * 7 <= 60


@given(moments, st.lists(st.sampled_from(ZONES), min_size=1, max_size=3))
def test_in_several_zones_nobody_is_woken_if_that_can_be(moment: datetime, zones: list[ZoneInfo]) -> None:
    at = undisturbed(POLICY, moment, zones)
    assert at >= moment
    assert not is_night(POLICY, at, zones[0])
    whole = [moment + timedelta(minutes=15 * each) for each in range(4 * 48)]
    if any(not any(is_night(POLICY, each, zone) for zone in zones) for each in whole):
        assert not any(is_night(POLICY, at, zone) for zone in zones)


@given(
    purposes,
    st.sampled_from(["sms", "email"]),
    moments,
    st.none() | moments,
    st.none() | moments,
    st.lists(st.tuples(st.none() | purposes, moments), max_size=3),
)
def test_what_always_holds(
    purpose: str,
    channel: str,
    now: datetime,
    agreed_at: datetime | None,
    last: datetime | None,
    stops: list[tuple[str | None, datetime]],
) -> None:
    asked = wish(purpose, channel, agreed_at=agreed_at, last_unasked=last, stops=stops, expires_at=now + timedelta(3))
    verdict = judge(POLICY, asked, now)
    if isinstance(verdict, Refuse):
        assert verdict.why.endswith(".")
        return
    assert agreed_at is not None
    applying = [at for what, at in stops if what in (None, purpose)]
    if purpose in UNASKED:
        assert not applying
        assert last is None or last <= months_before(now, 6)
    else:
        assert all(at < agreed_at for at in applying)
    if isinstance(verdict, Hold):
        assert verdict.until > now
        # When its time has come it goes.
        assert judge(POLICY, asked, verdict.until) == Go()
    elif channel == "sms" or purpose in UNASKED:
        assert not is_night(POLICY, now, KYIV)
