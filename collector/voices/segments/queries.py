"""Segments as people see them, and who or what is in one now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, Update, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or

from collector.audit.log import Action, note
from collector.cases.tables import cases
from collector.contacts.tables import consent, refusal
from collector.insights.asked import Asked
from collector.insights.compare import FEWEST
from collector.insights.faces import Face
from collector.insights.heard import Heard, heard_below
from collector.insights.tables import segment
from collector.places.queries import below
from collector.places.tables import place, touchpoint
from collector.ratings.kinds import Channel, word
from collector.surveys.marks import AnswerMark
from collector.surveys.tables import answer, contact
from collector.voices.conditions import EVERYTHING, IS_CUSTOMERS, Only, came_by, has_face, says, speaks_of, was_said
from collector.voices.segments.rules import Answers, Customers, Kind, Places, Rule, Said, kind_of, rule_of

CHANNELS = {word(each): each for each in Channel}


@dataclass(frozen=True)
class Segment:
    id: int
    place_id: int
    place: str
    kind: Kind
    name: str
    rule: Rule
    author: str
    created_at: datetime
    ended_at: datetime | None


def segments(connection: Connection, place_id: int, kind: Kind | None = None) -> list[Segment]:
    """What the people of a place may use, by name: their own place's, those of places below and of places above."""
    query = _visible(place_id).where(segment.c.ended_at.is_(None)).order_by(func.lower(segment.c.name), segment.c.id)
    if kind is not None:
        query = query.where(segment.c.kind == kind)
    return [_segment(row) for row in connection.execute(query)]


def ended(connection: Connection, place_id: int, limit: int) -> list[Segment]:
    """Those of the place and below that are put away, the last first."""
    query = _visible(place_id).where(segment.c.ended_at.is_not(None), below(place_id))
    return [_segment(row) for row in connection.execute(query.order_by(segment.c.ended_at.desc()).limit(limit))]


def visible_segment(connection: Connection, place_id: int, segment_id: int) -> Segment | None:
    """One of these, also one that was ended; None where there is none, or the people of the place do not see it."""
    row = connection.execute(_visible(place_id).where(segment.c.id == segment_id)).first()
    return _segment(row) if row else None


def may_change(connection: Connection, place_id: int, segment_id: int) -> bool:
    """Whether it belongs to the people of a place: to their own or to one below; one of above they only use."""
    query = select(segment.c.id).join(place, place.c.id == segment.c.place_id)
    return connection.execute(query.where(segment.c.id == segment_id, below(place_id))).first() is not None


def add(connection: Connection, place_id: int, name: str, rule: Rule, author: str, key: str) -> int:
    """Keep a segment under a name; the same form twice is one."""
    values = {**_values(name, rule), "place_id": place_id, "author": author, "key": key}
    made = insert_or(segment).values(values).on_conflict_do_nothing(index_elements=["key"]).returning(segment.c.id)
    number = connection.execute(made).scalar()
    return number or int(connection.execute(select(segment.c.id).where(segment.c.key == key)).scalar_one())


def change(connection: Connection, segment_id: int, name: str, rule: Rule) -> None:
    connection.execute(update(segment).where(segment.c.id == segment_id).values(_values(name, rule)))


def end(connection: Connection, segment_id: int, now: datetime, by: str) -> None:
    """Nobody is offered it any more."""
    still = segment.c.id == segment_id, segment.c.ended_at.is_(None)
    _change_end(connection, update(segment).where(*still).values(ended_at=now), "ended", by)


def bring_back(connection: Connection, segment_id: int, by: str) -> None:
    ended = segment.c.id == segment_id, segment.c.ended_at.is_not(None)
    _change_end(connection, update(segment).where(*ended).values(ended_at=None), "brought-back", by)


def _change_end(connection: Connection, change: Update, action: Action, by: str) -> None:
    if row := connection.execute(change.returning(segment)).first():
        note(connection, by, action, f"segments/{row.id}", row.place_id, {"name": row.name})


def stores_of(connection: Connection, asked: Asked, rule: Places) -> dict[int, Heard]:
    """The stores of a segment at and below a place, with what was heard there in the last days of what is asked."""
    period = Asked(asked.place_id, asked.last - timedelta(days=rule.days - 1), asked.last)
    named = select(place.c.id).where(place.c.kind == "store", below(asked.place_id))
    if rule.name:
        named = named.where(place.c.name.icontains(rule.name, autoescape=True))
    if rule.below is not None:
        named = named.where(below(rule.below))
    names = set(connection.scalars(named))
    found = heard_below(connection, period)
    return {store: each for store, each in found.items() if store in names and _fits(each, rule)}


def only_of(connection: Connection, asked: Asked, found: Segment | None, now: datetime) -> Only:
    """What a segment leaves of the voices of a place."""
    match found.rule if found else None:
        case Places() as rule:
            return Only(stores=frozenset(stores_of(connection, asked, rule)))
        case Answers() as rule:
            return Only(further=tuple(_of_said(rule.said)))
        case Customers() as rule:
            theirs = _customers(asked.place_id, rule, now).subquery()
            written = select(contact.c.answer_id).where(contact.c.digest.in_(select(theirs.c.digest)))
            return Only(further=(answer.c.id.in_(written),))
        case _:
            return EVERYTHING


def count_customers(connection: Connection, place_id: int, rule: Customers, now: datetime) -> int:
    """How many people are in it, as far as the people of a place see of them."""
    return connection.scalar(select(func.count()).select_from(_customers(place_id, rule, now).subquery())) or 0


def addresses(connection: Connection, place_id: int, rule: Customers, now: datetime) -> list[str]:
    """Theirs, the newest of each; in the order of the alphabet."""
    theirs = _customers(place_id, rule, now).subquery()
    newest = (
        select(contact.c.address)
        .where(contact.c.digest == theirs.c.digest)
        .order_by(contact.c.consented_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return sorted(connection.scalars(select(newest).select_from(theirs)))


def _customers(place_id: int, rule: Customers, now: datetime) -> Select[Any]:
    """The digests of whoever said such a thing here, and agreed to such a purpose: today it holds, and nobody has said
    stop since."""
    stopped = exists().where(
        refusal.c.digest == consent.c.digest,
        or_(refusal.c.purpose.is_(None), refusal.c.purpose == rule.purpose),
        refusal.c.at >= consent.c.given_at,
    )
    agreed = exists().where(
        consent.c.digest == contact.c.digest,
        consent.c.purpose == rule.purpose,
        consent.c.ends_on > now.date(),
        consent.c.withdrawn_at.is_(None),
        ~stopped.correlate(consent),
    )
    return (
        select(contact.c.digest)
        .join(answer, answer.c.id == contact.c.answer_id)
        .join(place, place.c.id == answer.c.store_id)
        .outerjoin(touchpoint, touchpoint.c.id == answer.c.touchpoint_id)
        .where(below(place_id), IS_CUSTOMERS, answer.c.submitted_at > now - timedelta(days=rule.days))
        .where(answer.c.mark == int(AnswerMark.NONE), contact.c.digest.is_not(None), contact.c.erase_on > now.date())
        .where(agreed, *_of_said(rule.said))
        .distinct()
    )


def _of_said(said: Said) -> Iterator[ColumnElement[bool]]:
    if said.channels:
        yield came_by([CHANNELS[each] for each in said.channels if each in CHANNELS])
    if said.faces:
        yield has_face([Face(each) for each in said.faces if each in set(Face)])
    if said.themes:
        yield speaks_of(said.themes)
    if said.words:
        yield says(said.words)
    if said.touchpoint:
        yield touchpoint.c.name.icontains(said.touchpoint, autoescape=True)
    if said.hours:
        yield was_said(said.hours)
    if said.has_case is not None:
        its = cases.alias()  # pages of voices have the other one
        with_case = exists().where(its.c.answer_id == answer.c.id)
        yield with_case if said.has_case else ~with_case


def _fits(found: Heard, rule: Places) -> bool:
    wanted = {CHANNELS[each] for each in rule.channels if each in CHANNELS}
    if wanted and not any(each.counted for channel, each in found.by_channel.items() if channel in wanted):
        return False
    if rule.index_from is None and rule.index_to is None:
        return True
    if found.index is None or found.counted < FEWEST:
        return False
    return (rule.index_from or 0) <= found.index.value <= (100 if rule.index_to is None else rule.index_to)


def _visible(place_id: int) -> Select[Any]:
    above = select(func.unnest(place.c.path)).where(place.c.id == place_id).scalar_subquery()
    return (
        select(segment, place.c.name.label("place"))
        .join(place, place.c.id == segment.c.place_id)
        .where(or_(below(place_id), segment.c.place_id.in_(above)))
    )


def _segment(row: Row[Any]) -> Segment:
    return Segment(
        row.id,
        row.place_id,
        row.place,
        row.kind,
        row.name,
        rule_of(row.definition),
        row.author,
        row.created_at,
        row.ended_at,
    )


def _values(name: str, rule: Rule) -> dict[str, Any]:
    return {"name": name, "kind": kind_of(rule), "definition": msgspec.json.decode(msgspec.json.encode(rule))}
