"""The console's pages of personal data: what is kept, whose it is, and its way out.

An address is typed into a form and stands in no link: what is found is shown as the answer to that form, and goes on
under the digest that stands for the address.
"""

import json
import re

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.addresses import NoAddress
from collector.current import LAST_PAGE, database, now, settings
from collector.personal import erase as erasing
from collector.personal import register as kept
from collector.personal.export import export as exported
from collector.personal.find import LONGEST, find
from collector.personal.person import Person, of_digest, subjects, visible_customer_of

pages = Blueprint("personal", __name__, template_folder="templates")
guard(pages, see="personal")

PAGE = 50

_DIGEST = re.compile(r"[0-9a-f]{64}")


@pages.get("/personal")
def register() -> ResponseReturnValue:
    place_id = viewer().place_id
    with database().connect() as connection:
        summary = kept.summary(connection, place_id)
        last = min(max(1, -(-summary["contacts"].count // PAGE)), LAST_PAGE)
        page = min(max(1, request.args.get("page", 1, int)), last)
        found = kept.contacts(connection, place_id, offset=(page - 1) * PAGE, limit=PAGE)
    return render_template("personal/register.html", summary=summary, contacts=found, page=page, last_page=last)


@pages.post("/personal")
def look_for() -> ResponseReturnValue:
    typed = request.form.get("who", "")[:LONGEST].strip()
    try:
        with database().connect() as connection:
            person = find(connection, settings(), viewer().place_id, typed, now())
            if person is not None and person.is_known:
                return _shown(connection, person)
    except NoAddress:
        flash(_("Write an e-mail address, a telephone number with its country, or a case: #184 or its link."))
    else:
        flash(_("Nothing is kept of this customer here."))
    return redirect(url_for("personal.register"))


@pages.get("/personal/cases/<int:case_id>")
def of_case(case_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        return _shown(connection, visible_customer_of(connection, viewer().place_id, case_id) or abort(404))


@pages.post("/personal/export")
def export() -> ResponseReturnValue:
    with database().begin() as connection:
        document = exported(connection, _meant(connection), viewer().name, now())
    response = make_response(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Disposition"] = "attachment; filename=personal-data.json"
    return response


@pages.post("/personal/erase")
def erase() -> ResponseReturnValue:
    with database().begin() as connection:
        person = _meant(connection)
        if not request.form.get("sure"):
            flash(_("Nothing was erased: tick that you are sure, then erase."))
            return _shown(connection, person)
        erased = erasing.erase(connection, settings(), person, viewer().name, now())
    flash(
        _("Erased. The ratings stay: they say nothing of whom they come from.")
        if erased
        else _("There was nothing left to erase.")
    )
    return redirect(url_for("personal.register"))


def _meant(connection: Connection) -> Person:
    """Whom the form means, as far as its viewer sees of them."""
    known, case = request.form.get("digest", ""), request.form.get("case", 0, int)
    if _DIGEST.fullmatch(known):
        person: Person | None = of_digest(connection, viewer().place_id, bytes.fromhex(known))
    else:
        person = visible_customer_of(connection, viewer().place_id, case) if 0 < case < 2**31 else None
    return person if person is not None and person.is_known else abort(404)


def _shown(connection: Connection, person: Person) -> str:
    return render_template("personal/person.html", person=person, subjects=subjects(connection, person))
