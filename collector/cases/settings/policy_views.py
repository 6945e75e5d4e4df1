"""How a place's cases are handled, and when its customers are written to: pages on which the place above says so.

A place's own people read here what holds; those above it, and those at the top, change it. Otherwise a store could
give itself more time, or more to give away.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection, select
from werkzeug.datastructures import MultiDict

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.cases.changes.by_clock import look_again
from collector.cases.people import unknown_names
from collector.cases.rules.policy import CasePolicy
from collector.cases.settings import contact_form, policy_form, policy_words
from collector.cases.settings.typed import UNITS, Values
from collector.contacts.policy import LIFETIMES, ContactPolicy
from collector.current import database, now
from collector.places.queries import Place, visible_above, visible_place
from collector.places.seen import seen_place
from collector.places.tables import place as place_table
from collector.policies.page import as_above, changeable_place, choose, may_change
from collector.policies.queries import Kind, own_policy, policy_at

pages = Blueprint("case_policy", __name__, template_folder="templates")
guard(pages, see="shape")

for spoken in policy_words.FILTERS:
    pages.add_app_template_filter(spoken)
for spoken_of_many in policy_words.SPOKEN:
    pages.add_app_template_global(spoken_of_many)


@dataclass(frozen=True)
class InForce:
    """Where what holds at a place comes from."""

    #: None: nobody has said anything, so the product's defaults hold.
    place_id: int | None
    #: Empty where whoever looks does not see that place.
    place: str = ""
    author: str = ""
    since: datetime | None = None


@pages.get("/places/<int:place_id>/ladder")
def ladder(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        place = seen_place(connection, place_id)
        values = policy_form.shown(policy_at(connection, place_id, "cases", CasePolicy))
        return _ladder_page(connection, place, values)


@pages.post("/places/<int:place_id>/ladder")
def choose_ladder(place_id: int) -> ResponseReturnValue:
    values: Values = MultiDict(request.form.items(multi=True))
    with database().begin() as connection:
        place = changeable_place(connection, place_id)
        if (changed := _reordered(values)) is not None:
            return _ladder_page(connection, place, changed, is_draft=True)
        policy, problems = policy_form.read(values)
        if unknown := unknown_names(connection, policy_form.people_in(values)):
            problems["people"] = _("There is no account called %(names)s.", names=", ".join(unknown))
        if policy is None or problems:
            return _ladder_page(connection, place, values, problems), 422
        if choose(connection, place_id, "cases", policy, _from_now_on(place)):
            look_again(connection, place_id, now())
    return redirect(url_for("case_policy.ladder", place_id=place_id))


@pages.get("/places/<int:place_id>/contacts")
def contacts(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        place = seen_place(connection, place_id)
        values = contact_form.shown(policy_at(connection, place_id, "contacts", ContactPolicy))
        return _contacts_page(connection, place, values)


@pages.post("/places/<int:place_id>/contacts")
def choose_contacts(place_id: int) -> ResponseReturnValue:
    values: Values = MultiDict(request.form.items(multi=True))
    with database().begin() as connection:
        place = changeable_place(connection, place_id)
        policy, problems = contact_form.read(values)
        if policy is None:
            return _contacts_page(connection, place, values, problems), 422
        choose(connection, place_id, "contacts", policy, _from_now_on(place))
    return redirect(url_for("case_policy.contacts", place_id=place_id))


@pages.post("/places/<int:place_id>/ladder/as-above")
def ladder_as_above(place_id: int) -> ResponseReturnValue:
    """From now on that of the place above holds again."""
    with database().begin() as connection:
        changeable_place(connection, place_id)
        if as_above(connection, place_id, "cases"):
            look_again(connection, place_id, now())
    return redirect(url_for("case_policy.ladder", place_id=place_id))


@pages.post("/places/<int:place_id>/contacts/as-above")
def contacts_as_above(place_id: int) -> ResponseReturnValue:
    """From now on that of the place above holds again."""
    with database().begin() as connection:
        changeable_place(connection, place_id)
        as_above(connection, place_id, "contacts")
    return redirect(url_for("case_policy.contacts", place_id=place_id))


def _from_now_on(place: Place) -> str:
    return str(_("From now on this holds at %(place)s and below.", place=place.name))


def _reordered(values: Values) -> Values | None:
    """The form with its steps as a button asked for; None: that was not what was pressed."""
    do, _colon, step = values.get("do", "").partition("-")
    steps: list[int | None] = list(range(policy_form.steps_in(values)))
    at = int(step) if step.isascii() and step.isdigit() and int(step[:3]) < len(steps) else 0
    match do:
        case "add":
            return policy_form.with_steps(values, [*steps, None]) if steps else policy_form.begun(values)
        case "remove":
            return policy_form.with_steps(values, steps[:at] + steps[at + 1 :])
        case "up" if at:
            return policy_form.with_steps(values, [*steps[: at - 1], at, at - 1, *steps[at + 1 :]])
    return None


def _ladder_page(
    connection: Connection,
    place: Place,
    values: Values,
    problems: dict[str, str] | None = None,
    *,
    is_draft: bool = False,
) -> str:
    """The page; `is_draft`: what it shows is not kept yet."""
    return render_template(
        "cases/ladder_policy.html",
        **_around(connection, place, "cases"),
        values=values,
        problems=problems or {},
        is_draft=is_draft,
        steps=policy_form.steps_in(values),
        named=_named_places(connection, place, values),
        form=policy_form,
        units=UNITS,
    )


def _contacts_page(connection: Connection, place: Place, values: Values, problems: dict[str, str] | None = None) -> str:
    around = _around(connection, place, "contacts")
    return render_template(
        "cases/contact_policy.html", **around, values=values, problems=problems or {}, purposes=list(LIFETIMES)
    )


def _around(connection: Connection, place: Place, kind: Kind) -> dict[str, Any]:
    return {
        "place": place,
        "above": visible_above(connection, viewer().place_id, place.id),
        "in_force": _in_force(connection, place, kind),
        "may_change": may_change(connection, place.id),
    }


def _in_force(connection: Connection, place: Place, kind: Kind) -> InForce:
    path = connection.scalars(select(place_table.c.path).where(place_table.c.id == place.id)).one()
    for place_id in reversed(path):
        own = own_policy(connection, place_id, kind)
        if own and own.definition is not None:
            seen = visible_place(connection, viewer().place_id, place_id)
            return InForce(place_id, seen.name if seen else "", own.author if seen else "", own.created_at)
    return InForce(None)


def _named_places(connection: Connection, place: Place, values: Values) -> list[Place]:
    """Places that a step can name: those around the place, and those that the form names already."""
    wanted = {values[f"step-{number}-place"] for number in range(policy_form.steps_in(values))}
    ids = [int(each) for each in wanted if each.isascii() and each.isdigit() and len(each) < 10]
    named = [visible_place(connection, viewer().place_id, each) for each in ids]
    around = [place, *visible_above(connection, viewer().place_id, place.id)]
    found = {each.id: each for each in [*around, *named] if each}
    return list(found.values())
