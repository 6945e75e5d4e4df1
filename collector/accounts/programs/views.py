"""`/tokens`: the programs that sign in at a place and below, and what each of them may."""

from datetime import timedelta

import structlog
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts import tokens as doors
from collector.accounts.guard import guard
from collector.accounts.people.queries import spots
from collector.accounts.programs import queries
from collector.accounts.viewer import viewer
from collector.audit.log import note
from collector.current import database, now, row_id
from collector.forms import line
from collector.undo import said_with_undo

log = structlog.get_logger()

pages = Blueprint("tokens", __name__, template_folder="templates")
guard(pages, see="people")

LONGEST_NAME = 60
#: For how many days a token can be good; 0: until somebody ends it.
LIFETIMES = (30, 90, 365, 0)


@pages.get("/tokens")
def tokens() -> ResponseReturnValue:
    with database().connect() as connection:
        return _page(connection)


@pages.post("/tokens")
def make() -> ResponseReturnValue:
    """A new token, shown this once."""
    name = line(request.form.get("name", ""))
    scopes = [scope for scope in doors.gives(viewer().rights) if scope in request.form.getlist("scope")]
    place_id, days = request.form.get("place", type=row_id), request.form.get("days", type=int)
    problems = {}
    if not 1 <= len(name) <= LONGEST_NAME:
        problems["name"] = _("Say what it is for, in at most %(count)s letters.", count=LONGEST_NAME)
    if not scopes:
        problems["scope"] = _("Choose what it may do, one thing at least.")
    with database().begin() as connection:
        if place_id not in {each.id for each in spots(connection, viewer().place_id)}:
            problems["place"] = _("Choose one of these places.")
        if days not in LIFETIMES:
            problems["days"] = _("Choose one of these times.")
        if problems or place_id is None:
            return _page(connection, problems), 422
        lifetime = timedelta(days=days) if days else None
        token = doors.make_token(connection, name, scopes, place_id, author=viewer().name, lifetime=lifetime)
        number = queries.number_of(connection, token)
        note(connection, viewer().name, "made-token", f"tokens/{number}", place_id)
    log.info("token made", token=number, by=viewer().account_id)
    return render_template("programs/made.html", name=name, token=token)


@pages.post("/tokens/<int:token_id>/end")
def end(token_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        token = queries.one_token(connection, viewer().place_id, token_id)
        if token is None:
            abort(404)
        queries.end(connection, token_id, now())
        note(connection, viewer().name, "ended-token", f"tokens/{token_id}", token.place_id)
    said_with_undo(_("“%(name)s” lets nobody in any more.", name=token.name), "tokens.bring_back", token_id=token_id)
    return redirect(url_for("tokens.tokens"))


@pages.post("/tokens/<int:token_id>/back")
def bring_back(token_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        token = queries.one_token(connection, viewer().place_id, token_id, ended_at=now())
        if token is None:  # gone for good
            abort(404)
        if queries.bring_back(connection, token_id, now()):
            note(connection, viewer().name, "brought-back", f"tokens/{token_id}", token.place_id)
            flash(_("“%(name)s” lets in again, as before.", name=token.name))
    return redirect(url_for("tokens.tokens"))


def _page(connection: Connection, problems: dict[str, str] | None = None) -> str:
    return render_template(
        "programs/tokens.html",
        tokens=queries.tokens(connection, viewer().place_id),
        ended=queries.tokens(connection, viewer().place_id, ended_at=now()),
        spots=spots(connection, viewer().place_id),
        scopes=doors.gives(viewer().rights),
        lifetimes=LIFETIMES,
        longest=LONGEST_NAME,
        problems=problems or {},
    )
