"""Photos of a touchpoint: so that who comes next finds kiosk, socket and cable. They stay with the place."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select

from collector.fleet.tables import touchpoint_photo
from collector.pictures import opened, smaller
from collector.places.tables import touchpoint

#: Largest that is sent, bytes; longest side of what is kept, pixels; how many of one touchpoint.
LARGEST_SENT, SIDE, MOST = 5 * 2**20, 1280, 12


class Full(Exception):
    """This touchpoint has as many photos as anybody looks at."""


def add(connection: Connection, touchpoint_id: int, content: bytes, author: str) -> None:
    """Keep a photo, small and without anything that its camera wrote into it; the same one twice is one.

    Parameters
    ----------
    content: JPEG or PNG.

    Raises
    ------
    collector.pictures.NotAPicture: it is none, or has too many pixels.
    collector.pictures.Busy: too many are sent at once.
    Full
    """
    with opened(content, SIDE) as picture:
        small = smaller(picture, SIDE)
    # Its row is the lock under which photos are added one by one; it keeps nobody from writing ratings there.
    connection.execute(select(touchpoint.c.id).where(touchpoint.c.id == touchpoint_id).with_for_update(key_share=True))
    here = touchpoint_photo.c.touchpoint_id == touchpoint_id
    if connection.execute(select(touchpoint_photo.c.id).where(here, touchpoint_photo.c.content == small)).first():
        return
    if (connection.scalar(select(func.count()).select_from(touchpoint_photo).where(here)) or 0) >= MOST:
        raise Full
    connection.execute(insert(touchpoint_photo).values(touchpoint_id=touchpoint_id, content=small, author=author))


def photos_of(connection: Connection, touchpoint_id: int) -> Sequence[Row[Any]]:
    """The photos of a touchpoint without their content, newest first."""
    columns = touchpoint_photo.c.id, touchpoint_photo.c.author, touchpoint_photo.c.at
    query: Select[Any] = select(*columns).where(touchpoint_photo.c.touchpoint_id == touchpoint_id)
    return connection.execute(query.order_by(touchpoint_photo.c.id.desc())).all()


def photo(connection: Connection, touchpoint_id: int, photo_id: int) -> bytes | None:
    """One of them, as JPEG."""
    this = touchpoint_photo.c.id == photo_id, touchpoint_photo.c.touchpoint_id == touchpoint_id
    content: bytes | None = connection.scalar(select(touchpoint_photo.c.content).where(*this))
    return content


def remove(connection: Connection, touchpoint_id: int, photo_id: int) -> None:
    this = touchpoint_photo.c.id == photo_id, touchpoint_photo.c.touchpoint_id == touchpoint_id
    connection.execute(delete(touchpoint_photo).where(*this))
