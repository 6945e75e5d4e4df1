"""Signing in: by password or by a link that is used once; and the session that follows."""

from datetime import timedelta
from typing import Any

import psycopg
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from collector.accounts import passwords
from collector.accounts.secrets import digest, new_secret
from collector.accounts.tables import account, session, sign_in_link

#: The cookie that carries a session's secret.
COOKIE = "smilepost"
SESSION_LIFETIME = timedelta(days=14)
LINK_LIFETIME = timedelta(minutes=15)


def sign_in(connection: Connection, name: str, password: str) -> int | None:
    """The id of the account whose name and password these are, or None; takes equally long for every wrong pair."""
    found = connection.execute(select(account.c.id, account.c.password).where(account.c.name == name)).first()
    if not passwords.is_right(found.password if found else None, password) or found is None:
        return None
    if passwords.is_outdated(found.password):
        _keep_password(connection, found.id, password)
    return int(found.id)


def open_session(connection: Connection, account_id: int) -> str:
    """Open a session; returns the secret for its cookie."""
    secret = new_secret()
    connection.execute(
        insert(session).values(digest=digest(secret), account_id=account_id, expires_at=func.now() + SESSION_LIFETIME)
    )
    return secret


def session_account(connection: Connection, secret: str) -> Row[Any] | None:
    """The account (id, name, password, place_id) of a session that is open and not expired."""
    return connection.execute(
        select(account)
        .join(session, session.c.account_id == account.c.id)
        .where(session.c.digest == digest(secret), session.c.expires_at > func.now())
    ).first()


def close_session(connection: Connection, secret: str) -> None:
    connection.execute(delete(session).where(session.c.digest == digest(secret)))


def choose_password(connection: Connection, account_id: int, password: str, *, stay: str) -> None:
    """Change an account's password and close its sessions, all but the one whose secret is `stay`."""
    _keep_password(connection, account_id, password)
    connection.execute(delete(session).where(session.c.account_id == account_id, session.c.digest != digest(stay)))


def make_sign_in_link(connection: Connection, account_name: str) -> str:
    """A secret that signs its bearer in once, within `LINK_LIFETIME`, at `/sign-in/link/<secret>`.

    Raises
    ------
    LookupError: there is no such account.
    """
    account_id = connection.scalar(select(account.c.id).where(account.c.name == account_name))
    if account_id is None:
        raise LookupError(f"there is no account {account_name!r}")
    secret = new_secret()
    connection.execute(
        insert(sign_in_link).values(digest=digest(secret), account_id=account_id, expires_at=func.now() + LINK_LIFETIME)
    )
    return secret


def link_is_good(connection: Connection, secret: str) -> bool:
    """Whether a link could be used now. Looking at it uses nothing up: mail scanners look, too."""
    good = select(sign_in_link.c.digest).where(*_good(secret))
    return connection.execute(good).first() is not None


def use_link(connection: Connection, secret: str) -> int | None:
    """Use a link up; returns its account, or None where it was used before or is too old.

    One conditional update: of two who come at once, one wins.
    """
    used = update(sign_in_link).where(*_good(secret)).values(used_at=func.now()).returning(sign_in_link.c.account_id)
    return connection.execute(used).scalar_one_or_none()


def forget_expired(connection: psycopg.Connection[Any]) -> None:
    """Delete the sessions and links that have ended."""
    connection.execute("DELETE FROM session WHERE expires_at < now()")
    connection.execute("DELETE FROM sign_in_link WHERE expires_at < now()")


def _good(secret: str) -> tuple[Any, ...]:
    return (
        sign_in_link.c.digest == digest(secret),
        sign_in_link.c.used_at.is_(None),
        sign_in_link.c.expires_at > func.now(),
    )


def _keep_password(connection: Connection, account_id: int, password: str) -> None:
    hashed = passwords.hash_password(password)
    connection.execute(update(account).where(account.c.id == account_id).values(password=hashed))
