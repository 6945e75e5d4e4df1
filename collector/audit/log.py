"""The audit log: written in the transaction of what is written down, read by the people of the place."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

from sqlalchemy import Connection, Row, func, insert, select

from collector.accounts.tables import account
from collector.audit.tables import audit
from collector.places.queries import ever_below
from collector.places.tables import place

Action: TypeAlias = Literal[
    "saw-contact",
    "exported",
    "erased",
    "marked-spam",
    "marked-mashing",
    "unmarked",
    "gave-secret",
    "moved-kiosk",
    "replaced-kiosk",
    "retired-kiosk",
    "began-rollout",
    "went-on-rollout",
    "ended-rollout",
    "took-back-rollout",
    "invited-person",
    "changed-role",
    "moved-person",
    "changed-reach",
    "ended-person",
    "brought-back-person",
    "let-in-anew",
    "signed-out-person",
    "made-token",
    "ended-token",
    "began-second-factor",
    "renewed-recovery-codes",
    "ended-second-factor",
    "joined-sign-on",
    "made-place",
    "changed-place",
    "ended-place",
    "brought-back-place",
    "made-board-link",
    "ended-board-link",
    "prolonged-board-link",
    "ended",
    "brought-back",
    "changed-policy",
    "made-reply",
    "changed-reply",
    "retired-reply",
    "changed-slips",
    "asked-filter-run",
    "began-filter-run",
    "stopped-filter-run",
    "went-on-filter-run",
    "published-survey",
    "signed-in",
    "refused-sign-in",
]
ACTIONS: tuple[Action, ...] = get_args(Action)

Kind: TypeAlias = Literal["customers", "sign-ins", "people", "settings", "surveys", "places", "kiosks", "boards"]
#: What was done, by what somebody who looks for it calls it. Each action is of one kind, but those of `ENDINGS`.
KINDS: Mapping[Kind, tuple[Action, ...]] = {
    "customers": ("saw-contact", "exported", "erased", "marked-spam", "marked-mashing", "unmarked"),
    "sign-ins": ("signed-in", "refused-sign-in"),
    "people": (
        *("invited-person", "changed-role", "moved-person", "changed-reach", "ended-person", "brought-back-person"),
        *("let-in-anew", "signed-out-person", "made-token", "ended-token", "began-second-factor"),
        *("renewed-recovery-codes", "ended-second-factor", "joined-sign-on"),
    ),
    "settings": (
        *("changed-policy", "made-reply", "changed-reply", "retired-reply", "changed-slips"),
        *("asked-filter-run", "began-filter-run", "stopped-filter-run", "went-on-filter-run"),
    ),
    "surveys": ("published-survey",),
    "places": ("made-place", "changed-place", "ended-place", "brought-back-place"),
    "kiosks": (
        *("gave-secret", "moved-kiosk", "replaced-kiosk", "retired-kiosk"),
        *("began-rollout", "went-on-rollout", "ended-rollout", "took-back-rollout"),
    ),
    "boards": ("made-board-link", "ended-board-link", "prolonged-board-link"),
}
#: These are of the kind of what was ended and brought back.
ENDINGS: tuple[Action, ...] = ("ended", "brought-back")
#: What stands before the slash of a subject, and of which kind it is to end such a one; None: none is ended.
THINGS: Mapping[str, Kind | None] = {
    "cases": None,
    "answers": None,
    "people": None,
    "nobody": None,
    "places": None,
    "policies": None,
    "lists": None,
    "filter-runs": None,
    "kiosks": None,
    "rollouts": None,
    "printers": "kiosks",
    "photos": "kiosks",
    "webhooks": "people",
    "tokens": "people",
    "surveys": "surveys",
    "segments": "settings",
    "improvements": "settings",
    "replies": "settings",
    "board-links": "boards",
}


def note(
    connection: Connection,
    who: str,
    action: Action,
    subject: str,
    place_id: int,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Write down that somebody did something that concerns a person, or how a place does things; returns the entry's
    number.

    Parameters
    ----------
    who: name of an account or a token; empty: nobody knows who.
    subject: one of THINGS and which of them: `cases/184`, `policies/money`, `photos/exit-1` (the kiosk beside which it
        hung), `people/3` (or the digest of a customer without a case); never an address or a name of a customer.
    place_id: whose people see the entry.
    detail: what was and what is (`audit.difference`), how somebody came in …: small things, as `audit.detail_words`
        says them. Nothing in it is a secret, an address or a word of a customer.
    """
    values = {"who": who, "action": action, "subject": subject, "place_id": place_id, "detail": detail}
    return int(connection.execute(insert(audit).values(values).returning(audit.c.id)).scalar_one())


def entries(
    connection: Connection,
    place_id: int,
    *,
    action: str | None = None,
    kind: Kind | None = None,
    before: int | None = None,
    after: int | None = None,
    limit: int,
) -> Sequence[Row[Any]]:
    """What the people of a place see of the log, the newest first; with `after`, the oldest of what is newer first.

    What was done at a place stays when it is taken out.
    """
    query = (
        select(audit, place.c.name.label("place"), place.c.time_zone, account.c.name.label("person"))
        .join(place, place.c.id == audit.c.place_id)
        .outerjoin(account, audit.c.subject == func.concat("people/", account.c.id))
        .where(ever_below(place_id))
        .limit(limit)
    )
    if action is not None:
        query = query.where(audit.c.action == action)
    if kind is not None:
        things = [thing for thing, its in THINGS.items() if its == kind]
        of_things = audit.c.action.in_(ENDINGS) & func.split_part(audit.c.subject, "/", 1).in_(things)
        query = query.where(audit.c.action.in_(KINDS[kind]) | of_things)
    if before is not None:
        query = query.where(audit.c.id < before)
    if after is not None:
        return connection.execute(query.where(audit.c.id > after).order_by(audit.c.id)).all()
    return connection.execute(query.order_by(audit.c.id.desc())).all()
