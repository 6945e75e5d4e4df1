"""Photos of a touchpoint: so that who comes next finds kiosk, socket and cable. They stay with the place.

One that is taken away can be brought back for a month; then it is erased (personal.retention): somebody may be on it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, select, update

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
    same = select(touchpoint_photo).where(here, touchpoint_photo.c.content == small)
    if known := connection.execute(same.order_by(touchpoint_photo.c.removed_at.desc())).first():
        if known.removed_at is not None:
            bring_back(connection, touchpoint_id, known.id)
        return
    _check_room(connection, touchpoint_id)
    connection.execute(insert(touchpoint_photo).values(touchpoint_id=touchpoint_id, content=small, author=author))


def photos_of(connection: Connection, touchpoint_id: int, *, removed: bool = False) -> Sequence[Row[Any]]:
    """The photos of a touchpoint without their content, newest first; `removed`: those that were taken away."""
    columns = touchpoint_photo.c.id, touchpoint_photo.c.author, touchpoint_photo.c.at, touchpoint_photo.c.removed_at
    query: Select[Any] = select(*columns).where(touchpoint_photo.c.touchpoint_id == touchpoint_id)
    gone = touchpoint_photo.c.removed_at
    query = query.where(gone.is_not(None) if removed else gone.is_(None))
    return connection.execute(query.order_by(touchpoint_photo.c.id.desc())).all()


def photo(connection: Connection, touchpoint_id: int, photo_id: int) -> bytes | None:
    """One that is shown, as JPEG."""
    this = *_this(touchpoint_id, photo_id), touchpoint_photo.c.removed_at.is_(None)
    content: bytes | None = connection.scalar(select(touchpoint_photo.c.content).where(*this))
    return content


def remove(connection: Connection, touchpoint_id: int, photo_id: int, now: datetime) -> bool:
    """Show it no more. Whether it was shown until now."""
    shown = *_this(touchpoint_id, photo_id), touchpoint_photo.c.removed_at.is_(None)
    return connection.execute(update(touchpoint_photo).where(*shown).values(removed_at=now)).rowcount == 1


def bring_back(connection: Connection, touchpoint_id: int, photo_id: int) -> bool:
    """Show it again. Whether it was taken away.

    Raises
    ------
    Full
    """
    gone = *_this(touchpoint_id, photo_id), touchpoint_photo.c.removed_at.is_not(None)
    if connection.execute(select(touchpoint_photo.c.id).where(*gone)).first() is None:
        return False
    _check_room(connection, touchpoint_id)
    return connection.execute(update(touchpoint_photo).where(*gone).values(removed_at=None)).rowcount == 1


def _this(touchpoint_id: int, photo_id: int) -> tuple[ColumnElement[bool], ...]:
    return touchpoint_photo.c.id == photo_id, touchpoint_photo.c.touchpoint_id == touchpoint_id


def _check_room(connection: Connection, touchpoint_id: int) -> None:
    here = touchpoint_photo.c.touchpoint_id == touchpoint_id, touchpoint_photo.c.removed_at.is_(None)
    if (connection.scalar(select(func.count()).select_from(touchpoint_photo).where(*here)) or 0) >= MOST:
        raise Full
