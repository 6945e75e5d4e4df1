"""Links that open a place's board on a screen where nobody is signed in; each can be ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from collector.accounts.secrets import digest, new_secret
from collector.audit.log import note
from collector.board.tables import board_link
from collector.places.queries import below
from collector.places.tables import place

#: How exactly it is known when a screen was last seen.
SEEN_EVERY = timedelta(minutes=1)
#: So many screens a place may have.
MOST = 50


def make_link(connection: Connection, place_id: int, name: str, author: str) -> str | None:
    """A secret that opens the place's board, shown this once; None where the place has as many as it may."""
    connection.execute(select(place.c.id).where(place.c.id == place_id).with_for_update(key_share=True))
    if len(links_of(connection, place_id)) >= MOST:
        return None
    secret = new_secret()
    made = insert(board_link).values(digest=digest(secret), place_id=place_id, name=name, author=author)
    link_id = connection.execute(made.returning(board_link.c.id)).scalar_one()
    note(connection, author, "made-board-link", f"board-links/{link_id}", place_id)
    return secret


def links_of(connection: Connection, place_id: int) -> Sequence[Row[Any]]:
    """Those of one place that open a board, the oldest first."""
    good = select(board_link).where(board_link.c.place_id == place_id, board_link.c.ended_at.is_(None))
    return connection.execute(good.order_by(board_link.c.id)).all()


def place_of_link(connection: Connection, secret: str) -> int | None:
    """The place whose board a secret opens; None where there is no such link, or it was ended."""
    good = select(board_link.c.place_id).where(board_link.c.digest == digest(secret), board_link.c.ended_at.is_(None))
    return connection.execute(good).scalar_one_or_none()


def note_seen(connection: Connection, secret: str, now: datetime) -> None:
    """A screen with this link has been here; written down at most once a minute."""
    stale = board_link.c.seen_at.is_(None) | (board_link.c.seen_at < now - SEEN_EVERY)
    connection.execute(update(board_link).where(board_link.c.digest == digest(secret), stale).values(seen_at=now))


def end_link(connection: Connection, viewer_place_id: int, link_id: int, now: datetime, by: str) -> int | None:
    """From now on a link opens nothing; returns its place. None: there is none with this id that the people of a place
    see. Ending it twice is ending it once."""
    theirs = select(place.c.id).where(below(viewer_place_id))
    found = select(board_link.c.place_id).where(board_link.c.id == link_id, board_link.c.place_id.in_(theirs))
    place_id = connection.execute(found).scalar_one_or_none()
    if place_id is not None:
        open_still = board_link.c.id == link_id, board_link.c.ended_at.is_(None)
        if connection.execute(update(board_link).where(*open_still).values(ended_at=now)).rowcount:
            note(connection, by, "ended-board-link", f"board-links/{link_id}", place_id)
    return place_id
