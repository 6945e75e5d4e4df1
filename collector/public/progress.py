"""A case as its customer may see it: what happened and what is promised, and no names of people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from collector.addresses import masked
from collector.cases.changes.attachments import MOST_OF_CUSTOMER, attachments
from collector.cases.changes.by_customer import MOST_ADDED, has_said
from collector.cases.changes.events import CUSTOMER
from collector.cases.rules.rungs import rung_at
from collector.cases.standing import Standing, look
from collector.cases.tables import MERGED, RESOLVED, WAITING
from collector.contacts.tables import refusal
from collector.insights.faces import Face, face
from collector.places.tables import place
from collector.surveys.tables import answer, contact

#: What nobody sends without words.
_WITH_WORDS = {"added", "replied", "waiting"}


@dataclass(frozen=True)
class Line:
    """Something that happened."""

    at: datetime
    #: Names its sentence in the words.
    what: str
    #: What is put into the sentence.
    values: Mapping[str, str] = field(default_factory=dict)
    #: What somebody said; None where nobody said anything, or it is erased.
    quote: str | None = None
    face: Face | None = None
    #: Names the sentence above the quote.
    above: str | None = None

    @property
    def is_erased(self) -> bool:
        """Whether there were words."""
        return self.quote is None and (self.above is not None or self.what in _WITH_WORDS)


@dataclass(frozen=True)
class Progress:
    """All that the page shows."""

    store: str
    zone: ZoneInfo
    #: When it is looked at.
    now: datetime
    comment: str | None
    lines: Sequence[Line]
    #: Nobody has done anything yet.
    is_waiting_for_us: bool
    #: Names a sentence, and the moment that it speaks of; None: nothing is promised, or it is over.
    promise: tuple[str, datetime] | None
    #: Sentences that say that a promise was not kept.
    late: Sequence[str]
    is_over: bool
    may_confirm: bool
    may_recover: bool
    may_add: bool
    may_attach: bool
    #: Where we write to, not to be read in full; None: nowhere.
    address: str | None
    is_stopped: bool

    @property
    def is_anything_left(self) -> bool:
        """Whether there is something of the customer's to erase."""
        texts = self.comment, self.address, *(line.quote for line in self.lines if line.what in _OWN)
        return any(texts) or any(line.what == "attached" for line in self.lines)


#: What the customer wrote.
_OWN = {"added", "reopened", "recovered"}


def progress(connection: Connection, case_id: int, now: datetime) -> Progress:
    """How far a case is, for whoever holds its link."""
    stand = look(connection, case_id)
    onward = _followed(connection, stand)
    store = connection.execute(select(place.c.name).where(place.c.id == stand.row.store_id)).scalar_one()
    said = connection.execute(select(answer.c.comment).where(answer.c.id == stand.row.answer_id)).scalar()
    address, is_stopped = _written_to(connection, stand.row.answer_id)
    sent = sum(each.from_customer for each in attachments(connection, case_id))
    added = sum(event.kind == "added" and "from" not in event.data for event in stand.log)
    is_over = onward.row.state == RESOLVED
    promise, late = (None, []) if is_over else _promise(onward, now)
    lines = list(_lines(connection, stand))
    if onward is not stand:
        lines = sorted([*lines, *_lines_of_other(connection, stand, onward)], key=lambda line: line.at)
    return Progress(
        store=store,
        zone=stand.zone,
        now=now,
        comment=said,
        lines=lines,
        is_waiting_for_us=len(lines) == 1,
        promise=promise,
        late=late,
        is_over=is_over,
        may_confirm=is_over and not has_said(connection, case_id, "confirmed"),
        may_recover=is_over and not has_said(connection, case_id, "recovered"),
        may_add=added < MOST_ADDED,
        may_attach=sent < MOST_OF_CUSTOMER,
        address=address,
        is_stopped=is_stopped,
    )


def _followed(connection: Connection, stand: Standing) -> Standing:
    """The case with which this one goes on; itself, unless it was merged."""
    while stand.row.state == MERGED and stand.row.merged_into:
        stand = look(connection, stand.row.merged_into)
    return stand


def _promise(stand: Standing, now: datetime) -> tuple[tuple[str, datetime] | None, list[str]]:
    if stand.row.state == WAITING:
        return None, []
    clocks = stand.customer_clocks(now)
    is_heard = clocks.first_response.done_at is not None
    clock = clocks.resolution if is_heard else clocks.first_response
    if clock.is_missed:
        return None, ["late"] if stand.rung.is_everyone else ["late", "late, up"]
    if clock.due_at is None:
        return None, []
    return ("promise, settled" if is_heard else "promise", clock.due_at), []


def _lines(connection: Connection, stand: Standing) -> Iterator[Line]:
    """What the customer hears of a case's log."""
    pictures = {each.id: each.name for each in attachments(connection, stand.row.id)}
    for event in stand.log:
        match event.kind:
            case "opened":
                yield Line(event.at, "received")
            case "added" if event.data.keys() & {"from", "answer"}:
                pass  # of another one's customer; or what this one answered, which stands above
            case "replied" | "waiting" | "added":
                yield Line(event.at, event.kind, quote=event.comment)
            case "reopened":
                # What staff write there is for each other.
                yield Line(event.at, "reopened", quote=event.comment if event.author == CUSTOMER else None)
            case "attached" if event.author == CUSTOMER and event.data.get("attachment") in pictures:
                yield Line(event.at, "attached", {"name": pictures[event.data["attachment"]]})
            case "confirmed":
                yield Line(event.at, "confirmed")
            case "recovered":
                rated = face(event.data["button"], event.data["buttons"])
                yield Line(event.at, "recovered", quote=event.comment, face=rated)
            case "merged" if "into" in event.data:
                yield Line(event.at, "merged")
            case _:
                yield from _lines_of_all(connection, stand, event)


def _lines_of_other(connection: Connection, stand: Standing, onward: Standing) -> Iterator[Line]:
    """What happened since to the case with which this one goes on; what its own customer said, and what was said to
    them, is not this one's."""
    merged_at = next(event.at for event in reversed(stand.log) if event.kind == "merged")
    for event in onward.log:
        if event.at > merged_at:
            for line in _lines_of_all(connection, onward, event):
                yield replace(line, quote=None, above=None)


def _lines_of_all(connection: Connection, stand: Standing, event: Row[Any]) -> Iterator[Line]:
    """What all hear who wait for a case."""
    match event.kind:
        case "taken":
            yield Line(event.at, "seen above" if event.step else "seen")
        case "climbed":
            rung = rung_at(stand.rungs, event.step)
            if rung.is_everyone:
                yield Line(event.at, "climbed to all")
            else:
                yield Line(event.at, "climbed", {"place": _name(connection, rung.place_id)})
        case "moved":
            yield Line(event.at, "moved", {"place": _name(connection, event.data["to"])})
        case "resolved":
            yield Line(event.at, "resolved", quote=event.comment, above="said")


def _name(connection: Connection, place_id: int) -> str:
    return str(connection.execute(select(place.c.name).where(place.c.id == place_id)).scalar_one())


def _written_to(connection: Connection, answer_id: int | None) -> tuple[str | None, bool]:
    """The address of a case's customer as it may be shown, and whether they want nothing more."""
    left = connection.execute(select(contact).where(contact.c.answer_id == answer_id)).first()
    if left is None:
        return None, False
    stopped = select(refusal.c.id).where(
        refusal.c.digest == left.digest, refusal.c.purpose.is_(None), refusal.c.at >= left.consented_at
    )
    return masked(left.address), connection.execute(stopped).first() is not None
