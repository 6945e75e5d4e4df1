"""Printing from the console: a review slip from the store page, and the print jobs of a store."""

import contextlib

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import LAST_PAGE, database, now, settings
from collector.forms import sent_key
from collector.places.queries import Store, visible_store
from collector.queue.queries import resolve_unknown
from collector.slips import queries, words
from collector.slips.review import issue_review_slip
from collector.slips.spool import print_again

pages = Blueprint("slips", __name__, template_folder="templates")
guard(pages, change="act")

PAGE = 50

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)


@pages.post("/stores/<int:store_id>/printers/<int:printer_id>/slips")
def print_review_slip(store_id: int, printer_id: int) -> ResponseReturnValue:
    key = f"console/{printer_id}/{sent_key()}"
    with database().begin() as connection:
        _store(connection, store_id)
        try:
            issue_review_slip(connection, settings(), store_id, printer_id, key=key, now=now())
        except LookupError:
            abort(404)
    return redirect(url_for("console.store", store_id=store_id, _anchor=f"printer-{printer_id}"))


@pages.get("/stores/<int:store_id>/print-jobs")
def print_jobs(store_id: int) -> ResponseReturnValue:
    page = min(max(1, request.args.get("page", 1, int)), LAST_PAGE)
    with database().connect() as connection:
        store = _store(connection, store_id)
        printers = queries.visible_printers(connection, viewer().place_id, now(), store_id=store_id, with_retired=True)
        found = queries.newest(connection, printers, limit=PAGE + 1, offset=(page - 1) * PAGE)
    return render_template(
        "slips/print_jobs.html",
        store=store,
        found=found[:PAGE],
        shown={job.id for job in found[:PAGE]},
        page=page,
        has_more=len(found) > PAGE,
    )


@pages.post("/print-jobs/<int:job_id>/printed")
def it_printed(job_id: int) -> ResponseReturnValue:
    """Somebody has looked at the printer: the slip is there."""
    with database().begin() as connection:
        job = _visible(connection, job_id)
        done = resolve_unknown(connection, job_id, viewer().name, printed=True, now=now())
    return _back(job, done)


@pages.post("/print-jobs/<int:job_id>/not-printed")
def it_did_not(job_id: int) -> ResponseReturnValue:
    """Somebody has looked at the printer: the slip is not there, and is wanted."""
    key = sent_key()
    with database().begin() as connection:
        job = _visible(connection, job_id)
        # Of two who say so, one prints. At a printer that was taken away nobody does.
        done = resolve_unknown(connection, job_id, viewer().name, printed=False, now=now())
        if done:
            with contextlib.suppress(LookupError):
                print_again(connection, job_id, key=key, now=now())
    return _back(job, done)


@pages.post("/print-jobs/<int:job_id>/again")
def again(job_id: int) -> ResponseReturnValue:
    key = sent_key()
    with database().begin() as connection:
        queries.lock_print_job(connection, job_id)
        job = _visible(connection, job_id)
        if done := job.may_be_printed_again:
            try:
                print_again(connection, job_id, key=key, now=now())
            except LookupError:  # the printer was taken away just now
                done = False
    return _back(job, done)


def _store(connection: Connection, store_id: int) -> Store:
    store = visible_store(connection, viewer().place_id, store_id)
    if store is None:
        abort(404)
    return store


def _visible(connection: Connection, job_id: int) -> queries.PrintJob:
    job = queries.visible_print_job(connection, viewer().place_id, job_id, now())
    if job is None:
        abort(404)
    return job


def _back(job: queries.PrintJob, done: bool) -> ResponseReturnValue:
    if not done:
        flash(_("This was settled already. This is how it stands now."))
    return redirect(url_for("slips.print_jobs", store_id=job.printer.store_id))
