"""The pages of surveys: what is asked where, one survey with its draft and versions, making one, taking one back."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection, select
from sqlalchemy.exc import NoResultFound

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, now, row_id
from collector.places.queries import Place, touchpoints, visible_above, visible_place
from collector.places.seen import seen_place
from collector.sentences.words import translated
from collector.surveys import publish as publishing
from collector.surveys.default import DEFINITION
from collector.surveys.definition import Definition
from collector.surveys.editor import forms, words
from collector.surveys.editor.against import gaps
from collector.surveys.editor.edit import for_staff
from collector.surveys.editor.starts import KINDS
from collector.surveys.queries import Survey, survey_at
from collector.surveys.schedule import Schedule, holds
from collector.surveys.tables import survey
from collector.surveys.versions import Listed, one_survey, surveys_of
from collector.undo import said_with_undo

pages = Blueprint(
    "surveys", __name__, template_folder="templates", static_folder="static", static_url_path="/static/surveys"
)
guard(pages, see="shape")

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)


@pages.get("/surveys")
def home() -> ResponseReturnValue:
    return of_place(viewer().place_id)


@pages.get("/places/<int:place_id>/surveys")
def of_place(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        place = seen_place(connection, place_id)
        above = visible_above(connection, viewer().place_id, place_id)
        found = surveys_of(connection, place_id, with_retired=True)
        asked = _asked(connection, place, found)
    return render_template(
        "surveys/surveys.html",
        place=place,
        asked=asked,
        surveys=[each for each in found if not each.retired_at],
        retired=[each for each in found if each.retired_at and each.is_ours],
        above=above,
        holding={each.id for each in found if holds(each.schedule, now(), place.zone.key)},
    )


@pages.route("/places/<int:place_id>/surveys/new", methods=["GET", "POST"])
def new(place_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        place = seen_place(connection, place_id)
        here = touchpoints(connection, place_id)
        copies = [each for each in surveys_of(connection, place_id) if each.versions]
        problems: dict[str, str] = {}
        if request.method == "POST":
            try:
                made = _make(connection, place, {each.id: each.audience for each in here}, copies)
            except forms.NotYet as reason:
                problems = dict(reason.problems)
            else:
                return redirect(url_for("surveys.one", survey_id=made))
    page = render_template(
        "surveys/new.html",
        place=place,
        touchpoints=here,
        copies=copies,
        typed=request.form,
        nonce=secrets.token_urlsafe(16),
        problems=problems,
        longest=publishing.LONGEST_NAME,
    )
    return page, 422 if problems else 200


@pages.get("/surveys/<int:survey_id>")
def one(survey_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        found = one_survey(connection, viewer().place_id, survey_id) or abort(404)
        place = visible_place(connection, viewer().place_id, found.place_id)
    shown = found.draft or found.published
    g.shows_frame = True
    return render_template(
        "surveys/survey.html",
        survey=found,
        # None: of a place above.
        place=place,
        zone=place.zone if place else None,
        definition=shown.definition if shown else None,
        gaps=gaps(shown.definition) if shown else {},
        kinds=KINDS[found.audience],
        is_holding=place is None or holds(found.schedule, now(), place.zone.key),
    )


@pages.route("/surveys/<int:survey_id>/settings", methods=["GET", "POST"])
def settings(survey_id: int) -> ResponseReturnValue:
    """What it is called, and when it is asked."""
    problems: dict[str, str] = {}
    with database().begin() as connection:
        found = ours(connection, survey_id)
        if request.method == "POST":
            try:
                name, schedule = forms.name(request.form), forms.schedule(request.form)
            except forms.NotYet as reason:
                problems = dict(reason.problems)
            else:
                publishing.rename(connection, survey_id, name)
                try:
                    publishing.change_schedule(connection, survey_id, schedule)
                except publishing.NothingLeft as reason:
                    flash(str(reason))
                return redirect(url_for("surveys.one", survey_id=survey_id))
    page = render_template(
        "surveys/settings.html", survey=found, problems=problems, typed=request.form, longest=publishing.LONGEST_NAME
    )
    return page, 422 if problems else 200


@pages.post("/surveys/<int:survey_id>/publish")
def publish(survey_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        found = ours(connection, survey_id)
        draft = found.draft
        # What somebody has looked at is published, and not what has been written since.
        if draft is None or words.draft_digest(draft) != request.form.get("seen"):
            flash(_("The survey has changed since you looked at it. This is how it stands now."))
        else:
            try:
                publishing.publish(connection, draft.id, now(), viewer().place_id, by=viewer().name)
                flash(_("From now on this is asked."))
            except publishing.Unpublishable as reason:
                flash(translated(str(reason)))
    return redirect(url_for("surveys.one", survey_id=survey_id))


@pages.post("/surveys/<int:survey_id>/discard")
def discard(survey_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        ours(connection, survey_id)
        if publishing.discard_draft(connection, survey_id):
            said_with_undo(_("The changes are thrown away."), "surveys.bring_draft_back", survey_id=survey_id)
    return redirect(url_for("surveys.one", survey_id=survey_id))


@pages.post("/surveys/<int:survey_id>/draft/back")
def bring_draft_back(survey_id: int) -> ResponseReturnValue:
    """What was last taken out of the draft, or thrown away."""
    with database().begin() as connection:
        ours(connection, survey_id)
        if not publishing.bring_draft_back(connection, survey_id, viewer().name):
            flash(_("The survey has been changed since. This is how it stands now."))
    return redirect(url_for("surveys.one", survey_id=survey_id))


@pages.post("/surveys/<int:survey_id>/retire")
def retire(survey_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        found = ours(connection, survey_id)
        try:
            if publishing.retire(connection, survey_id, now(), viewer().name):
                said = _("“%(name)s” is asked no more. Its answers stay.", name=found.name)
                said_with_undo(said, "surveys.bring_back", survey_id=survey_id)
        except publishing.NothingLeft as reason:
            flash(str(reason))
        return redirect(url_for("surveys.of_place", place_id=found.place_id))


@pages.post("/surveys/<int:survey_id>/back")
def bring_back(survey_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        connection.execute(select(survey.c.id).where(survey.c.id == survey_id).with_for_update())
        found = one_survey(connection, viewer().place_id, survey_id)
        if found is None or not found.is_ours:
            abort(404)
        if publishing.bring_back(connection, survey_id, viewer().name):
            flash(_("“%(name)s” is asked again.", name=found.name))
    return redirect(url_for("surveys.one", survey_id=survey_id))


@pages.post("/surveys/<int:survey_id>/versions/<int:version>/take-up")
def take_up(survey_id: int, version: int) -> ResponseReturnValue:
    """Have an earlier version as the draft."""
    with database().begin() as connection:
        found = ours(connection, survey_id)
        earlier = next((each for each in found.versions if each.version == version and each.published_at), None)
        if earlier is None:
            abort(404)
        had_draft = found.draft is not None
        publishing.save_draft(connection, survey_id, earlier.definition, viewer().name, puts_aside=had_draft)
    if had_draft:
        said = _("Version %(number)s is the draft now.", number=version)
        said_with_undo(said, "surveys.bring_draft_back", survey_id=survey_id)
    return redirect(url_for("surveys.one", survey_id=survey_id))


def ours(connection: Connection, survey_id: int) -> Listed:
    """A survey that whoever asks may change, with nobody else changing it meanwhile."""
    connection.execute(select(survey.c.id).where(survey.c.id == survey_id).with_for_update())
    found = one_survey(connection, viewer().place_id, survey_id)
    if found is None or not found.is_ours or found.retired_at:
        abort(404)
    return found


@dataclass(frozen=True)
class Asked:
    """What is asked somewhere now, and whose survey it is."""

    #: None: at the place itself.
    touchpoint: str | None
    audience: str
    #: None: nothing.
    survey: Survey | None
    #: The place that it comes from.
    place: str | None


def _asked(connection: Connection, place: Place, known: Sequence[Listed]) -> list[Asked]:
    """What is asked at a place, and at its touchpoints where that is something else."""
    names = {each.id: each.place for each in known}
    found: list[Asked] = []
    spots: list[tuple[int | None, str | None, str]] = [(None, None, "customers")]
    spots += [(each.id, each.name, each.audience) for each in touchpoints(connection, place.id)]
    for touchpoint_id, name, audience in spots:
        try:
            asked = survey_at(connection, place.id, now(), touchpoint_id)
        except NoResultFound:
            asked = None
        if found and audience == "customers" and asked == found[0].survey:
            continue
        found.append(Asked(name, audience, asked, names.get(asked.survey_id) if asked else None))
    return found


def _make(connection: Connection, place: Place, here: dict[int, str], copies: Sequence[Listed]) -> int:
    """The survey that the form asks for; returns its id."""
    typed = request.form
    name = forms.name(typed)
    touchpoint_id = typed.get("touchpoint", type=row_id)
    if touchpoint_id is not None and touchpoint_id not in here:
        abort(400)
    audience = here[touchpoint_id] if touchpoint_id is not None else typed.get("audience", "customers")
    if audience not in KINDS:
        abort(400)
    start = _start(audience, next((each for each in copies if each.id == typed.get("copy", type=row_id)), None))
    return publishing.make_survey(
        connection,
        place.id,
        name=name,
        audience=audience,
        touchpoint_id=touchpoint_id,
        schedule=Schedule(),
        definition=start,
        author=viewer().name,
        key=_key(),
    )


def _key() -> str | None:
    """What makes a second tap the same survey: the form, and all that was typed into it."""
    if not request.form.get("form"):
        return None
    fields = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    return f"form/{hashlib.sha256(repr((request.path, fields)).encode()).hexdigest()}"


def _start(audience: str, copied: Listed | None) -> Definition:
    if copied is not None and copied.audience == audience and copied.versions:
        return (copied.published or copied.versions[0]).definition
    return for_staff() if audience == "staff" else DEFINITION
