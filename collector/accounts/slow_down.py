"""How those who guess are slowed down: after some wrong tries, each further one waits longer than the one before.

Nobody is locked out for good. The longest wait is `LONGEST`; whoever signed in from a browser before has a count of
their own there, which strangers cannot use up; and links and the organisation's sign-on know no waiting.
"""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from collector.accounts.secrets import digest
from collector.accounts.tables import sign_in_try

LONGEST = timedelta(minutes=15)
#: Tries are forgotten so long after the last of them.
FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True)
class Counted:
    """What tries are counted by."""

    what: str
    #: How many wrong ones cost nothing.
    free: int
    #: Whether a right try shows that the wrong ones before it were slips of the same person.
    is_one: bool = True

    @property
    def key(self) -> bytes:
        return digest(self.what)


def by_name(name: str) -> Counted:
    """Nobody guesses at one account from many addresses."""
    return Counted(f"name:{name}", 5)


def by_address(address: str | None) -> Counted:
    """Nor from one address at many accounts. People behind one share it; an IPv6 network of one house counts as one."""
    here = ip_address(address or "0.0.0.0")  # noqa: S104
    shown = str(IPv6Address(int(here) >> 64 << 64)) if isinstance(here, IPv6Address) else str(here)
    return Counted(f"address:{shown}", 30, is_one=False)


def by_browser(number: str) -> Counted:
    """A browser from which this very account was signed in before."""
    return Counted(f"browser:{number}", 5)


def by_account(account_id: int) -> Counted:
    """Who sits at an open screen guesses at the password."""
    return Counted(f"account:{account_id}", 5)


def by_code(account_id: int, browser: str | None) -> Counted:
    """Who knows an account's password guesses at its second factor.

    Parameters
    ----------
    browser: from which the account was signed in before; what others try elsewhere keeps nobody waiting there.
    """
    return Counted(f"code:{account_id}:{browser or ''}", 5)


def wait_after(wrong: int, free: int) -> timedelta:
    """How long the next try waits after so many wrong ones: 1, 2, 4 … s (pure)."""
    if wrong < free:
        return timedelta()
    return min(timedelta(seconds=2 ** min(wrong - free, 20)), LONGEST)


def begin(connection: Connection, *counted: Counted) -> timedelta:
    """Ask for a try; it may be made if there is nothing to wait for. Commit before it is made.

    It counts as wrong from now on, until `was_right`: so nobody makes a hundred at the same moment.
    """
    keys = {each.key: each for each in counted}
    connection.execute(insert(sign_in_try).values([{"key": key} for key in sorted(keys)]).on_conflict_do_nothing())
    now = func.now()
    left, is_old = sign_in_try.c.wait_until - now, sign_in_try.c.last_at < now - FORGOTTEN
    mine = select(sign_in_try, left.label("left"), is_old.label("is_old")).where(sign_in_try.c.key.in_(keys))
    rows = connection.execute(mine.order_by(sign_in_try.c.key).with_for_update()).all()
    longest: timedelta = max(row.left for row in rows)
    if longest > timedelta():
        return longest
    for row in rows:
        wrong = 1 if row.is_old else row.wrong + 1
        until = now + wait_after(wrong, keys[row.key].free)
        counts = update(sign_in_try).where(sign_in_try.c.key == row.key)
        connection.execute(counts.values(wrong=wrong, wait_until=until, last_at=now))
    return timedelta()


def wrong(connection: Connection, counted: Counted) -> int:
    """How many tries were wrong, one after the other."""
    return connection.scalar(select(sign_in_try.c.wrong).where(sign_in_try.c.key == counted.key)) or 0


def was_right(connection: Connection, *counted: Counted) -> None:
    """The try that was begun was right: it does not count."""
    for each in sorted(counted, key=lambda each: each.key):
        this = sign_in_try.c.key == each.key
        if each.is_one:
            connection.execute(delete(sign_in_try).where(this))
        else:
            fewer = func.greatest(sign_in_try.c.wrong - 1, 0)
            connection.execute(update(sign_in_try).where(this).values(wrong=fewer, wait_until=func.now()))
