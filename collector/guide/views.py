"""The guide's page, and the test message that it sends."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.contacts.messages import tell_staff
from collector.current import database, now, settings
from collector.forms import sent_key
from collector.guide.sample import make_sample, may_have_sample
from collector.guide.steps import steps
from collector.places.queries import visible_stores

pages = Blueprint("guide", __name__, template_folder="templates")
guard(pages, see="admin")


@pages.get("/set-up")
def guide() -> ResponseReturnValue:
    with database().connect() as connection:
        found = steps(connection, settings(), viewer().place_id, now())
        can_test = bool(visible_stores(connection, viewer().place_id, limit=1)) and bool(settings().smtp)
        can_sample = may_have_sample(connection, viewer().place_id)
    first = next((each for each in found if each.state == "open"), None)
    return render_template("guide/guide.html", steps=found, first=first, can_test=can_test, can_sample=can_sample)


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
        stores = visible_stores(connection, viewer().place_id, limit=1)
        if not stores or account_id is None:
            abort(404)
        told = tell_staff(
            connection,
            settings(),
            account_ids=[account_id],
            what="test",
            store_id=stores[0].id,
            key=f"test/{key}",
            now=now(),
        )
    if told:
        flash(_("It is on its way. Messages says what becomes of it."))
    else:
        flash(_("Your account has no e-mail address yet. Write one, then try again."))
        return redirect(url_for("accounts.own_account"))
    return redirect(url_for("guide.guide", _anchor="mail"))
