"""The page of one case: all that whoever handles it has to know, and the forms of what they can do now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from flask import abort, render_template, request
from flask_babel import gettext as _
from sqlalchemy import Connection, Row, or_, select

from collector.accounts.viewer import viewer
from collector.cases import changes, queries, standing
from collector.cases.changes import attachments
from collector.cases.changes.closing import limit_of, resolved_before
from collector.cases.people import people_who_see
from collector.cases.settings.replies import Template, offered
from collector.cases.tables import case_link, cases
from collector.contacts.queries import messages_of_case
from collector.current import now, row_id
from collector.forms import new_nonce
from collector.insights.same_hours import BeforeAndAfter, before_and_after
from collector.places.queries import Store, ever_below, visible_stores
from collector.places.tables import place
from collector.surveys.definition import LANGUAGES, Definition, Scale
from collector.surveys.tables import answer, contact, survey_version
from collector.words import in_own_language

#: Most stores to which a case can be moved from its page.
MOST_STORES = 500
#: Where the text of a template goes: both are read by the customer.
FILLED = ("reply", "wait", "resolve")


@dataclass(frozen=True)
class Options:
    """What can be done to a case now, by the names of the actions."""

    #: The one big button.
    next: str | None
    #: The quiet list.
    others: Sequence[str]


def visible(connection: Connection, case_id: int) -> queries.Case:
    """The case, for whoever asks; whoever does not see it hears that it is not there."""
    found = queries.visible_case(connection, viewer().place_id, case_id)
    if found is None:
        abort(404)
    return found


def has_contact(connection: Connection, case: queries.Case) -> bool:
    """Whether there is an address that somebody can look at."""
    return (
        connection.execute(select(contact.c.answer_id).where(contact.c.answer_id == case.answer_id)).first() is not None
    )


def options(state: str, *, has_customer: bool, is_answered: bool, is_own_proposal: bool) -> Options:
    """What comes next, and what else there is.

    Parameters
    ----------
    has_customer: somebody said it, who can be written to.
    is_answered: the customer has heard from a person.
    is_own_proposal: whoever looks has proposed how to resolve it, and cannot sign that off.
    """
    answers = ["reply", "wait"] if has_customer else []
    writes = answers[:1]
    passes = ["comment", "assign", "climb", "move", "attach", "link", "merge", "hand-over"]
    kept = [each for each in passes if each not in {"climb", "move", "merge"}]
    first = "reply" if has_customer and not is_answered else "resolve"
    steps: Mapping[str, tuple[str | None, Sequence[str]]] = {
        "open": ("take", [*answers, "resolve", *passes]),
        "taken": (first, [each for each in (*answers, "resolve", *passes) if each != first]),
        "waiting": ("resume", [*writes, "resolve", *passes]),
        "review": (None, kept) if is_own_proposal else ("accept", ["reject", *writes, *kept]),
        "resolved": (None, ["reopen", *writes, "attach", "link"]),
        "merged": (None, ["reopen", "link"]),
    }
    return Options(*steps[state])


def render(
    connection: Connection,
    case: queries.Case,
    *,
    sent: Mapping[str, str] | None = None,
    of: str | None = None,
    problem: str | None = None,
    first: str | None = None,
    lost: str = "",
    shows_contact: bool = False,
) -> str:
    """The page.

    Parameters
    ----------
    sent: a form that could not be carried out, `of` this action, because of `problem`.
    first: what somebody else has done before whoever asks, whose words are `lost`.
    shows_contact: with the customer's address.
    """
    stand = standing.look(connection, case.id)
    details = queries.details(connection, case)
    language = details.language or "en"
    templates = offered(connection, case.store_id)
    staff = stand.staff_clocks(now())
    if of is None:
        of, sent = _chosen_template(case, templates, language)
    can = options(
        case.state,
        has_customer=case.answer_id is not None,
        is_answered=staff.first_response.done_at is not None,
        is_own_proposal=_is_own_proposal(stand.log),
    )
    return render_template(
        "cases/case.html",
        case=case,
        stand=stand,
        staff=staff,
        customer=stand.customer_clocks(now()) if case.answer_id is not None else None,
        places=_places(connection, [rung.place_id for rung in stand.rungs]),
        details=details,
        language=language,
        can=can,
        templates=templates,
        filled=FILLED,
        people=people_who_see(connection, [case.store_id]),
        replies=_replies(connection, case),
        stores=_other_stores(connection, case.store_id),
        limit=_may_give(connection, case.id, stand.policy.compensation.currency),
        languages=LANGUAGES,
        attached=attachments.attachments(connection, case.id),
        sizes=attachments,
        together=_together(connection, case.id),
        messages=messages_of_case(connection, case.id),
        proof=_proof(connection, case),
        shows_contact=shows_contact,
        longest=changes.LONGEST_COMMENT,
        nonce=new_nonce(),
        sent=sent or {},
        of=of,
        problem=problem,
        first=first,
        lost=lost,
    )


def _chosen_template(
    case: queries.Case, templates: Sequence[Template], language: str
) -> tuple[str | None, Mapping[str, str] | None]:
    """A reply template that the address names, as if somebody had typed it: no script is needed to fill it in."""
    into, wanted = request.args.get("into", ""), request.args.get("template", type=row_id)
    chosen = next((each for each in templates if each.id == wanted), None)
    if chosen is None or into not in FILLED:
        return None, None
    return into, {"comment": chosen.filled(language, case.store)}


def _replies(connection: Connection, case: queries.Case) -> Sequence[tuple[str, str]]:
    """What the customer said on scales that have no face: the question, and what of how much."""
    found = select(answer.c.replies, survey_version.c.definition).join(
        survey_version, survey_version.c.id == answer.c.version_id
    )
    row = connection.execute(found.where(answer.c.id == case.answer_id)).first()
    if row is None:
        return ()
    scales = msgspec.convert(row.definition, Definition).scales
    shown = [scale for scale in scales if scale.key in row.replies and (scale.kind != "smileys" or scale != scales[0])]
    return [(in_own_language(scale.text), _of(scale, row.replies[scale.key])) for scale in shown]


def _of(scale: Scale, reply: int) -> str:
    """A reply out of the highest that there is."""
    most = scale.buttons - 1 if scale.kind in {"nps", "enps"} else scale.buttons
    number = scale.buttons + 1 - reply if scale.kind == "smileys" else reply
    return str(_("%(reply)s of %(most)s", reply=number, most=most))


def _is_own_proposal(log: Sequence[Row[Any]]) -> bool:
    proposed = next((event for event in reversed(log) if event.kind == "proposed"), None)
    who = viewer()
    return proposed is not None and (proposed.author == who.name or proposed.data.get("account") == who.account_id)


def _places(connection: Connection, place_ids: Sequence[int]) -> Mapping[int, Any]:
    """Names and kinds of the places on the ladder: whoever sees a case may know whose turn it is."""
    found = connection.execute(select(place.c.id, place.c.name, place.c.kind).where(place.c.id.in_(place_ids)))
    return {row.id: row for row in found}


def _may_give(connection: Connection, case_id: int, currency: str) -> Decimal | None:
    """How much more whoever looks may give for a case without asking; None: as much as they like."""
    limit = limit_of(connection, viewer().place_id, currency)
    return limit if limit is None else max(Decimal(0), limit - (resolved_before(connection, case_id).given or 0))


def _other_stores(connection: Connection, store_id: int) -> list[Store]:
    stores = visible_stores(connection, viewer().place_id, limit=MOST_STORES)
    return [store for store in stores if store.id != store_id]


def _together(connection: Connection, case_id: int) -> Sequence[Any]:
    """Cases that belong to this one, as far as whoever asks sees them: linked, or put together with it."""
    linked = select(case_link.c.case_id, case_link.c.other_id).where(
        or_(case_link.c.case_id == case_id, case_link.c.other_id == case_id)
    )
    others = {each for row in connection.execute(linked) for each in row} - {case_id}
    theirs = cases.c.store_id.in_(select(place.c.id).where(ever_below(viewer().place_id)))
    found = select(cases.c.id, cases.c.state, cases.c.merged_into, cases.c.subject).where(
        or_(cases.c.id.in_(others), cases.c.merged_into == case_id), theirs
    )
    return connection.execute(found.order_by(cases.c.id)).all()


def _proof(connection: Connection, case: queries.Case) -> BeforeAndAfter | None:
    """Whether the cure worked, as the customers of the same place say; of a resolved case."""
    if case.state != "resolved":
        return None
    return before_and_after(
        connection, case.store_id, case.touchpoint_id, case.opened_at, case.resolved_at, now(), case.zone
    )
