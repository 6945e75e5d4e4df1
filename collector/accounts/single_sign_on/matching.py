"""Whose account somebody is whom the organisation's provider names.

By issuer and subject, which never change. The first time by an e-mail address that the provider has made sure of: of
one account, and one that nobody came to by sign-on before. The account's own address can be believed as well: whoever
looks after people wrote it, or its owner, who had to show that it is they (`owner`). No account is ever made here:
people are invited (`people`).
"""

from sqlalchemy import Connection, and_, func, not_, select, update

from collector.accounts.sessions import may_come
from collector.accounts.single_sign_on.provider import Identity
from collector.accounts.tables import account
from collector.audit.log import note


def account_of(connection: Connection, who: Identity) -> int | None:
    """The account of somebody; None where there is none for them."""
    known = account.c.issuer == who.issuer, account.c.subject == who.subject
    found = connection.scalar(select(account.c.id).where(*known, *may_come()))
    return int(found) if found is not None else _joined(connection, who)


def _joined(connection: Connection, who: Identity) -> int | None:
    """The account that has this address and no other; from now on it is theirs by sign-on."""
    if who.email is None:
        return None
    query = select(account.c.id, account.c.name, account.c.place_id, account.c.subject)
    rows = connection.execute(query.where(func.lower(account.c.email) == who.email.lower(), *may_come())).all()
    if len(rows) != 1 or rows[0].subject is not None:
        return None
    found = rows[0]
    # Of somebody who left and is back: the account that nobody signs in as any more lets go of them.
    old = account.c.issuer == who.issuer, account.c.subject == who.subject, not_(and_(*may_come()))
    connection.execute(update(account).where(*old).values(issuer=None, subject=None))
    free = update(account).where(account.c.id == found.id, account.c.subject.is_(None))
    if connection.execute(free.values(issuer=who.issuer, subject=who.subject)).rowcount == 0:
        return None
    note(connection, found.name, "joined-sign-on", f"people/{found.id}", found.place_id)
    return int(found.id)
