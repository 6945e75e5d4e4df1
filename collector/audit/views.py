"""The console's page of the audit log."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.audit import words
from collector.audit.log import ACTIONS, KINDS, entries
from collector.current import database

pages = Blueprint("audit", __name__, template_folder="templates")
guard(pages, see="people")

PAGE = 50

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)


@pages.get("/audit")
def log() -> ResponseReturnValue:
    action = request.args.get("action")
    action = action if action in ACTIONS else None
    kind = next((each for each in KINDS if each == request.args.get("kind")), None)
    before = request.args.get("before", type=int)
    before = before if before is not None and 0 < before < 2**31 else None
    with database().connect() as connection:
        found = entries(connection, viewer().place_id, action=action, kind=kind, before=before, limit=PAGE + 1)
    return render_template(
        "audit/log.html",
        entries=found[:PAGE],
        more=len(found) > PAGE,
        kinds=(None, *KINDS),
        kind=kind,
        action=action,
        before=before,
    )
