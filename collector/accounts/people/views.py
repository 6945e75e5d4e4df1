"""`/people`: who may sign in at a place and below, and what is done about that."""

from collections.abc import Callable

import structlog
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.people import changes, queries, words
from collector.accounts.people.forms import LONGEST_NAME, PersonForm, Typed, read
from collector.accounts.people.invitation import can_mail, invite_by_mail, link_for
from collector.accounts.people.queries import Person
from collector.accounts.people.rules import GIVES, may_look_after
from collector.accounts.programs.queries import tokens
from collector.accounts.reach import LONGEST_ADDRESS
from collector.accounts.roles import Role
from collector.accounts.viewer import viewer
from collector.current import LAST_PAGE, database, now, settings
from collector.forms import line, sent_key
from collector.surveys.definition import LANGUAGES
from collector.undo import said_with_undo

log = structlog.get_logger()

pages = Blueprint("people", __name__, template_folder="templates")
guard(pages, see="people")

PAGE = 50
LONGEST_SEARCH = 100

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)


@pages.get("/people")
def people() -> ResponseReturnValue:
    asked = line(request.args.get("q", ""))[:LONGEST_SEARCH]
    ended = request.args.get("ended") == "1"
    with database().connect() as connection:
        count = queries.count_people(connection, viewer().place_id, asked, ended=ended)
        last = max(1, -(-min(count, PAGE * LAST_PAGE) // PAGE))
        page = min(max(1, request.args.get("page", 1, int)), last)
        found = queries.people(connection, viewer().place_id, asked, ended=ended, offset=(page - 1) * PAGE, limit=PAGE)
    return render_template(
        "people/people.html", people=found, count=count, words=asked, ended=ended, page=page, last=last
    )


@pages.route("/people/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    with database().begin() as connection:
        spots = queries.spots(connection, viewer().place_id)
        if request.method == "GET":
            empty = PersonForm(place=str(viewer().place_id), role=_gives()[0], language=viewer().language)
            return _new_page(spots, empty)
        typed, form = read(request.form, _gives(), {each.id for each in spots})
        if typed is None:
            return _new_page(spots, form), 422
        newcomer = changes.Newcomer(typed.name, typed.role, typed.place_id, typed.reach)
        try:
            made = changes.add(connection, newcomer, viewer().name)
        except changes.NameTaken:
            form.problems["name"] = _("Somebody has this name already. Take another, for example with the store in it.")
            return _new_page(spots, form), 422
        except changes.LooksAlike:
            form.problems["name"] = _("Somebody has a name that looks like this one. Take one that is told apart.")
            return _new_page(spots, form), 422
        them = _visible(connection, made)
        return _invite(connection, them, sent_key(), by_mail=_can_mail(them))


@pages.route("/people/<int:person_id>", methods=["GET", "POST"])
def person(person_id: int) -> ResponseReturnValue:
    if request.method == "GET":
        with database().connect() as connection:
            return _page(connection, _visible(connection, person_id))
    with database().begin() as connection:
        them = _theirs(connection, person_id)
        spots = queries.spots(connection, viewer().place_id)
        typed, form = read({**request.form, "name": them.name}, _gives(), {each.id for each in spots}, is_known=True)
        if typed is None:
            return _page(connection, them, form), 422
        return _after(connection, them, lambda: _change(connection, them, typed), _("Kept."))


@pages.post("/people/<int:person_id>/end")
def end(person_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        them = _theirs(connection, person_id)
        said = _("%(name)s does not sign in any more. What they did stays.", name=them.name)
        return _after(
            connection, them, lambda: changes.end(connection, them, viewer().name), said, undo="people.bring_back"
        )


@pages.post("/people/<int:person_id>/bring-back")
def bring_back(person_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        them = _theirs(connection, person_id)
        said = _("%(name)s may sign in again, as before.", name=them.name)
        return _after(connection, them, lambda: changes.bring_back(connection, them, viewer().name), said)


@pages.post("/people/<int:person_id>/sign-out")
def sign_out(person_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        them = _theirs(connection, person_id)
        changes.sign_out(connection, them, viewer().name)
    flash(_("%(name)s is signed out on all devices.", name=them.name))
    return redirect(url_for("people.person", person_id=person_id))


@pages.post("/people/<int:person_id>/let-in")
def let_in(person_id: int) -> ResponseReturnValue:
    """A new invitation: for one that came too late, a password that was forgotten, a telephone that is lost."""
    with database().begin() as connection:
        them = _theirs(connection, person_id)
        if them.ended_at or them.role == "email-only":
            abort(409)
        by_mail = _can_mail(them) and "show" not in request.form
        try:
            changes.let_in_anew(connection, them, viewer().name, is_handed_over=not by_mail)
        except changes.LastAdmin:
            return _page(connection, them, against=_last_admin(them)), 409
        return _invite(connection, them, sent_key(), by_mail=by_mail)


def _invite(connection: Connection, them: Person, key: str, *, by_mail: bool) -> ResponseReturnValue:
    """Send somebody their link, or show it once."""
    log.info("invited", account=them.id, by=viewer().account_id)
    if them.role == "email-only":
        flash(_("%(name)s gets e-mail from now on.", name=them.name))
    elif by_mail:
        invite_by_mail(connection, settings(), them, key, now())
        flash(_("%(name)s is invited: the link goes to %(address)s.", name=them.name, address=them.email))
    else:
        return render_template("people/link.html", person=them, address=link_for(connection, settings(), them))
    return redirect(url_for("people.person", person_id=them.id))


def _change(connection: Connection, them: Person, typed: Typed) -> bool:
    return changes.change(connection, settings(), them, typed.role, typed.place_id, typed.reach, viewer().name)


def _after(
    connection: Connection, them: Person, change: Callable[[], bool], said: str, undo: str = ""
) -> ResponseReturnValue:
    """Make a change and say so; or why it was not made.

    Parameters
    ----------
    undo: the view that takes the change back.
    """
    try:
        with connection.begin_nested():
            done = change()
    except changes.LastAdmin:
        return _page(connection, them, against=_last_admin(them)), 409
    if done and undo:
        said_with_undo(said, undo, person_id=them.id)
    else:
        flash(said if done else _("Somebody has just changed that. Look again."))
    return redirect(url_for("people.person", person_id=them.id))


def _last_admin(them: Person) -> str:
    words: str = _(
        "%(name)s is the last admin of %(place)s who can sign in. Make somebody else admin first.",
        name=them.name,
        place=them.place,
    )
    return words


def _can_mail(them: Person) -> bool:
    return them.email is not None and can_mail(settings())


def _gives() -> tuple[Role, ...]:
    """The roles that whoever asks may give."""
    role = viewer().role
    return tuple(GIVES[role]) if role else ()


def _visible(connection: Connection, person_id: int) -> Person:
    return queries.one_person(connection, viewer().place_id, person_id) or abort(404)


def _theirs(connection: Connection, person_id: int) -> Person:
    """Somebody whom whoever asks looks after."""
    them = _visible(connection, person_id)
    if not _looks_after(them):
        abort(403)
    return them


def _looks_after(them: Person) -> bool:
    role = viewer().role
    return role is not None and may_look_after(role, them.role)


def _new_page(spots: list[queries.Spot], form: PersonForm) -> str:
    return render_template("people/new.html", form=form, spots=spots, mails=can_mail(settings()), **_limits())


def _page(connection: Connection, them: Person, form: PersonForm | None = None, against: str | None = None) -> str:
    own = PersonForm(them.name, them.role, str(them.place_id), them.email or "", them.phone or "", them.language)
    return render_template(
        "people/person.html",
        person=them,
        form=form or own,
        against=against,
        is_ours=_looks_after(them),
        spots=queries.spots(connection, viewer().place_id),
        mails=_can_mail(them),
        tokens=[each for each in tokens(connection, viewer().place_id) if each.author == them.name],
        **_limits(),
    )


def _limits() -> dict[str, object]:
    return {"roles": _gives(), "languages": LANGUAGES, "longest": LONGEST_ADDRESS, "longest_name": LONGEST_NAME}
