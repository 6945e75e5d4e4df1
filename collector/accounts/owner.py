"""Whether its owner asks for what could give an account away: a screen that was left open is not enough for that."""

from flask import request
from flask_babel import gettext as _
from sqlalchemy import select

from collector.accounts import passwords, sessions
from collector.accounts.cookie_names import session_secret
from collector.accounts.entry import begin_try, wait_words, was_right
from collector.accounts.slow_down import by_account
from collector.accounts.tables import account
from collector.accounts.viewer import viewer
from collector.current import database, settings


def against_owner(password: str) -> tuple[str, int] | None:
    """What stands against it that the owner asks, in words, and the status of the answer; None: it is they.

    Who has a password types it. Who has none has signed in just now, by a link or the organisation's sign-on.
    """
    account_id = viewer().account_id
    assert account_id is not None  # noqa: S101 - only a session opens these pages
    if not viewer().has_password:
        with database().connect() as connection:
            if sessions.is_fresh(connection, session_secret(settings(), request.cookies) or ""):
                return None
        return _("You signed in a while ago. Sign in once more, then do this within a quarter of an hour."), 403
    counted = by_account(account_id)
    if wait := begin_try(counted):
        return wait_words(wait), 429
    with database().connect() as connection:
        stored = connection.scalar(select(account.c.password).where(account.c.id == account_id))
    if not passwords.is_right(stored, password):
        return _("The current password is a different one. Type it again."), 403
    was_right(counted)
    return None
