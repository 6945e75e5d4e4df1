"""What people do to a case. Closing one is in `closing`, joining two in `joining`."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, select

from collector.accounts.people.queries import who_may
from collector.accounts.tables import account
from collector.cases.changes.conditional import (
    Doer,
    NotAllowed,
    change,
    is_done,
    needed,
    visible_row,
)
from collector.cases.changes.events import write_event
from collector.cases.rules.policy import CasePolicy
from collector.cases.rules.rungs import next_rung
from collector.cases.standing import ladder_of, look, turn
from collector.cases.tables import OPEN, RESOLVED, TAKEN, UNRESOLVED, WAITING, cases
from collector.places.queries import visible_store
from collector.places.tables import place
from collector.policies.queries import policy_at
from collector.settings import Settings

#: Longest number of a case in another system, characters.
LONGEST_EXTERNAL = 200


def take(connection: Connection, settings: Settings, case_id: int, by: Doer, text: str = "") -> bool:
    """Take a case that nobody has taken yet at its step; from then on they are responsible."""
    if is_done(connection, by.key, case_id, "taken", text):
        return True
    said = _explained(connection, case_id, by, "taken", text)
    responsible = {"account_id": by.account_id} if by.account_id is not None else {}
    values = {"state": TAKEN, "taken_by": by.name, **responsible}
    if not change(connection, case_id, (OPEN,), seen_from=by.place_id, **values):
        return False
    write_event(connection, settings, case_id, "taken", by.name, by.now, said, by.key)
    return True


def assign(connection: Connection, settings: Settings, case_id: int, by: Doer, account_id: int, text: str = "") -> bool:
    """Make somebody responsible who sees the store. Where it is not themselves, they have to take it first."""
    if is_done(connection, by.key, case_id, "assigned", text, account_id=account_id):
        return True
    said = _explained(connection, case_id, by, "assigned", text)
    if (row := visible_row(connection, case_id, by.place_id)) is None:
        return False
    path = connection.execute(select(place.c.path).where(place.c.id == row.store_id)).scalar_one()
    above = select(place.c.id).where(place.c.id.in_(path), place.c.ended_at.is_(None))
    sees = select(account.c.name).where(account.c.id == account_id, account.c.place_id.in_(above), who_may("act"))
    if (name := connection.scalar(sees)) is None:
        raise NotAllowed(_("Only somebody who sees the store can be made responsible."))
    still = (cases.c.account_id.is_not_distinct_from(row.account_id),)
    if row.state in {OPEN, TAKEN}:
        # Whoever is told to do it has not said yet that they will.
        kept = account_id == by.account_id or name == row.taken_by
        values = {"state": TAKEN, "taken_by": name} if kept else {"state": OPEN, "taken_by": None}
    else:
        values = {}
    given = {**values, "account_id": account_id}
    if row.state not in UNRESOLVED or not change(
        connection, case_id, (row.state,), *still, seen_from=by.place_id, **given
    ):
        return False
    data = {"account": name, "account_id": account_id}
    write_event(connection, settings, case_id, "assigned", by.name, by.now, said, by.key, data)
    return True


def comment(connection: Connection, settings: Settings, case_id: int, by: Doer, text: str) -> bool:
    """Add a remark to a case that is not resolved; its customer does not see it."""
    if is_done(connection, by.key, case_id, "commented", text):
        return True
    if not change(connection, case_id, UNRESOLVED, seen_from=by.place_id):
        return False
    write_event(connection, settings, case_id, "commented", by.name, by.now, needed(text), by.key)
    return True


def reply(connection: Connection, settings: Settings, case_id: int, by: Doer, text: str) -> bool:
    """Write to the customer: on the case's page, and by the channel that they chose."""
    if is_done(connection, by.key, case_id, "replied", text):
        return True
    if not change(connection, case_id, (*UNRESOLVED, RESOLVED), seen_from=by.place_id):
        return False
    write_event(connection, settings, case_id, "replied", by.name, by.now, needed(text), by.key)
    return True


def wait(connection: Connection, settings: Settings, case_id: int, by: Doer, text: str) -> bool:
    """Ask the customer something; until they answer, the clocks stand still."""
    if is_done(connection, by.key, case_id, "waiting", text):
        return True
    values: dict[str, Any] = {"state": WAITING, "taken_by": by.name}
    if by.account_id is not None:
        values |= {"account_id": by.account_id}
    if not change(connection, case_id, (OPEN, TAKEN), seen_from=by.place_id, **values):
        return False
    write_event(connection, settings, case_id, "waiting", by.name, by.now, needed(text), by.key)
    return True


def resume(connection: Connection, settings: Settings, case_id: int, by: Doer, text: str = "") -> bool:
    """Go on with a case that waited for its customer."""
    if is_done(connection, by.key, case_id, "resumed", text):
        return True
    values = {"state": TAKEN, "taken_by": by.name}
    if not change(connection, case_id, (WAITING,), seen_from=by.place_id, **values):
        return False
    said = needed(text) if text.strip() else None
    write_event(connection, settings, case_id, "resumed", by.name, by.now, said, by.key)
    return True


def climb_now(connection: Connection, settings: Settings, case_id: int, by: Doer, text: str = "") -> bool:
    """Pass a case on to the next step at once."""
    if is_done(connection, by.key, case_id, "climbed", text):
        return True
    said = _explained(connection, case_id, by, "climbed", text)
    if visible_row(connection, case_id, by.place_id) is None:
        return False
    stand = look(connection, case_id)
    to = next_rung(stand.rungs, stand.row.step, stand.manned)
    if to is None:
        raise NotAllowed(_("It is everyone's already; there is no step above."))
    still = (cases.c.step == stand.row.step,)
    if not change(connection, case_id, (OPEN, TAKEN, WAITING), *still, seen_from=by.place_id, **turn(to)):
        return False
    data = {"from": stand.row.step, "why": "asked"}
    write_event(connection, settings, case_id, "climbed", by.name, by.now, said, by.key, data)
    return True


def move(connection: Connection, settings: Settings, case_id: int, by: Doer, store_id: int, text: str = "") -> bool:
    """Give a case to the store that it belongs to; there it begins at the first step."""
    if is_done(connection, by.key, case_id, "moved", text, to=store_id):
        return True
    said = _explained(connection, case_id, by, "moved", text)
    if visible_store(connection, by.place_id, store_id) is None:
        raise NotAllowed(_("There is no such store, or you do not see it."))
    if (row := visible_row(connection, case_id, by.place_id)) is None:
        return False
    if row.store_id == store_id:
        raise NotAllowed(_("It is at this store already."))
    still = (cases.c.store_id == row.store_id,)
    first = ladder_of(connection, store_id).first
    # The old store's touchpoint and people have nothing to do with it any more.
    values = {**turn(first), "store_id": store_id, "touchpoint_id": None, "account_id": None}
    if not change(connection, case_id, (OPEN, TAKEN, WAITING), *still, seen_from=by.place_id, **values):
        return False
    data = {"from": row.store_id, "to": store_id}
    write_event(connection, settings, case_id, "moved", by.name, by.now, said, by.key, data)
    return True


def hand_over(
    connection: Connection, settings: Settings, case_id: int, by: Doer, external: str, *, state: str | None = None
) -> bool:
    """Write down under which number another system has the case; the ladder goes on, so that it is not lost there.

    Parameters
    ----------
    state: how it stands there, where that is known; see `external.follow`.
    """
    number = external.strip()
    if not 0 < len(number) <= LONGEST_EXTERNAL:
        raise NotAllowed(_("Its number in the other system has 1 to %(most)s characters.", most=LONGEST_EXTERNAL))
    if is_done(connection, by.key, case_id, "external", external=number, state=state):
        return True
    if not change(connection, case_id, (*UNRESOLVED, RESOLVED), seen_from=by.place_id, external=number):
        return False
    data = {"external": number, "state": state}
    write_event(connection, settings, case_id, "external", by.name, by.now, None, by.key, data)
    return True


def _explained(connection: Connection, case_id: int, by: Doer, kind: str, text: str) -> str | None:
    """The words to a change, where the place asks for them."""
    text = text.strip()
    row = visible_row(connection, case_id, by.place_id)
    if row and not text:
        policy = policy_at(connection, row.store_id, "cases", CasePolicy)
        if kind in policy.comment_required:
            raise NotAllowed(_("Say why in a few words."))
    return needed(text) if text else None
