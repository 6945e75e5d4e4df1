"""Pictures and papers of a case: few, small, and of types that are told by their content, not by their name."""

import hashlib
import io
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from PIL import ImageOps
from sqlalchemy import Connection, Row, func, insert, select

from collector.cases.changes.conditional import Doer, NotAllowed, change, is_done
from collector.cases.changes.events import CUSTOMER, write_event
from collector.cases.tables import MERGED, RESOLVED, UNRESOLVED, attachment, cases
from collector.pictures import Busy, NotAPicture, TooManyPixels, opened
from collector.places.queries import ever_below
from collector.places.tables import place
from collector.settings import Settings

#: Bytes of one: of staff, and of a customer.
LARGEST, LARGEST_OF_CUSTOMER = 5 * 2**20, 2 * 2**20
#: How many a case may have, and its customer may add.
MOST, MOST_OF_CUSTOMER = 20, 5
LONGEST_NAME = 100
#: How long they are kept, as the words of a customer are.
KEPT = timedelta(days=365)
#: How a picture is named by its type.
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}


def attach(connection: Connection, settings: Settings, case_id: int, by: Doer, name: str, content: bytes) -> bool:
    """Put a picture (JPEG, PNG) or a PDF to a case; as all changes, see `changes`."""
    digest = hashlib.sha256(content).hexdigest()  # another file under the same key is another change
    if is_done(connection, by.key, case_id, "attached", digest=digest):
        return True
    if len(content) > LARGEST:
        raise NotAllowed(_("It is too large: %(most)s MB at most.", most=LARGEST // 2**20))
    _check_number(connection, case_id, MOST)
    type, content = _examined(content, may_be_paper=True)
    if not change(connection, case_id, (*UNRESOLVED, RESOLVED), seen_from=by.place_id):
        return False
    _check_number(connection, case_id, MOST)
    attachment_id = _insert(connection, case_id, name, type, content, by.name, by.now, from_customer=False)
    data = {"attachment": attachment_id, "digest": digest}
    write_event(connection, settings, case_id, "attached", by.name, by.now, None, by.key, data)
    return True


def customer_attaches(
    connection: Connection, settings: Settings, case_id: int, name: str, content: bytes, now: datetime, key: str | None
) -> bool:
    """The customer puts a picture (JPEG, PNG) to their case."""
    digest = hashlib.sha256(content).hexdigest()
    if is_done(connection, key, case_id, "attached", digest=digest):
        return True
    if len(content) > LARGEST_OF_CUSTOMER:
        raise NotAllowed(_("It is too large: %(most)s MB at most.", most=LARGEST_OF_CUSTOMER // 2**20))
    _check_number(connection, case_id, MOST_OF_CUSTOMER, attachment.c.from_customer)
    type, content = _examined(content, may_be_paper=False)
    if not change(connection, case_id, (*UNRESOLVED, RESOLVED, MERGED), seen_from=None):
        return False
    _check_number(connection, case_id, MOST_OF_CUSTOMER, attachment.c.from_customer)
    attachment_id = _insert(connection, case_id, name, type, content, CUSTOMER, now, from_customer=True)
    data = {"attachment": attachment_id, "digest": digest}
    write_event(connection, settings, case_id, "attached", CUSTOMER, now, None, key, data)
    return True


def attachments(connection: Connection, case_id: int) -> list[Row[Any]]:
    """What a case has, without the content: id, name, type, size, author, from_customer, at."""
    columns = [column for column in attachment.c if column.name not in {"content", "case_id"}]
    size = func.octet_length(attachment.c.content).label("size")
    found = select(*columns, size).where(attachment.c.case_id == case_id).order_by(attachment.c.id)
    return [*connection.execute(found)]


def attachment_of(connection: Connection, case_id: int, attachment_id: int, place_id: int) -> Row[Any] | None:
    """One of them with its content; None where there is none, or the people of the place do not see its case."""
    found = (
        select(attachment)
        .join(cases, cases.c.id == attachment.c.case_id)
        .join(place, place.c.id == cases.c.store_id)
        .where(attachment.c.id == attachment_id, attachment.c.case_id == case_id, ever_below(place_id))
    )
    return connection.execute(found).first()


def _examined(content: bytes, *, may_be_paper: bool) -> tuple[str, bytes]:
    """The media type by what is inside, and the content: a picture without what its camera wrote into it, such as
    where it was taken."""
    if may_be_paper and content.startswith(b"%PDF-"):
        return "application/pdf", content
    try:
        with opened(content) as picture:
            type = "image/jpeg" if picture.format == "JPEG" else "image/png"
            upright = ImageOps.exif_transpose(picture)
            upright.info.clear()
            stripped = io.BytesIO()
            upright.save(stripped, picture.format, **({"quality": 85} if type == "image/jpeg" else {}))
    except TooManyPixels as problem:
        raise NotAllowed(_("The picture has too many pixels; send a smaller one.")) from problem
    except NotAPicture as problem:
        if may_be_paper:
            raise NotAllowed(_("This is not a JPEG or PNG picture or a PDF.")) from problem
        raise NotAllowed(_("This is not a JPEG or PNG picture.")) from problem
    except Busy as problem:
        raise NotAllowed(_("Many pictures come in at once. Send it again in a moment.")) from problem
    return type, stripped.getvalue()


def _check_number(connection: Connection, case_id: int, most: int, *conditions: Any) -> None:
    there = select(func.count()).where(attachment.c.case_id == case_id, *conditions)
    if connection.execute(there).scalar_one() >= most:
        raise NotAllowed(_("There are %(most)s already; that is as many as can be kept.", most=most))


def _insert(
    connection: Connection,
    case_id: int,
    name: str,
    type: str,
    content: bytes,
    author: str,
    now: datetime,
    *,
    from_customer: bool,
) -> int:
    values = {"case_id": case_id, "name": _named(name, type), "type": type, "content": content, "author": author}
    values |= {"from_customer": from_customer, "at": now, "erase_on": (now + KEPT).date()}
    return int(connection.execute(insert(attachment).values(values).returning(attachment.c.id)).scalar_one())


def _named(name: str, type: str) -> str:
    """A file's name that can be shown and sent: no path, nothing invisible, with the ending of its type."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem = "".join(sign for sign in last if sign.isprintable() and sign not in '<>:"|?*;').strip(" .")
    stem = stem.rsplit(".", 1)[0] if "." in stem else stem
    return (stem[: LONGEST_NAME - 4] or "attachment") + ENDINGS[type]
