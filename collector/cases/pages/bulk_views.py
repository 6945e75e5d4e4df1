"""What is done to several cases at once: the page with those that somebody chose, and the report of what was done."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.cases import changes, queries
from collector.cases.changes import Doer
from collector.cases.pages import bulk
from collector.cases.pages.actions import ACTIONS, doer
from collector.cases.people import people_who_see
from collector.cases.rules.policy import CasePolicy
from collector.current import database, settings
from collector.forms import new_nonce
from collector.policies.queries import policy_at

pages = Blueprint("bulk", __name__, template_folder="templates")
guard(pages, see="act")


@pages.get("/cases/chosen")
def chosen() -> ResponseReturnValue:
    """Those that somebody ticked, and what can be done to them."""
    with database().connect() as connection:
        found = _visible(connection, request.args.getlist("case"))
        if not found:
            flash(_("Choose some cases first: tick the boxes before them."))
            return redirect(url_for("cases.cases"))
        people = people_who_see(connection, {case.store_id for case in found})
        policy = policy_at(connection, viewer().place_id, "cases", CasePolicy)
    return render_template(
        "cases/chosen.html",
        cases=found,
        people=people,
        root_causes=policy.root_causes,
        longest=changes.LONGEST_COMMENT,
        nonce=new_nonce(),
    )


@pages.post("/cases/chosen/<any(take, assign, resolve, merge):action>")
def act(action: str) -> ResponseReturnValue:
    with database().connect() as connection:
        found = _visible(connection, request.form.getlist("case"))
    ids = [case.id for case in found]
    if action == "merge":
        # Whatever they are put together in is not put together with itself.
        into = min(ids, default=0)
        outcomes = bulk.each_of(database(), [each for each in ids if each != into], doer(), _into(into))
    else:
        outcomes = bulk.each_of(database(), ids, doer(), ACTIONS[action])
    return render_template(
        "cases/report.html", action=action, cases={case.id: case for case in found}, outcomes=outcomes
    )


def _into(case_id: int) -> bulk.Change:
    def merge(connection: Connection, other_id: int, by: Doer) -> bool:
        return changes.merge(connection, settings(), other_id, by, case_id)

    return merge


def _visible(connection: Connection, typed: Sequence[str]) -> list[queries.Case]:
    """The cases of these numbers that whoever asks sees, in their order."""
    ids = [int(each) for each in dict.fromkeys(typed) if each.isascii() and each.isdigit() and len(each) < 10]
    found = [queries.visible_case(connection, viewer().place_id, each) for each in ids[: bulk.MOST]]
    return [case for case in found if case]
