"""Opening a case by hand: what somebody of the house has seen, where no customer has written."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.cases.changes import NotAllowed
from collector.cases.changes.opening import LONGEST_SUBJECT, open_by_hand
from collector.cases.pages.actions import doer, words
from collector.cases.pages.page import MOST_STORES
from collector.cases.rules.policy import CaseKind
from collector.current import database, row_id, settings
from collector.forms import new_nonce
from collector.places.queries import touchpoints, visible_store, visible_stores

pages = Blueprint("by_hand", __name__, template_folder="templates")
guard(pages, see="act")

#: An alert opens its cases itself.
KINDS: tuple[CaseKind, ...] = ("complaint", "question", "praise")


@pages.get("/cases/new")
def new() -> ResponseReturnValue:
    """The store first, where there are several: its touchpoints are known only then."""
    with database().connect() as connection:
        stores = visible_stores(connection, viewer().place_id, limit=MOST_STORES)
        wanted = request.args.get("store", type=row_id) or (stores[0].id if len(stores) == 1 else None)
        store = visible_store(connection, viewer().place_id, wanted) if wanted else None
        if wanted and store is None:
            abort(404)
        points = touchpoints(connection, store.id) if store else ()
    return _page(stores=stores, store=store, points=points)


@pages.post("/cases/new")
def open_new() -> ResponseReturnValue:
    kind = next((each for each in KINDS if each == request.form.get("kind")), None)
    touchpoint_id = request.form.get("touchpoint", type=row_id)
    if kind is None:
        abort(400)
    with database().begin() as connection:
        store = visible_store(connection, viewer().place_id, request.form.get("store", 0, row_id))
        if store is None:
            abort(404)
        try:
            with connection.begin_nested():
                case_id = open_by_hand(
                    connection,
                    settings(),
                    doer(),
                    store_id=store.id,
                    touchpoint_id=touchpoint_id,
                    kind=kind,
                    subject=words("subject"),
                )
        except NotAllowed as problem:
            return _page(store=store, points=touchpoints(connection, store.id), problem=str(problem)), 422
    return redirect(url_for("cases.case", case_id=case_id))


def _page(**shown: object) -> str:
    return render_template(
        "cases/by_hand.html",
        kinds=KINDS,
        longest=LONGEST_SUBJECT,
        nonce=request.form.get("form") or new_nonce(),
        sent=request.form,
        **shown,
    )
