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
from collector.undo import SECRETS_FOR

#: How exactly it is known when a screen was last seen.
SEEN_EVERY = timedelta(minutes=1)
#: How long a link opens a board, from when it is made or prolonged.
LIFETIME = timedelta(days=365)
#: How long one whose time is over is still listed, and can be prolonged.
FORGOTTEN = timedelta(days=31)
#: So many screens a place may have.
MOST = 50


def make_link(connection: Connection, place_id: int, name: str, author: str, now: datetime) -> str | None:
    """A secret that opens the place's board, shown this once; None where the place has as many as it may."""
    connection.execute(select(place.c.id).where(place.c.id == place_id).with_for_update(key_share=True))
    if len(links_of(connection, place_id, now)) >= MOST:
        return None
    secret = new_secret()
    values = {"digest": digest(secret), "place_id": place_id, "name": name, "author": author}
    made = insert(board_link).values(**values, expires_at=now + LIFETIME)
    link_id = connection.execute(made.returning(board_link.c.id)).scalar_one()
    note(connection, author, "made-board-link", f"board-links/{link_id}", place_id)
    return secret


def links_of(connection: Connection, place_id: int, now: datetime) -> Sequence[Row[Any]]:
    """Those of one place that open a board (`is_open`) or did until their time was over, the oldest first. Who has a
    screen that went dark finds its link here for a month."""
    lately = board_link.c.ended_at.is_(None), board_link.c.expires_at > now - FORGOTTEN
    is_open = (board_link.c.expires_at > now).label("is_open")
    good = select(board_link, is_open).where(board_link.c.place_id == place_id, *lately)
    return connection.execute(good.order_by(board_link.c.id)).all()


def place_of_link(connection: Connection, secret: str, now: datetime) -> int | None:
    """The place whose board a secret opens; None where there is no such link, it was ended, or its time is over."""
    is_open = board_link.c.ended_at.is_(None), board_link.c.expires_at > now
    good = select(board_link.c.place_id).where(board_link.c.digest == digest(secret), *is_open)
    return connection.execute(good).scalar_one_or_none()


def note_seen(connection: Connection, secret: str, now: datetime) -> None:
    """A screen with this link has been here; written down at most once a minute."""
    stale = board_link.c.seen_at.is_(None) | (board_link.c.seen_at < now - SEEN_EVERY)
    connection.execute(update(board_link).where(board_link.c.digest == digest(secret), stale).values(seen_at=now))


def prolong_link(connection: Connection, viewer_place_id: int, link_id: int, now: datetime, by: str) -> int | None:
    """Have a link open its board for LIFETIME from now on; returns its place. None: there is none with this id that the
    people of a place see, or it was ended."""
    theirs = board_link.c.place_id.in_(select(place.c.id).where(below(viewer_place_id)))
    listed = board_link.c.id == link_id, board_link.c.ended_at.is_(None), board_link.c.expires_at > now - FORGOTTEN
    longer = update(board_link).where(*listed, theirs).values(expires_at=now + LIFETIME)
    place_id = connection.execute(longer.returning(board_link.c.place_id)).scalar_one_or_none()
    if place_id is not None:
        note(connection, by, "prolonged-board-link", f"board-links/{link_id}", place_id)
    return place_id


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


def ended_links(connection: Connection, place_id: int, now: datetime) -> Sequence[Row[Any]]:
    """Those of one place that were ended, as long as they can be brought back (`undo.SECRETS_FOR`)."""
    over = select(board_link).where(board_link.c.place_id == place_id, board_link.c.ended_at > now - SECRETS_FOR)
    return connection.execute(over.order_by(board_link.c.id)).all()


def bring_back(connection: Connection, viewer_place_id: int, link_id: int, now: datetime, by: str) -> int | None:
    """The link opens the board again; returns its place. None: as in `end_link`, or it is gone for good."""
    theirs = board_link.c.place_id.in_(select(place.c.id).where(below(viewer_place_id)))
    over = board_link.c.id == link_id, theirs, board_link.c.ended_at > now - SECRETS_FOR
    again = update(board_link).where(*over).values(ended_at=None).returning(board_link.c.place_id)
    place_id = connection.execute(again).scalar_one_or_none()
    if place_id is not None:
        note(connection, by, "brought-back", f"board-links/{link_id}", place_id)
    return place_id
