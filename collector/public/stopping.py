"""No more messages: one button, and it holds at once. Mail programs press it for their people (RFC 8058)."""

from flask import Response
from sqlalchemy import Connection, select

from collector.addresses import masked
from collector.contacts.stopping import unsubscribe, whose
from collector.contacts.tables import message
from collector.current import database, now, settings
from collector.links.resolve import Refusal, resolve
from collector.public.page import notice, page, refuse
from collector.surveys.tables import contact


def ask(code: str) -> Response:
    """The page with the button."""
    with database().connect() as connection:
        digest = whose(connection, settings(), code)
        if digest is None:
            return _nobody(connection, code)
        return page("stop", code=code, address=_address(connection, digest))


def stop(code: str) -> Response:
    """Whoever holds the code of a message gets none any more, whatever it was about."""
    with database().begin() as connection:
        digest = whose(connection, settings(), code)
        if digest is None:
            return _nobody(connection, code)
        unsubscribe(connection, digest, now())
    return notice("stopped", 200)


def _nobody(connection: Connection, code: str) -> Response:
    meaning = resolve(connection, settings(), code, now())
    return refuse(meaning) if isinstance(meaning, Refusal) else notice("nothing to stop", 200)


def _address(connection: Connection, digest: bytes) -> str:
    """As it may be shown to whoever holds a code."""
    left = select(contact.c.address).where(contact.c.digest == digest)
    sent = select(message.c.address).where(message.c.digest == digest, message.c.address.is_not(None))
    found = connection.scalar(left.limit(1)) or connection.scalar(sent.limit(1))
    return masked(found) if found else "…"
