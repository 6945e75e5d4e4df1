"""Cases that belong together: one problem told twice is merged, two that have to do with each other are linked."""

from flask_babel import gettext as _
from sqlalchemy import Connection, update
from sqlalchemy.dialects.postgresql import insert

from collector.cases.changes.conditional import Doer, NotAllowed, is_done, lock, visible_row
from collector.cases.changes.events import write_event
from collector.cases.tables import MERGED, OPEN, TAKEN, UNRESOLVED, WAITING, case_link, cases
from collector.settings import Settings


def merge(connection: Connection, settings: Settings, case_id: int, by: Doer, into_id: int) -> bool:
    """Let a case go on as part of another one; its customer hears how that one ends."""
    if is_done(connection, by.key, case_id, "merged", into=into_id):
        return True
    if case_id == into_id:
        raise NotAllowed(_("A case cannot be merged into itself."))
    lock(connection, case_id, into_id)
    own, into = (visible_row(connection, each, by.place_id) for each in (case_id, into_id))
    if own is None or into is None:
        raise NotAllowed(_("There is no such case, or you do not see it."))
    if into.state not in UNRESOLVED:
        raise NotAllowed(_("Case %(case)s is no longer open: merge into one that is still open.", case=into_id))
    if own.state not in {OPEN, TAKEN, WAITING}:
        return False
    merged = update(cases).where(cases.c.id == case_id).values(state=MERGED, merged_into=into_id, resolved_at=by.now)
    connection.execute(merged)
    # Those that were merged into it before go along.
    connection.execute(update(cases).where(cases.c.merged_into == case_id).values(merged_into=into_id))
    write_event(connection, settings, case_id, "merged", by.name, by.now, None, by.key, {"into": into_id})
    write_event(connection, settings, into_id, "merged", by.name, by.now, None, None, {"from": case_id})
    return True


def link(connection: Connection, settings: Settings, case_id: int, by: Doer, other_id: int) -> bool:
    """Write down that two cases have to do with each other."""
    if is_done(connection, by.key, case_id, "linked", other=other_id):
        return True
    if case_id == other_id:
        raise NotAllowed(_("A case cannot be linked with itself."))
    # Their clocks are written down anew from their logs: of what another one does to them just now nothing is missed.
    lock(connection, case_id, other_id)
    if any(visible_row(connection, each, by.place_id) is None for each in (case_id, other_id)):
        raise NotAllowed(_("There is no such case, or you do not see it."))
    smaller, larger = sorted((case_id, other_id))
    linked = insert(case_link).values(case_id=smaller, other_id=larger).on_conflict_do_nothing()
    if connection.execute(linked.returning(case_link.c.case_id)).first() is None:
        return True
    write_event(connection, settings, case_id, "linked", by.name, by.now, None, by.key, {"other": other_id})
    write_event(connection, settings, other_id, "linked", by.name, by.now, None, None, {"other": case_id})
    return True
