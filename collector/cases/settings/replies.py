"""Reply templates: what people write to customers again and again, in each language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from collector.audit.log import Action, note
from collector.cases.tables import reply_template
from collector.places.queries import below
from collector.places.tables import place
from collector.surveys.definition import Texts, in_language

#: Longest name of a template, characters.
LONGEST_NAME = 80
#: Longest text of a template in one language, characters: as long as a reply.
LONGEST_TEXT = 1000
#: What stands for the store's name.
STORE = "{store}"


@dataclass(frozen=True)
class Template:
    """A reply that is offered at a place and below."""

    id: int
    place_id: int
    place: str
    name: str
    text: Texts

    def filled(self, language: str, store: str) -> str:
        """The text for a customer: in their language, else in English, else in whatever there is."""
        return in_language(self.text, language).replace(STORE, store)


def offered(connection: Connection, place_id: int) -> Sequence[Template]:
    """The templates of a place and of those above it, the nearest place's first."""
    path = select(func.unnest(place.c.path)).where(place.c.id == place_id)
    found = _templates().where(reply_template.c.place_id.in_(path))
    order = func.cardinality(place.c.path).desc(), reply_template.c.name, reply_template.c.id
    return [_template(row) for row in connection.execute(found.order_by(*order))]


def add(connection: Connection, place_id: int, name: str, text: Texts, by: str) -> int:
    """Offer a template at a place and below; returns its id. The same one twice is one."""
    # One at a time at a place, so that a second tap sees the first.
    connection.execute(select(place.c.id).where(place.c.id == place_id).with_for_update(key_share=True))
    for each in offered(connection, place_id):
        if (each.place_id, each.name, each.text) == (place_id, name, text):
            return each.id
    made = insert(reply_template).values(place_id=place_id, name=name, text=text)
    template_id = int(connection.execute(made.returning(reply_template.c.id)).scalar_one())
    note(connection, by, "made-reply", f"replies/{template_id}", place_id, {"name": name})
    return template_id


def change(connection: Connection, place_id: int, template_id: int, name: str, text: Texts, by: str) -> bool:
    """Write a template anew; False where the people of the place do not see it among theirs, or it is gone."""
    return _update(connection, place_id, template_id, "changed-reply", by, name=name, text=text)


def retire(connection: Connection, place_id: int, template_id: int, now: datetime, by: str) -> bool:
    """Offer a template no longer; False as in `change`."""
    return _update(connection, place_id, template_id, "retired-reply", by, retired_at=now)


def bring_back(connection: Connection, place_id: int, template_id: int, by: str) -> bool:
    """Offer it again; False where it is offered, or the people of the place do not see it among theirs."""
    return _update(connection, place_id, template_id, "brought-back", by, retired_at=None)


def ended(connection: Connection, place_id: int) -> Sequence[Template]:
    """Those of a place itself that are offered no more, the last first."""
    query = _templates(retired=True).where(reply_template.c.place_id == place_id)
    return [_template(row) for row in connection.execute(query.order_by(reply_template.c.retired_at.desc()))]


def _update(connection: Connection, place_id: int, template_id: int, action: Action, by: str, **values: Any) -> bool:
    theirs = reply_template.c.place_id.in_(select(place.c.id).where(below(place_id)))
    retired = reply_template.c.retired_at
    is_there = retired.is_not(None) if action == "brought-back" else retired.is_(None)
    alive = reply_template.c.id == template_id, is_there, theirs
    changed = update(reply_template).where(*alive).values(**values)
    row = connection.execute(changed.returning(reply_template.c.place_id, reply_template.c.name)).first()
    if row is not None:
        note(connection, by, action, f"replies/{template_id}", row.place_id, {"name": row.name})
    return row is not None


def _templates(*, retired: bool = False) -> Select[Any]:
    at = reply_template.c.retired_at
    return (
        select(reply_template, place.c.name.label("place"))
        .join(place, place.c.id == reply_template.c.place_id)
        .where(at.is_not(None) if retired else at.is_(None))
    )


def _template(row: Row[Any]) -> Template:
    return Template(row.id, row.place_id, row.place, row.name, row.text)
