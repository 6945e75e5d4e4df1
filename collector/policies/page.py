"""What every page does on which a place's policy is read and chosen. What they show alike: `policies/parts.html`."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from flask import abort, flash
from flask_babel import gettext as _
from sqlalchemy import Connection, Row

from collector.accounts.viewer import viewer
from collector.places.queries import Place
from collector.places.seen import seen_place
from collector.policies.queries import Kind, give_policy, may_give_policy, own_policy, policy_at
from collector.policies.undo import said_of_policy

Shape = TypeVar("Shape")


@dataclass(frozen=True)
class Held(Generic[Shape]):
    """What holds at a place."""

    place: Place
    policy: Shape
    #: The version that says so at this very place; None: it is as above.
    own: Row[Any] | None
    #: Whether whoever looks may have it otherwise.
    may_change: bool


def held_policy(connection: Connection, place_id: int, kind: Kind, shape: type[Shape]) -> Held[Shape]:
    """What holds at a place that whoever looks sees."""
    place = seen_place(connection, place_id)
    own = own_policy(connection, place_id, kind)
    return Held(
        place,
        policy_at(connection, place_id, kind, shape),
        own if own is not None and own.definition is not None else None,
        may_change(connection, place_id),
    )


def may_change(connection: Connection, place_id: int) -> bool:
    """Whether whoever looks may say what holds at a place that they see."""
    return viewer().may("shape") and may_give_policy(connection, viewer().place_id, place_id)


def changeable_place(connection: Connection, place_id: int) -> Place:
    """A place for which whoever asks may say what holds; nothing is read of what anybody else has typed."""
    place = seen_place(connection, place_id)
    if not may_change(connection, place_id):
        abort(403)
    return place


def choose(connection: Connection, place_id: int, kind: Kind, policy: msgspec.Struct | None, said: str) -> bool:
    """Have a policy hold at a place from now on, and say so on the next page; None: that of the place above. Whether it
    did not before."""
    if policy is None:
        return as_above(connection, place_id, kind)
    flash(said)
    return give_policy(connection, place_id, kind, policy, viewer().name)


def as_above(connection: Connection, place_id: int, kind: Kind) -> bool:
    """From now on that of the place above holds again; the next page offers to undo it. Whether it did not before."""
    is_new = give_policy(connection, place_id, kind, None, viewer().name)
    if is_new:
        said_of_policy(connection, _("From now on it is as above this place."), place_id, kind)
    return is_new
