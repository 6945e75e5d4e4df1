"""Where somebody of the house hears of cases and alerts: by e-mail, by SMS, or not at all, and in which language."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from collector.accounts.tables import account

#: Longest address, characters: no mail server takes a longer one.
LONGEST_ADDRESS = 254


@dataclass(frozen=True)
class Reach:
    email: str | None
    phone: str | None
    language: str


def reach_of(connection: Connection, account_id: int) -> Reach:
    """Where the owner of an account hears."""
    row = connection.execute(
        select(account.c.email, account.c.phone, account.c.language).where(account.c.id == account_id)
    ).one()
    return Reach(row.email, row.phone, row.language)


def choose_reach(connection: Connection, account_id: int, reach: Reach) -> None:
    """From now on they hear there."""
    connection.execute(update(account).where(account.c.id == account_id).values(**vars(reach)))
