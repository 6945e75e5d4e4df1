"""How the slips of a place look: language and logo. What a place does not say, the one above it says."""

import base64
import functools
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from collector.audit.log import note
from collector.places.tables import place
from collector.slips.tables import slip_style
from printer.logo import NotALogo, fitted
from printer.slip import LANGUAGES

#: Largest file that is taken as a logo, bytes.
LARGEST_FILE = 64 * 1024
#: How large a logo is kept, dots: enough for a poster.
KEPT = (800, 320)


@dataclass(frozen=True)
class Style:
    language: str
    #: PNG, one bit a dot.
    logo: bytes | None
    #: Ids of the places that say so; None: nobody does.
    language_from: int | None = None
    logo_from: int | None = None


def style_of(connection: Connection, place_id: int) -> Style:
    """How slips of a place look: the nearest place upward that says something decides."""
    path = select(func.unnest(place.c.path)).where(place.c.id == place_id)
    depth = func.cardinality(place.c.path)
    rows = connection.execute(
        select(slip_style)
        .join(place, place.c.id == slip_style.c.place_id)
        .where(slip_style.c.place_id.in_(path))
        .order_by(depth.desc())
    ).all()
    speaks = next((row for row in rows if row.language in LANGUAGES), None)
    shows = next((row for row in rows if row.logo), None)
    return Style(
        speaks.language if speaks else LANGUAGES[0],
        bytes(shows.logo) if shows else None,
        speaks.place_id if speaks else None,
        shows.place_id if shows else None,
    )


def above(connection: Connection, place_id: int) -> list[int]:
    """Ids of the places above one, the nearest first."""
    path = connection.execute(select(place.c.path).where(place.c.id == place_id)).scalar_one()
    return list(path[-2::-1])


def set_language(connection: Connection, place_id: int, language: str | None, by: str) -> None:
    """Choose the language of a place's slips; None: as above it."""
    _set(connection, place_id, by, language=language)


def set_logo(connection: Connection, place_id: int, logo: bytes | None, by: str) -> None:
    """Choose the logo of a place's slips, as `prepared`; None: as above it."""
    _set(connection, place_id, by, logo=logo)


def _set(connection: Connection, place_id: int, by: str, **values: object) -> None:
    row = connection.execute(select(slip_style).where(slip_style.c.place_id == place_id)).mappings().first()
    before: Mapping[str, object] = dict(row) if row else {}
    if all(before.get(name) == value for name, value in values.items()):
        return
    changes = [[name, *(_said(name, each) for each in (before.get(name), value))] for name, value in values.items()]
    note(connection, by, "changed-slips", f"places/{place_id}", place_id, {"changes": changes})
    written = insert(slip_style).values(place_id=place_id, **values)
    connection.execute(written.on_conflict_do_update(index_elements=["place_id"], set_=values))


def _said(name: str, value: object) -> object:
    """As the audit log holds it: of a logo, whether there is one."""
    return value is not None if name == "logo" else value


def prepared(upload: bytes) -> bytes:
    """A logo as it is kept: black on white, without the white around it, at most `KEPT` dots.

    Parameters
    ----------
    upload: a picture file of any colours; what can be seen through is white.

    Raises
    ------
    NotALogo: it cannot be printed on a slip. The message is a sentence.
    """
    if len(upload) > LARGEST_FILE:
        raise NotALogo(_("The file is too large: take one of at most 64 KiB."))
    kept = fitted(upload, KEPT, grow=False)
    fitted(kept)  # something of it is left on a slip, too
    return kept


@functools.lru_cache(maxsize=32)
def for_slip(logo: bytes | None) -> str | None:
    """A logo as a slip carries it."""
    return base64.b64encode(fitted(logo)).decode() if logo else None
