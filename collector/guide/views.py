"""The guide's page, and the test message that it sends."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.console.navigation import navigation
from collector.contacts.messages import tell_staff
from collector.current import database, now, settings
from collector.forms import sent_key
from collector.guide import organisation as own
from collector.guide import proofs
from collector.guide.sample import make_sample, may_have_sample
from collector.guide.steps import steps
from collector.places.editor.forms import ZONES
from collector.places.queries import visible_place
from collector.undo import said_with_undo
from printer.slip import LANGUAGES

pages = Blueprint("guide", __name__, template_folder="templates")
guard(pages, see="admin")


@pages.get("/set-up")
def guide() -> ResponseReturnValue:
    with database().connect() as connection:
        found = steps(connection, settings(), viewer().place_id, now())
        mail_left = proofs.test_mail_left(connection, settings())
        can_sample = may_have_sample(connection, viewer().place_id)
        put_away = proofs.proof(connection, proofs.put_away_of(viewer().place_id))
    first = next((each for each in found if each.state == "open"), None)
    return render_template(
        "guide/guide.html",
        steps=found,
        first=first,
        can_test=bool(settings().smtp),
        mail_left=mail_left,
        can_sample=can_sample,
        put_away=put_away,
    )


@pages.app_template_global()
def steps_to_remind_of() -> int:
    """How many steps are open, on the start page of whoever sets up; 0 elsewhere, and where they were put away."""
    ways = navigation()
    if ways is None or request.path != ways.home or not viewer().may("admin"):
        return 0
    top = viewer().place_id
    with database().connect() as connection:
        if proofs.proof(connection, proofs.put_away_of(top)):
            return 0
        return sum(each.state == "open" for each in steps(connection, settings(), top, now()))


@pages.post("/set-up/put-away")
def put_away() -> ResponseReturnValue:
    with database().begin() as connection:
        proofs.prove(connection, proofs.put_away_of(viewer().place_id), viewer().name, now())
    said_with_undo(_("The start page does not speak of them any more."), "guide.show_again")
    return redirect(url_for("guide.guide"))


@pages.post("/set-up/show-again")
def show_again() -> ResponseReturnValue:
    with database().begin() as connection:
        proofs.take_back(connection, proofs.put_away_of(viewer().place_id))
    return redirect(url_for("guide.guide"))


@pages.route("/set-up/organisation", methods=["GET", "POST"])
def organisation() -> ResponseReturnValue:
    """Its name, time zone, language and currency, all on one page."""
    place_id = viewer().place_id
    with database().begin() as connection:
        here = visible_place(connection, place_id, place_id)
        if here is None or here.kind != "organisation":
            abort(404)
        if request.method == "GET":
            stands = own.organisation_of(connection, place_id)
            return _organisation_page(own.OrganisationForm(dict(vars(stands))))
        wanted, form = own.read(request.form)
        if wanted is None:
            return _organisation_page(form), 422
        own.keep(connection, place_id, wanted, viewer().name)
        proofs.prove(connection, proofs.ORGANISATION, viewer().name, now())
    flash(_("Kept."))
    return redirect(url_for("guide.guide", _anchor="organisation"))


def _organisation_page(form: own.OrganisationForm) -> str:
    return render_template("guide/organisation.html", form=form, zones=ZONES, languages=LANGUAGES)


@pages.post("/set-up/sample")
def sample() -> ResponseReturnValue:
    with database().begin() as connection:
        is_made = make_sample(connection, viewer().place_id, viewer().name)
    flash(_("The sample is there.") if is_made else _("There is a store already."))
    return redirect(url_for("guide.guide", _anchor="places"))


@pages.post("/set-up/test-message")
def test_message() -> ResponseReturnValue:
    """To whoever asks, at the address of their account."""
    key, account_id = sent_key(), viewer().account_id
    with database().begin() as connection:
        if account_id is None:
            abort(404)
        told = tell_staff(
            connection,
            settings(),
            account_ids=[account_id],
            what="test",
            store_id=viewer().place_id,
            key=f"test/{key}",
            now=now(),
        )
    if told:
        flash(_("It is on its way. Messages says what becomes of it."))
    else:
        flash(_("Your account has no e-mail address yet. Write one, then try again."))
        return redirect(url_for("accounts.own_account"))
    return redirect(url_for("guide.guide", _anchor="mail"))


@pages.post("/set-up/mail-came")
def mail_came() -> ResponseReturnValue:
    """Somebody has the test message in front of them."""
    with database().begin() as connection:
        if proofs.test_mail_left(connection, settings()) is None:
            abort(404)
        proofs.prove(connection, proofs.mail_of(settings()), viewer().name, now())
    return redirect(url_for("guide.guide", _anchor="mail"))
