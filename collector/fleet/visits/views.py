"""The list of what a technician should visit, and how a kiosk was over time."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, now
from collector.fleet.health import rules as health
from collector.fleet.health import words as health_words
from collector.fleet.visits import words as visit_words
from collector.fleet.visits.facts import facts
from collector.fleet.visits.rules import visits as visits_of

pages = Blueprint("visits", __name__, template_folder="templates")
guard(pages)


for spoken in (*health_words.FILTERS, *visit_words.FILTERS, health_words.drawings, health.versions):
    pages.add_app_template_filter(spoken)


@pages.get("/visits")
def visits() -> ResponseReturnValue:
    with database().connect() as connection:
        known = facts(connection, viewer().place_id, now())
    kiosks = sum(len(store.kiosks) for store in known)
    return render_template(
        "fleet/visits.html", visits=visits_of(known, now()), stores=len(known), kiosks=kiosks, now=now()
    )
