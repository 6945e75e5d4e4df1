"""A place says what it changed, and takes it back. Kiosks are told by `smilepost jobs` (`fleet.improvements`)."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, Row, insert, select, update

from collector.audit.log import Action, note
from collector.improvements.tables import improvement
from collector.places.queries import below
from collector.places.tables import place, touchpoint
from collector.surveys.definition import LANGUAGES, Texts

#: Longest text in one language, characters: more is not read at a kiosk.
LONGEST = 120
#: For how many days it is shown.
USUAL_DAYS, MOST_DAYS = 30, 365


class CannotShow(ValueError):
    """These words cannot be shown; the message is a sentence that says why."""


def spoken(text: Texts) -> Texts:
    """What somebody wrote, as kiosks and slips say it: without languages that are blank, in the order of ours.

    Raises
    ------
    CannotShow
    """
    said = {language: words for language, given in text.items() if (words := " ".join(given.split()))}
    if not said:
        raise CannotShow(_("Say in one language at least what was changed."))
    if unknown := sorted(set(said) - set(LANGUAGES)):
        raise CannotShow(
            _("Kiosks and slips speak %(ours)s, not %(others)s.", ours=", ".join(LANGUAGES), others=", ".join(unknown))
        )
    if max(map(len, said.values())) > LONGEST:
        raise CannotShow(
            _("In each language it may be %(most)s characters long: more is not read in passing.", most=LONGEST)
        )
    return {language: said[language] for language in LANGUAGES if language in said}


def add(
    connection: Connection,
    *,
    place_id: int,
    touchpoint_id: int | None,
    case_id: int | None,
    text: Texts,
    author: str,
    now: datetime,
    days: int = USUAL_DAYS,
) -> int:
    """Have a place's kiosks and slips say from now on what was changed; returns the row's id.

    Parameters
    ----------
    place_id: shown there and below.
    touchpoint_id: only at this touchpoint of the place, which is then a store.
    case_id: that led to it.
    text: by language; those that are blank are left out.
    author: name of who says it.

    Raises
    ------
    CannotShow
    """
    said = spoken(text)
    if not 1 <= days <= MOST_DAYS:
        raise CannotShow(_("It is shown for 1 … %(most)s days.", most=MOST_DAYS))
    if touchpoint_id is not None:
        stands = select(touchpoint.c.id).where(touchpoint.c.id == touchpoint_id, touchpoint.c.store_id == place_id)
        if connection.execute(stands).first() is None:
            raise CannotShow(_("This touchpoint is not one of this store."))
    made = insert(improvement).values(
        place_id=place_id,
        touchpoint_id=touchpoint_id,
        case_id=case_id,
        text=said,
        author=author,
        since=now,
        until=now + timedelta(days=days),
    )
    return int(connection.execute(made.returning(improvement.c.id)).scalar_one())


def end(connection: Connection, improvement_id: int, place_id: int, now: datetime, by: str) -> bool:
    """Show it no longer; False where it is over already, or the people of `place_id` do not see its place."""
    theirs = improvement.c.place_id.in_(select(place.c.id).where(below(place_id)))
    still = improvement.c.id == improvement_id, improvement.c.until > now, theirs
    over = {"until": now, "meant_until": improvement.c.until}
    row = connection.execute(update(improvement).where(*still).values(over).returning(improvement)).first()
    return row is not None and _note(connection, by, "ended", row)


def bring_back(connection: Connection, improvement_id: int, place_id: int, now: datetime, by: str) -> bool:
    """Show it again, for as long as it was meant to be, and tell its kiosks anew; False where nobody ended it, or that
    time is over, too, or as in `end`."""
    theirs = improvement.c.place_id.in_(select(place.c.id).where(below(place_id)))
    ended = improvement.c.id == improvement_id, improvement.c.meant_until > now, theirs
    again = {"until": improvement.c.meant_until, "meant_until": None, "begun_at": None, "ended_at": None}
    row = connection.execute(update(improvement).where(*ended).values(again).returning(improvement)).first()
    return row is not None and _note(connection, by, "brought-back", row)


def _note(connection: Connection, by: str, action: Action, row: Row[Any]) -> bool:
    """In the audit log, with its words in the first of its languages."""
    note(connection, by, action, f"improvements/{row.id}", row.place_id, {"name": next(iter(row.text.values()))})
    return True
