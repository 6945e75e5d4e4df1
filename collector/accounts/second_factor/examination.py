"""What `smilepost doctor` finds: who has to have a second factor and has none."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from collector.accounts.roles import ROLES
from collector.accounts.second_factor.keep import is_required
from collector.accounts.sessions import may_come
from collector.accounts.tables import account
from collector.finding import Finding
from collector.settings import Settings

#: So many are named.
NAMED = 10


def examine(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """Silent where nobody has to have one. Who comes by single sign-on shows two things there, or not."""
    roles = [role for role in ROLES if is_required(settings, role)]
    if not roles:
        return
    without = account.c.role.in_(roles), account.c.totp.is_(None), account.c.subject.is_(None)
    names = connection.scalars(select(account.c.name).where(*without, *may_come()).order_by(account.c.name)).all()
    if not names:
        yield Finding("everybody who has to has a second factor")
        return
    said = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    yield Finding(
        f"no second factor yet: {said}",
        "They set it up when they sign in next: ask them to, or end sessions that are still open under People.",
    )
