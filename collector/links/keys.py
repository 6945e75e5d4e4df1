"""Each signer's keys: derived from the installation's secret, so that a stolen database signs nothing."""

import hashlib
import hmac
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import Connection, bindparam, func, or_, select

from collector.links.tables import link_key
from collector.settings import Settings
from printer.codes import Content, Receipt, encode

#: The collector itself: signs posters, presses and cases.
COLLECTOR = 0
#: Number of a signer's first key, which it has without a row.
FIRST = 0
#: How long a receipt can be answered, counted from its day.
RECEIPT_LIFETIME = timedelta(days=30)


def sign(connection: Connection, settings: Settings, content: Content) -> str:
    """The code for `content`, signed with its signer's newest key."""
    signer_id = signer_of(content)
    newest = select(func.max(link_key.c.number)).where(link_key.c.signer_id == signer_id, link_key.c.ends_at.is_(None))
    number = connection.scalar(newest) or FIRST
    return encode(content, number, key(settings, signer_id, number))


def address(settings: Settings, code: str) -> str:
    """The link that a QR code carries, upper case throughout."""
    return f"{settings.url}/Q/{code}".upper()


def leads_nowhere(settings: Settings) -> bool:
    """Whether links lead to whatever machine they are opened on: to nobody's collector, on a customer's phone."""
    return urlsplit(settings.url).hostname in {"localhost", "127.0.0.1", "::1"}


def is_valid(connection: Connection, signer_id: int, number: int) -> bool:
    """Whether signatures of a signer's key still count."""
    valid = connection.scalar(_COUNTS, {"signer": signer_id, "key": number})
    return number == FIRST if valid is None else valid


_COUNTS = select(or_(link_key.c.ends_at.is_(None), link_key.c.ends_at > func.now())).where(
    link_key.c.signer_id == bindparam("signer"), link_key.c.number == bindparam("key")
)


def signer_of(content: Content) -> int:
    return content.signer_id if isinstance(content, Receipt) else COLLECTOR


def key(settings: Settings, signer_id: int, number: int) -> bytes:
    """32 bytes that only this installation, and the signer it gave them to, know."""
    secret = bytes.fromhex(settings.secret("links"))
    return hmac.new(secret, f"link/{signer_id}/{number}".encode(), hashlib.sha256).digest()
