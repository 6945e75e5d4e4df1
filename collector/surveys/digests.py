"""Contacts that were left before there were digests get theirs: only with the secret at hand can it be reckoned."""

from sqlalchemy import Connection, select, update

from collector.addresses import NoAddress, digest, normalised
from collector.places.queries import zone_of
from collector.settings import Settings
from collector.surveys.tables import answer, contact


def give_digests(connection: Connection, settings: Settings) -> int:
    """Write down whose contact each is that has no digest; returns how many have one now. What is no address has none,
    and is looked at again the next time."""
    left = (
        select(contact.c.answer_id, contact.c.address, answer.c.store_id)
        .join(answer, answer.c.id == contact.c.answer_id)
        .where(contact.c.digest.is_(None))
        .order_by(contact.c.answer_id)
    )
    given = 0
    for row in connection.execute(left.with_for_update(of=contact)).all():
        known_by = digest_of(connection, settings, row.address, row.store_id)
        if known_by is not None:
            connection.execute(update(contact).where(contact.c.answer_id == row.answer_id).values(digest=known_by))
            given += 1
    return given


def digest_of(connection: Connection, settings: Settings, address: str, store_id: int) -> bytes | None:
    """What stands for the person; None where nobody can be written to at what was typed.

    Parameters
    ----------
    store_id: where it was left: a number without its country is one of that country.
    """
    try:
        return digest(settings, normalised(address, zone_of(connection, store_id)))
    except NoAddress:
        return None
