"""Signing in: by password or by a link that is used once; and the session that follows."""

from datetime import timedelta
from typing import Any

import psycopg
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from collector.accounts import passwords, slow_down
from collector.accounts.secrets import digest, new_secret
from collector.accounts.tables import account, session, sign_in_link
from collector.places.tables import place

#: The cookie that carries a session's secret. Over https its name is another (`cookie_names`).
COOKIE = "smilepost"
#: A session ends when nobody has come with it for so long, and at the latest so long after it began.
IDLE, SESSION_LIFETIME = timedelta(days=14), timedelta(days=90)
#: How exactly it is known when somebody was here last: not each page is worth a write.
SEEN_EVERY = timedelta(minutes=10)
#: How long a link waits for its bearer: one that is printed, and one that invites somebody.
LINK_LIFETIME, INVITATION_LIFETIME = timedelta(minutes=15), timedelta(days=3)
#: So long after it began a session shows that its owner is there.
FRESH = timedelta(minutes=15)


def sign_in(connection: Connection, name: str, password: str) -> int | None:
    """The id of the account whose name and password these are, or None; takes equally long for every wrong pair."""
    found = connection.execute(
        select(account.c.id, account.c.password).where(account.c.name == name, *may_come())
    ).first()
    if not passwords.is_right(found.password if found else None, password) or found is None:
        return None
    if passwords.is_outdated(found.password):
        _keep_password(connection, found.id, password)
    return int(found.id)


def open_session(connection: Connection, account_id: int, device: str = "") -> str:
    """Open a session; returns the secret for its cookie.

    Parameters
    ----------
    device: what the browser calls itself, in words.
    """
    secret, ends = new_secret(), func.now() + SESSION_LIFETIME
    opened = {"digest": digest(secret), "account_id": account_id, "device": device, "expires_at": ends}
    connection.execute(insert(session).values(opened))
    connection.execute(update(account).where(account.c.id == account_id).values(seen_at=func.now()))
    return secret


def session_account(connection: Connection, secret: str) -> Row[Any] | None:
    """The account of a session that is open (`session_id`), and whether it is time to `note_seen` (`is_due`)."""
    due = session.c.seen_at < func.now() - SEEN_EVERY
    return connection.execute(
        select(account, session.c.id.label("session_id"), due.label("is_due"))
        .join(session, session.c.account_id == account.c.id)
        .where(session.c.digest == digest(secret), *_open(), *may_come())
    ).first()


def note_seen(connection: Connection, secret: str) -> None:
    """Somebody came with this session just now."""
    seen = update(session).where(session.c.digest == digest(secret)).values(seen_at=func.now())
    account_id = connection.execute(seen.returning(session.c.account_id)).scalar_one_or_none()
    connection.execute(update(account).where(account.c.id == account_id).values(seen_at=func.now()))


def is_fresh(connection: Connection, secret: str) -> bool:
    """Whether somebody has signed in just now: not that a screen was left open."""
    began = session.c.digest == digest(secret), session.c.created_at > func.now() - FRESH
    return connection.execute(select(session.c.id).where(*began)).first() is not None


def close_session(connection: Connection, secret: str) -> None:
    connection.execute(delete(session).where(session.c.digest == digest(secret)))


def close_others(connection: Connection, account_id: int, *, stay: str) -> None:
    """Close an account's sessions, all but the one whose secret is `stay`."""
    connection.execute(delete(session).where(session.c.account_id == account_id, session.c.digest != digest(stay)))


def choose_password(connection: Connection, account_id: int, password: str, *, stay: str) -> None:
    """Change an account's password and close its sessions, all but the one whose secret is `stay`."""
    _keep_password(connection, account_id, password)
    close_others(connection, account_id, stay=stay)


def make_sign_in_link(connection: Connection, account_name: str, lifetime: timedelta = LINK_LIFETIME) -> str:
    """A secret that signs its bearer in once, within `lifetime`, at `/sign-in/link/<secret>`.

    Raises
    ------
    LookupError: there is no such account.
    """
    account_id = connection.scalar(select(account.c.id).where(account.c.name == account_name))
    if account_id is None:
        raise LookupError(f"there is no account {account_name!r}")
    secret = new_secret()
    connection.execute(
        insert(sign_in_link).values(digest=digest(secret), account_id=account_id, expires_at=func.now() + lifetime)
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
    """Delete the sessions and links that have ended, and tries at signing in that no longer count."""
    connection.execute("DELETE FROM session WHERE expires_at < now() OR seen_at < now() - %s", [IDLE])
    connection.execute("DELETE FROM sign_in_link WHERE expires_at < now()")
    connection.execute("DELETE FROM sign_in_try WHERE last_at < now() - %s", [slow_down.FORGOTTEN])


def may_come() -> tuple[Any, ...]:
    """Which accounts anybody signs in as: not those that have ended, nor those that only get mail, nor those of a place
    that was taken out; with the place they are back."""
    own = select(place.c.id).where(place.c.id == account.c.place_id, place.c.ended_at.is_(None))
    return account.c.ended_at.is_(None), account.c.role != "email-only", own.correlate(account).exists()


def _open() -> tuple[Any, ...]:
    return session.c.expires_at > func.now(), session.c.seen_at > func.now() - IDLE


def _good(secret: str) -> tuple[Any, ...]:
    stays = select(account.c.id).where(account.c.id == sign_in_link.c.account_id, *may_come())
    return (
        sign_in_link.c.digest == digest(secret),
        sign_in_link.c.used_at.is_(None),
        sign_in_link.c.expires_at > func.now(),
        stays.exists(),
    )


def _keep_password(connection: Connection, account_id: int, password: str) -> None:
    hashed = passwords.hash_password(password)
    connection.execute(update(account).where(account.c.id == account_id).values(password=hashed))
