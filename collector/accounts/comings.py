"""Who came in, and who tried in vain, in the audit log: when, how, and from what kind of device; never from where.

What somebody typed who has no account is not written down: it may be a password that slipped into the wrong field.
"""

from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, select

from collector.accounts import slow_down
from collector.accounts.tables import account
from collector.audit.log import note
from collector.places.queries import top_place

#: The first thing that somebody has shown.
How: TypeAlias = Literal["password", "link", "sign-on"]
#: Of tries from one address under names that nobody has, each so-manieth is written down.
EVERY = 5


def note_coming(connection: Connection, account_id: int, how: How, device: str, *, with_second: bool) -> None:
    """Somebody has come in.

    Parameters
    ----------
    device: what the browser calls itself, in words.
    with_second: whether they have shown the second factor, too.
    """
    row = connection.execute(select(account.c.name, account.c.place_id).where(account.c.id == account_id)).one()
    detail: dict[str, Any] = {"how": how}
    if with_second:
        detail["second"] = True
    if device:
        detail["device"] = device
    note(connection, row.name, "signed-in", f"people/{account_id}", row.place_id, detail)


def note_in_vain(connection: Connection, name: str, address: str | None) -> None:
    """A password did not fit. The slow-down bounds how many lines that makes: of one account some hundred a day, of all
    names that nobody has as few from each address."""
    row = connection.execute(select(account.c.id, account.c.place_id).where(account.c.name == name)).first()
    if row is not None:
        note(connection, "", "refused-sign-in", f"people/{row.id}", row.place_id, {"how": "password"})
        return
    tries = slow_down.wrong(connection, slow_down.by_address(address))
    if tries % EVERY == 0:
        detail = {"how": "password", "times": EVERY}
        note(connection, "", "refused-sign-in", "nobody/", top_place(connection), detail)


def note_wrong_code(connection: Connection, account_id: int) -> None:
    """Somebody knows a password, but not the second factor."""
    place_id = connection.execute(select(account.c.place_id).where(account.c.id == account_id)).scalar_one()
    note(connection, "", "refused-sign-in", f"people/{account_id}", place_id, {"how": "code"})
