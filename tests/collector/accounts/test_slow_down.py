"""Whoever guesses waits longer and longer, and nobody waits for ever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, update

from collector.accounts.slow_down import FORGOTTEN, LONGEST, Counted, begin, by_address, wait_after, was_right
from collector.accounts.tables import sign_in_try

OLHA = Counted("name:olha", 3)
HERE = Counted("address:192.0.2.1", 3, is_one=False)


@given(wrong=st.integers(0, 10**6), free=st.integers(1, 50))
def test_waits_grow_to_the_longest_and_no_further(wrong: int, free: int) -> None:
    assert timedelta() <= wait_after(wrong, free) <= wait_after(wrong + 1, free) <= LONGEST
    assert (wait_after(wrong, free) == timedelta()) == (wrong < free)


@given(free=st.integers(1, 50))
def test_a_day_has_room_for_few_guesses(free: int) -> None:
    passed, tries = timedelta(), 0
    while passed < timedelta(days=1):
        tries += 1
        passed += wait_after(tries, free)
    assert tries <= free + 10 + 24 * 4
    # Of a million numbers three are right at a time: a year of guessing finds one with a chance of one in ten.
    assert 365 * tries * 3 / 10**6 < 0.2


def test_an_ipv6_network_of_one_house_is_one() -> None:
    assert by_address("2001:db8:1:2::5") == by_address("2001:db8:1:2:aaaa::1") != by_address("2001:db8:1:3::5")
    assert by_address("192.0.2.1") != by_address("192.0.2.2")


def test_of_many_at_once_no_more_come_through_than_one_after_the_other(engine: Engine) -> None:
    def ask(_number: int) -> bool:
        with engine.begin() as connection:
            return begin(connection, OLHA, HERE) == timedelta()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(ask, range(24))) == 3


def test_who_was_right_begins_anew_but_an_address_only_gets_that_try_back(engine: Engine) -> None:
    def ask(*counted: Counted) -> bool:
        with engine.begin() as connection:
            return begin(connection, *counted) == timedelta()

    assert [ask(OLHA, HERE) for _ in range(3)] == [True, True, True]
    with engine.begin() as connection:
        was_right(connection, OLHA, HERE)
    assert ask(OLHA)
    assert ask(HERE)
    assert not ask(HERE)
    # A refused try of two counts for neither, so a stranger's address does not use up a name.
    assert [ask(OLHA, HERE) for _ in range(5)] == [False] * 5
    assert ask(OLHA)
    with engine.begin() as connection:  # a day later
        connection.execute(update(sign_in_try).values(wait_until=func.now(), last_at=func.now() - 2 * FORGOTTEN))
    assert ask(HERE)
    with engine.connect() as connection:
        assert connection.scalar(select(sign_in_try.c.wrong).where(sign_in_try.c.key == HERE.key)) == 1
