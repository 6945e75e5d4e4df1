"""Which policy holds at a place: its own, else that of the nearest place above, else the defaults."""

from typing import Any, Literal, TypeAlias, TypeVar

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from collector.audit.difference import differences
from collector.audit.log import note
from collector.places.tables import place
from collector.policies.tables import policy

Kind: TypeAlias = Literal["cases", "contacts", "alerts", "kiosks", "filter", "themes", "money", "words"]
Shape = TypeVar("Shape")


def policy_at(connection: Connection, place_id: int, kind: Kind, shape: type[Shape]) -> Shape:
    """What holds at a place.

    Parameters
    ----------
    shape: of this kind's documents, a msgspec struct; made without arguments it is the defaults.
    """
    definition = connection.execute(_IN_FORCE, {"place": place_id, "policy": kind}).scalar()
    return shape() if definition is None else msgspec.convert(definition, shape)


_PATH = select(place.c.path).where(place.c.id == bindparam("place")).scalar_subquery()
_NEAREST = func.array_position(_PATH, policy.c.place_id)
_NEWEST = (
    select(policy.c.definition, _NEAREST.label("nearest"))
    .ext(distinct_on(policy.c.place_id))
    .where(policy.c.kind == bindparam("policy"), _NEAREST.is_not(None))
    .order_by(policy.c.place_id, policy.c.version.desc())
    .subquery()
)
_IN_FORCE = (
    select(_NEWEST.c.definition).where(_NEWEST.c.definition.is_not(None)).order_by(_NEWEST.c.nearest.desc()).limit(1)
)


def own_policy(connection: Connection, place_id: int, kind: Kind) -> Row[Any] | None:
    """The newest version that is a place's own, with its author; None where it has never had one."""
    own = select(policy).where(policy.c.place_id == place_id, policy.c.kind == kind)
    return connection.execute(own.order_by(policy.c.version.desc()).limit(1)).first()


def may_give_policy(connection: Connection, viewer_place_id: int, place_id: int) -> bool:
    """Whether people of a place may say what holds at one that they see: at those below; at their own only at the top,
    where there is nobody above to say it."""
    is_top = select(place.c.id).where(place.c.id == place_id, place.c.parent_id.is_(None))
    return viewer_place_id != place_id or connection.scalar(is_top) is not None


def give_policy(
    connection: Connection, place_id: int, kind: Kind, definition: msgspec.Struct | None, author: str
) -> bool:
    """Have a policy hold at a place from now on; None: that of the place above. Whether it did not before: the same one
    twice is one version."""
    # One at a time, so that versions count up.
    connection.execute(select(place.c.id).where(place.c.id == place_id).with_for_update(key_share=True))
    newest = own_policy(connection, place_id, kind)
    stored = None if definition is None else _as_read_back(definition)
    if stored == (newest.definition if newest else None):
        return False
    before = connection.execute(_IN_FORCE, {"place": place_id, "policy": kind}).scalar()
    version = newest.version + 1 if newest else 1
    values = {"place_id": place_id, "kind": kind, "version": version, "author": author}
    connection.execute(insert(policy).values(**values, definition=stored))
    if definition is None:
        detail: dict[str, Any] = {"as_above": True}
    else:
        was = _as_read_back(type(definition)()) if before is None else before
        detail = {"changes": differences(was, stored)}
    note(connection, author, "changed-policy", f"policies/{kind}", place_id, detail)
    return True


def _as_read_back(definition: msgspec.Struct) -> Any:
    return msgspec.json.decode(msgspec.json.encode(definition))
