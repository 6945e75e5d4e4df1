"""What is kept of a second factor, and letting in by it: by each number and each recovery code at most once.

The key is sealed with the installation's own secret and bound to its account: who has the database alone can make no
number from it, nor find a recovery code by trying.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, func, insert, or_, select, update

from collector.accounts.roles import Role
from collector.accounts.second_factor import codes
from collector.accounts.tables import account, recovery_code
from collector.settings import Settings

log = structlog.get_logger()

_NONCE_BYTES = 12


@dataclass(frozen=True)
class Standing:
    """How an account stands to its second factor."""

    name: str
    is_on: bool
    #: Whether it has to have one.
    is_required: bool
    #: Recovery codes that are not used up.
    codes_left: int


def standing(connection: Connection, settings: Settings, account_id: int) -> Standing:
    row = connection.execute(
        select(account.c.name, account.c.role, account.c.totp.is_not(None).label("is_on")).where(
            account.c.id == account_id
        )
    ).one()
    unused = (recovery_code.c.account_id == account_id, recovery_code.c.used_at.is_(None))
    left = connection.scalar(select(func.count()).select_from(recovery_code).where(*unused)) or 0
    return Standing(row.name, row.is_on, is_required(settings, row.role), left)


def is_lacking(connection: Connection, settings: Settings, account_id: int) -> bool:
    """Whether an account has to have a second factor and has none."""
    stands = standing(connection, settings, account_id)
    return stands.is_required and not stands.is_on


def is_required(settings: Settings, role: Role) -> bool:
    """Whether somebody of a role has to have a second factor (pure)."""
    return settings.second_factor == "all" or (settings.second_factor == "admins" and role == "admin")


def begin(
    connection: Connection, settings: Settings, account_id: int, key: bytes, typed: str, now: datetime
) -> Sequence[str] | None:
    """Take a key for an account whose owner shows a right number of it; returns the recovery codes, shown this once.

    None where the number is not right.
    """
    step = codes.step_of(key, typed, now)
    if step is None:
        return None
    sealed = _seal(settings, account_id, key)
    connection.execute(update(account).where(account.c.id == account_id).values(totp=sealed, totp_step=step))
    return renew_recovery_codes(connection, settings, account_id)


def lets_in(connection: Connection, settings: Settings, account_id: int, typed: str, now: datetime) -> bool:
    """Whether a typed number or recovery code lets in now. It is used up then.

    Conditional updates: of two who come with the same one at once, one gets in.
    """
    if code := codes.recovery_code(typed):
        unused = (recovery_code.c.digest == _digest(settings, account_id, code), recovery_code.c.used_at.is_(None))
        return connection.execute(update(recovery_code).where(*unused).values(used_at=func.now())).rowcount == 1
    key = _key_of(connection, settings, account_id)
    step = codes.step_of(key, typed, now) if key else None
    if step is None:
        return False
    newer = account.c.id == account_id, or_(account.c.totp_step.is_(None), account.c.totp_step < step)
    return connection.execute(update(account).where(*newer).values(totp_step=step)).rowcount == 1


def renew_recovery_codes(connection: Connection, settings: Settings, account_id: int) -> Sequence[str]:
    """New recovery codes instead of all that there were; they are shown this once."""
    connection.execute(delete(recovery_code).where(recovery_code.c.account_id == account_id))
    made = codes.new_recovery_codes()
    rows = [{"digest": _digest(settings, account_id, code), "account_id": account_id} for code in made]
    connection.execute(insert(recovery_code), rows)
    return made


def end(connection: Connection, account_id: int) -> None:
    """From now on the account has no second factor."""
    connection.execute(update(account).where(account.c.id == account_id).values(totp=None, totp_step=None))
    connection.execute(delete(recovery_code).where(recovery_code.c.account_id == account_id))


def _key_of(connection: Connection, settings: Settings, account_id: int) -> bytes | None:
    sealed = connection.scalar(select(account.c.totp).where(account.c.id == account_id))
    if sealed is None:
        return None
    try:
        return _cipher(settings).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound_to(account_id))
    except InvalidTag:
        log.error("a second factor was sealed by another installation", account=account_id)
        return None


def _seal(settings: Settings, account_id: int, key: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _cipher(settings).encrypt(nonce, key, _bound_to(account_id))


def _cipher(settings: Settings) -> AESGCM:
    return AESGCM(_secret(settings))


def _bound_to(account_id: int) -> bytes:
    return f"account {account_id}".encode()


def _digest(settings: Settings, account_id: int, code: str) -> bytes:
    return hmac.digest(_secret(settings), f"{account_id} {code}".encode(), hashlib.sha256)


def _secret(settings: Settings) -> bytes:
    return bytes.fromhex(settings.secret("second-factor"))
