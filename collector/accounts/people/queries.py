"""Whom somebody sees: the people of their place and of all below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from collector.accounts.roles import ROLES, Right, Role, rights_of
from collector.accounts.sessions import may_come
from collector.accounts.tables import account, session
from collector.places.queries import below, ever_below
from collector.places.tables import place


@dataclass(frozen=True)
class Person:
    id: int
    name: str
    role: Role
    place_id: int
    place: str
    zone: ZoneInfo
    email: str | None
    phone: str | None
    language: str
    #: They have chosen a password, or come by single sign-on.
    has_come: bool
    seen_at: datetime | None
    ended_at: datetime | None
    #: On so many devices they are signed in.
    devices: int


@dataclass(frozen=True)
class Spot:
    """A place that somebody can be given, as a list shows it."""

    id: int
    name: str
    kind: str
    #: 0: the place of whoever asks.
    depth: int


def who_may(right: Right) -> ColumnElement[bool]:
    """The condition that somebody signs in as an account and has a right: whose turn a case can be, say. Nobody of a
    place that was taken out."""
    roles = [role for role in ROLES if right in rights_of(role)]
    return and_(*may_come(), account.c.role.in_(roles))


def count_people(connection: Connection, place_id: int, words: str, *, ended: bool) -> int:
    query = select(func.count()).select_from(_people(place_id, words, ended=ended).subquery())
    return connection.execute(query).scalar_one()


def people(
    connection: Connection, place_id: int, words: str, *, ended: bool, offset: int, limit: int
) -> Sequence[Person]:
    """Those whose name, place or e-mail address has all of the words in it, those of the widest places first."""
    order = func.cardinality(place.c.path), place.c.name, place.c.id, account.c.name
    query = _people(place_id, words, ended=ended).order_by(*order).offset(offset).limit(limit)
    return [_person(row) for row in connection.execute(query)]


def one_person(connection: Connection, place_id: int, account_id: int) -> Person | None:
    """Somebody, in use or ended; None where the people of the place do not see them."""
    row = connection.execute(_everybody(place_id).where(account.c.id == account_id)).first()
    return _person(row) if row else None


def spots(connection: Connection, place_id: int) -> list[Spot]:
    """Places that people can be given, each after the one that it lies in."""
    rows = connection.execute(select(place).where(below(place_id)).order_by(place.c.name, place.c.id)).all()
    names = {row.id: (row.name, row.id) for row in rows}
    # A place's line of names is what it is sorted by: so each follows its parent, and siblings go by name.
    lines = {row.id: [names[each] for each in row.path if each in names] for row in rows}
    ordered = sorted(rows, key=lambda row: lines[row.id])
    return [Spot(row.id, row.name, row.kind, len(lines[row.id]) - 1) for row in ordered]


def _people(place_id: int, words: str, *, ended: bool) -> Select[Any]:
    query = _everybody(place_id).where(account.c.ended_at.is_not(None) if ended else account.c.ended_at.is_(None))
    for word in words.split():
        found = (column.icontains(word, autoescape=True) for column in (account.c.name, place.c.name, account.c.email))
        query = query.where(or_(*found))
    return query


def _everybody(place_id: int) -> Select[Any]:
    devices = select(func.count()).where(session.c.account_id == account.c.id, session.c.expires_at > func.now())
    return (
        select(account, place.c.name.label("place"), place.c.time_zone, devices.scalar_subquery().label("devices"))
        .join(place, place.c.id == account.c.place_id)
        .where(ever_below(place_id))
    )


def _person(row: Row[Any]) -> Person:
    has_come = row.password is not None or row.subject is not None
    zone = ZoneInfo(row.time_zone)
    return Person(
        row.id,
        row.name,
        row.role,
        row.place_id,
        row.place,
        zone,
        row.email,
        row.phone,
        row.language,
        has_come,
        row.seen_at,
        row.ended_at,
        row.devices,
    )
