"""Resolving a case, the second look at how, and opening it again. As all changes, see `changes`.

A case may be resolved more than once. What was given each time is in its log, and its row holds the sum: by that a
limit is judged, so that nobody gives more by opening it again.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, select

from collector.cases.changes.conditional import Doer, NotAllowed, change, is_done, lock, needed, visible_row
from collector.cases.changes.events import write_event
from collector.cases.rules.policy import MOST, CasePolicy
from collector.cases.tables import MERGED, OPEN, RESOLVED, REVIEW, TAKEN, WAITING, case_event
from collector.improvements.changes import CannotShow, spoken
from collector.improvements.changes import add as add_improvement
from collector.places.tables import place
from collector.policies.queries import policy_at
from collector.settings import Settings
from collector.surveys.definition import Texts


def resolve(
    connection: Connection,
    settings: Settings,
    case_id: int,
    by: Doer,
    text: str,
    *,
    root_cause: str | None = None,
    compensation: Decimal | None = None,
    did: Texts | None = None,
) -> bool:
    """Resolve a case, or propose how, where another person has to look at it first (policy.sign_off).

    Parameters
    ----------
    text: how; the customer reads it.
    root_cause: one of those of the policy; None: that of before, where it was resolved before.
    compensation: given to the customer now, in the currency of the policy; with what was given before it is within
        the limit of `by.place_id`.
    did: what the place changed because of it, by language: "you said, we did". Shown once it is resolved.
    """
    if _is_resolved_by(connection, by, case_id, text):
        return True
    lock(connection, case_id)
    row = visible_row(connection, case_id, by.place_id)
    if row is None:
        return False
    said = needed(text)
    policy = policy_at(connection, row.store_id, "cases", CasePolicy)
    before = resolved_before(connection, case_id)
    root_cause = _checked_cause(policy, root_cause, before.root_cause)
    given = before.given
    if compensation is not None:
        given = (before.given or Decimal(0)) + _checked_amount(compensation)
        if compensation:
            _check_limit(connection, by, policy.compensation.currency, given, before.given)
    _check_did(did)
    values: dict[str, Any] = {"state": RESOLVED, "resolved_at": by.now}
    needs_review = _needs_review(connection, policy, by, row.kind, given if compensation else None)
    if needs_review:
        values = {"state": REVIEW}
    values |= {"root_cause": root_cause, "compensation": given}
    if row.taken_by is None:
        values |= {"taken_by": by.name}
    if not change(connection, case_id, (OPEN, TAKEN, WAITING), seen_from=by.place_id, **values):
        return False
    data: dict[str, Any] = {"root_cause": root_cause} if root_cause else {}
    if compensation is not None:
        data |= {"compensation": str(compensation), "currency": policy.compensation.currency}
    if needs_review:
        # Who proposed it may not sign it off, whatever they are called by then.
        data |= {"account": by.account_id, "did": did}
        write_event(connection, settings, case_id, "proposed", by.name, by.now, said, by.key, data)
        return True
    write_event(connection, settings, case_id, "resolved", by.name, by.now, said, by.key, data)
    _show_what_was_done(connection, row, did, by)
    return True


def accept(connection: Connection, settings: Settings, case_id: int, by: Doer, text: str = "") -> bool:
    """Sign off what another person proposed: the case is resolved, and the customer hears of it.

    Whoever signs it off could have given as much themselves.
    """
    if is_done(connection, by.key, case_id, "accepted", text):
        return True
    row, proposed = _proposal(connection, case_id, by)
    if row is None or proposed is None:
        return False
    if by.account_id is None:
        raise NotAllowed(_("A program cannot sign it off: a person has to look at it."))
    if Decimal(proposed.data.get("compensation", 0)):
        _check_limit(connection, by, proposed.data["currency"], row.compensation)
    policy = policy_at(connection, row.store_id, "cases", CasePolicy)
    if not text.strip() and "accepted" in policy.comment_required:
        raise NotAllowed(_("Say why in a few words."))
    values = {"state": RESOLVED, "resolved_at": by.now}
    if not change(connection, case_id, (REVIEW,), seen_from=by.place_id, **values):
        return False
    said = needed(text) if text.strip() else None
    write_event(connection, settings, case_id, "accepted", by.name, by.now, said, by.key)
    data = {name: value for name, value in proposed.data.items() if name not in {"did", "account"}}
    write_event(connection, settings, case_id, "resolved", proposed.author, by.now, proposed.comment, None, data)
    _show_what_was_done(connection, row, proposed.data.get("did"), by)
    return True


def reject(connection: Connection, settings: Settings, case_id: int, by: Doer, text: str) -> bool:
    """Give a proposal back, with the reason: whoever took the case goes on with it."""
    if is_done(connection, by.key, case_id, "rejected", text):
        return True
    row, proposed = _proposal(connection, case_id, by)
    if row is None or proposed is None:
        return False
    said = needed(text)
    before = resolved_before(connection, case_id)
    values = {"state": TAKEN, "root_cause": before.root_cause, "compensation": before.given}
    if not change(connection, case_id, (REVIEW,), seen_from=by.place_id, **values):
        return False
    write_event(connection, settings, case_id, "rejected", by.name, by.now, said, by.key)
    return True


def reopen(connection: Connection, settings: Settings, case_id: int, by: Doer, text: str = "") -> bool:
    """Open a resolved case again, or one that is part of another one: on its step, where its clock goes on."""
    if is_done(connection, by.key, case_id, "reopened", text):
        return True
    row = visible_row(connection, case_id, by.place_id)
    if row is None:
        return False
    policy = policy_at(connection, row.store_id, "cases", CasePolicy)
    if not text.strip() and "reopened" in policy.comment_required:
        raise NotAllowed(_("Say why in a few words."))
    if not change(connection, case_id, (RESOLVED, MERGED), seen_from=by.place_id, **REOPENED):
        return False
    said = needed(text) if text.strip() else None
    write_event(connection, settings, case_id, "reopened", by.name, by.now, said, by.key)
    return True


#: What a case is that is open again: nobody's, but whoever was responsible still is.
REOPENED: dict[str, Any] = {"state": OPEN, "taken_by": None, "resolved_at": None, "merged_into": None}


@dataclass(frozen=True)
class Before:
    """How a case was resolved before: it was opened again since."""

    root_cause: str | None
    #: All in all; None where nobody gave anything.
    given: Decimal | None


def resolved_before(connection: Connection, case_id: int) -> Before:
    """What the log of a case says that was given, and was at the root of it."""
    resolved = select(case_event.c.data).where(case_event.c.case_id == case_id, case_event.c.kind == "resolved")
    times = connection.scalars(resolved.order_by(case_event.c.id)).all()
    given = [Decimal(each["compensation"]) for each in times if "compensation" in each]
    causes = [each["root_cause"] for each in times if "root_cause" in each]
    return Before(causes[-1] if causes else None, sum(given, Decimal(0)) if given else None)


def limit_of(connection: Connection, place_id: int, currency: str) -> Decimal | None:
    """How much the people of a place may give for one case; None: as much as they like.

    It is a matter of their own place's policy, which others write, not of the store's, which they may write.
    """
    mine = policy_at(connection, place_id, "cases", CasePolicy).compensation
    limit = mine.limit(connection.execute(select(place.c.kind).where(place.c.id == place_id)).scalar_one())
    return limit if limit is None or mine.currency == currency else Decimal(0)


def _is_resolved_by(connection: Connection, by: Doer, case_id: int, text: str) -> bool:
    """Whether this request has done its work, be it that the case was resolved or that it was proposed."""
    kind = connection.scalar(select(case_event.c.kind).where(case_event.c.key == by.key)) if by.key else None
    return is_done(connection, by.key, case_id, "proposed" if kind == "proposed" else "resolved", text)


def _checked_cause(policy: CasePolicy, root_cause: str | None, before: str | None) -> str | None:
    if root_cause is not None and root_cause not in policy.root_causes:
        raise NotAllowed(_("Choose one of the root causes of this place."))
    root_cause = root_cause or before
    if root_cause is None and policy.root_cause_required and policy.root_causes:
        raise NotAllowed(_("Choose what was at the root of it."))
    return root_cause


def _checked_amount(compensation: Decimal) -> Decimal:
    if not compensation.is_finite() or not 0 <= compensation <= MOST or round(compensation, 2) != compensation:
        raise NotAllowed(_("A compensation is an amount of money with two decimals at most."))
    return compensation


def _check_limit(
    connection: Connection, by: Doer, currency: str, given: Decimal, before: Decimal | None = None
) -> None:
    limit = limit_of(connection, by.place_id, currency)
    if given > MOST:
        raise NotAllowed(_("It is too much money for one case."))
    if limit is None or given <= limit:
        return
    most = f"{limit:f} {currency}"
    if before:
        raise NotAllowed(
            _(
                "You may give up to %(most)s without asking, and %(given)s are given already. "
                "For more, pass the case on.",
                most=most,
                given=f"{before:f}",
            )
        )
    raise NotAllowed(_("You may give up to %(most)s without asking. For more, pass the case on.", most=most))


def _check_did(did: Texts | None) -> None:
    """Now, not when another person signs it off, who cannot mend it."""
    if did:
        try:
            spoken(did)
        except CannotShow as problem:
            raise NotAllowed(str(problem)) from problem


def _needs_review(connection: Connection, policy: CasePolicy, by: Doer, kind: str, given: Decimal | None) -> bool:
    """Whether another person has to look at it: the store's policy says so, or that of whoever resolves it, who may
    have written the store's."""
    return any(
        kind in rule.kinds
        or (given is not None and rule.compensation_above is not None and given > rule.compensation_above)
        for rule in (policy.sign_off, policy_at(connection, by.place_id, "cases", CasePolicy).sign_off)
    )


def _proposal(connection: Connection, case_id: int, by: Doer) -> tuple[Any, Any]:
    """The case and the newest proposal; none where it does not wait for a second look."""
    row = visible_row(connection, case_id, by.place_id)
    if row is None or row.state != REVIEW:
        return None, None
    newest = select(case_event).where(case_event.c.case_id == case_id, case_event.c.kind == "proposed")
    proposed = connection.execute(newest.order_by(case_event.c.id.desc()).limit(1)).one()
    own_account = by.account_id is not None and proposed.data.get("account") == by.account_id
    if own_account or proposed.author == by.name:
        raise NotAllowed(_("Another person than the one who proposed it has to look at it."))
    return row, proposed


def _show_what_was_done(connection: Connection, row: Any, did: Texts | None, by: Doer) -> None:
    if did:
        shown = {"place_id": row.store_id, "touchpoint_id": row.touchpoint_id, "case_id": row.id, "text": did}
        try:
            add_improvement(connection, **shown, author=by.name, now=by.now)
        except CannotShow as problem:
            raise NotAllowed(str(problem)) from problem
