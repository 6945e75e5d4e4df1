"""Who hears of what happens to a case: the people whose turn it is, and its customer by the channel they chose.

A message has the event's own key, so that it is one message whatever comes twice.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from collector.cases.rules.rungs import rung_at
from collector.cases.standing import Standing
from collector.cases.tables import MERGED, REVIEW, cases
from collector.contacts.messages import Purpose, What, tell_customer, tell_staff
from collector.settings import Settings
from collector.surveys.tables import contact

#: What those are told whose turn it is, by what happened.
_STAFF: Mapping[str, What] = {
    "opened": "new",
    "assigned": "new",
    "moved": "new",
    "reopened": "new",
    "climbed": "climbed",
    "reminded": "reminder",
    "proposed": "review",
    "added": "added",
}
#: What the customer is told.
_CUSTOMER: Mapping[str, Purpose] = {
    "opened": "receipt",
    # Once, as all receipts: for those who were not told when the case was opened.
    "taken": "receipt",
    "replied": "progress",
    "waiting": "progress",
    "resolved": "outcome",
}


def tell(connection: Connection, settings: Settings, stand: Standing) -> None:
    """Tell people of the newest event of a case."""
    event = stand.log[-1]
    key = f"case-event/{event.id}"
    if what := _what(stand, event):
        tell_staff(
            connection,
            settings,
            account_ids=[each for each in _whom(stand, event) if each not in _knowing(stand, event)],
            what=what,
            store_id=stand.row.store_id,
            case_id=stand.row.id,
            key=key,
            now=event.at,
        )
    if purpose := _CUSTOMER.get(event.kind):
        case_id, words = stand.row.id, {"text": event.comment} if event.comment and purpose != "receipt" else {}
        key = f"{case_id}/receipt" if purpose == "receipt" else key
        tell_customer(connection, settings, case_id=case_id, purpose=purpose, key=key, now=event.at, words=words)
        # The words are for this case's own customer; those who wait with them hear that it is over.
        for each in _merged(connection, case_id, event.at) if purpose == "outcome" else ():
            tell_customer(connection, settings, case_id=each, purpose=purpose, key=f"{key}/{each}", now=event.at)


def acknowledge(connection: Connection, settings: Settings, case_id: int, now: datetime) -> None:
    """Tell the customer that their word has come in, once: also those whose address came after the case was opened."""
    tell_customer(connection, settings, case_id=case_id, purpose="receipt", key=f"{case_id}/receipt", now=now)


def ask_how_it_is(connection: Connection, settings: Settings, stand: Standing, now: datetime) -> bool:
    """Ask a case's customers whether all is well now; whether anybody can be asked at all."""
    resolved = next(event for event in reversed(stand.log) if event.kind == "resolved")
    asked = [
        tell_customer(
            connection,
            settings,
            case_id=case_id,
            purpose="recovery",
            key=f"case-event/{resolved.id}/recovery/{case_id}",
            now=now,
        )
        for case_id in (stand.row.id, *_merged(connection, stand.row.id, now))
    ]
    return any(message is not None for message in asked)


def _what(stand: Standing, event: Any) -> What | None:
    """What people of the house are told of an event; None: nothing."""
    if event.kind == "reminded" and event.data.get("whom") == "customer":
        return None
    if event.kind == "reminded" and stand.row.state == REVIEW:
        return "review"
    if event.kind == "added" and stand.row.state == MERGED:
        return None  # they are told with the case in which it goes on
    if event.kind == "recovered" and event.data["button"] * 2 > event.data["buttons"]:
        return "added"  # all is not well
    if event.kind == "attached" and not event.author:  # its customer's
        return "added"
    return _STAFF.get(event.kind)


def _whom(stand: Standing, event: Any) -> list[int]:
    """Accounts that have something to do now."""
    if stand.row.state == REVIEW and event.kind in {"proposed", "reminded"}:
        # Whoever proposed it cannot sign it off.
        event = next(each for each in reversed(stand.log) if each.kind == "proposed")
        here = rung_at(stand.rungs, stand.row.step)
        above = [rung for rung in stand.rungs if rung.number >= here.number and not rung.is_everyone]
        found = {each for rung in above for each in stand.people(rung)} or {each.id for each in stand.accounts}
        return sorted(found - {event.data.get("account")})
    seeing = {each.id for each in stand.accounts}
    if event.kind != "climbed" and stand.row.account_id in seeing:
        return [stand.row.account_id]
    return stand.people(stand.rung)


def _knowing(stand: Standing, event: Any) -> set[int]:
    """Whoever did it need not be told."""
    return {each.id for each in stand.accounts if each.name == event.author}


def _merged(connection: Connection, case_id: int, now: datetime) -> list[int]:
    """Cases that go on as part of this one, whose customer can be written to: one of each other person."""
    reached = select(contact.c.digest).join(cases, cases.c.answer_id == contact.c.answer_id)
    reached = reached.where(contact.c.digest.is_not(None), contact.c.erase_on > now.date())
    known = {connection.scalar(reached.where(cases.c.id == case_id))}
    others = reached.add_columns(cases.c.id).where(cases.c.merged_into == case_id).order_by(cases.c.id)
    found: list[int] = []
    for digest, other_id in connection.execute(others):
        if digest not in known:
            known.add(digest)
            found.append(other_id)
    return found
