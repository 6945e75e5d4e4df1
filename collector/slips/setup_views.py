"""The printers of a store: each with how it is, and the forms in which somebody sets them up."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, now, settings
from collector.fleet.queries import visible_kiosks
from collector.forms import sent_key
from collector.links.keys import leads_nowhere
from collector.live.address import live_origin
from collector.places.queries import Store, visible_store
from collector.slips import printers, queries
from collector.slips.addresses import POLLING, SPEEDS
from collector.slips.forms import PrinterForm, read, shown, taken
from collector.slips.spool import print_self_test
from collector.undo import said_with_undo
from printer.profiles import NO_CODE_PAGE, PROFILES

pages = Blueprint("printers", __name__, template_folder="templates")
guard(pages, change="fleet", new="fleet", change_printer="fleet")

#: Behind which kind of kiosk a printer can stand.
_BOARD = "raspberry_pi"
#: Of those that were taken away, so many are listed.
ENDED = 20
#: How many of a printer's last jobs its page shows.
_JOBS = 5


@pages.get("/stores/<int:store_id>/printers")
def of_store(store_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        store = _store(connection, store_id)
        desks = queries.desks(connection, viewer().place_id, store_id, now())
        all_of_it = queries.visible_printers(connection, viewer().place_id, now(), store_id=store_id, with_retired=True)
    over = [each for each in reversed(all_of_it) if each.retired][:ENDED]
    return render_template("slips/setup.html", store=store, desks=desks, over=over)


@pages.route("/stores/<int:store_id>/printers/new", methods=["GET", "POST"])
def new(store_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        store = _store(connection, store_id)
        form = _form(connection, store_id)
        if request.method == "GET":
            return _form_page(store, form)
        setup, form = read(request.form, form)
        if setup is None:
            return _form_page(store, form), 422
        try:
            printer_id = printers.add(connection, store_id, setup)
        except printers.NameTaken:
            if (same := _same(connection, store_id, setup)) is None:
                return _form_page(store, taken(form)), 422
            return redirect(url_for("printers.one", printer_id=same))  # a double tap
        printer = _visible(connection, printer_id)
        if printer.way in POLLING:
            # Its secret is shown here and never again, so this page is the answer itself.
            secret = printers.new_secret(connection, printer_id)
            return _page(connection, _visible(connection, printer_id), secret)
    return redirect(url_for("printers.one", printer_id=printer_id))


@pages.get("/printers/<int:printer_id>")
def one(printer_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        return _page(connection, _visible(connection, printer_id))


@pages.get("/printers/<int:printer_id>/now")
def one_now(printer_id: int) -> ResponseReturnValue:
    """The moving part of a printer's page, for the script that keeps it up to date."""
    with database().connect() as connection:
        shown_now = _now(connection, _visible(connection, printer_id))
    return render_template("slips/printer_now.html", **shown_now)


@pages.route("/printers/<int:printer_id>/change", methods=["GET", "POST"])
def change_printer(printer_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        printer = _visible(connection, printer_id)
        store = _store(connection, printer.store_id)
        form = _form(connection, store.id, printer)
        if request.method == "GET":
            return _form_page(store, form)
        setup, form = read(request.form, form)
        if setup is None:
            return _form_page(store, form), 422
        try:
            printers.change(connection, printer_id, setup, now())
        except printers.NameTaken:
            return _form_page(store, taken(form)), 422
        changed = _visible(connection, printer_id)
        if changed.way in POLLING and not changed.has_secret:
            secret = printers.new_secret(connection, printer_id)
            return _page(connection, _visible(connection, printer_id), secret)
    return redirect(url_for("printers.one", printer_id=printer_id))


@pages.post("/printers/<int:printer_id>/secret")
def secret(printer_id: int) -> ResponseReturnValue:
    """A new address for a printer that fetches its slips; the one before is void."""
    with database().begin() as connection:
        if _visible(connection, printer_id).way not in POLLING:
            abort(404)
        made = printers.new_secret(connection, printer_id)
        return _page(connection, _visible(connection, printer_id), made)


@pages.post("/printers/<int:printer_id>/test-page")
def test_page(printer_id: int) -> ResponseReturnValue:
    key = sent_key()
    with database().begin() as connection:
        _visible(connection, printer_id)
        try:
            print_self_test(connection, printer_id, key=f"console/{key}", now=now())
        except LookupError:  # taken away in this very moment
            abort(404)
    return redirect(url_for("printers.one", printer_id=printer_id))


@pages.post("/printers/<int:printer_id>/take-away")
def take_away(printer_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        printer = _visible(connection, printer_id)
        printers.take_away(connection, printer_id, viewer().name, now())
    said = _("The printer at %(name)s was taken away.", name=printer.name)
    said_with_undo(said, "printers.bring_back", printer_id=printer_id)
    return redirect(url_for("printers.of_store", store_id=printer.store_id))


@pages.post("/printers/<int:printer_id>/back")
def bring_back(printer_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        over = queries.visible_printers(
            connection, viewer().place_id, now(), with_retired=True, after=printer_id - 1, limit=1
        )
        if not over or over[0].id != printer_id:
            abort(404)
        try:
            printers.bring_back(connection, printer_id, viewer().name)
        except printers.NameTaken:
            flash(_("Another printer stands at %(name)s now. Give that one another name first.", name=over[0].name))
            return redirect(url_for("printers.of_store", store_id=over[0].store_id))
        if over[0].way in POLLING and not over[0].has_secret:
            secret = printers.new_secret(connection, printer_id)
            return _page(connection, _visible(connection, printer_id), secret)
    return redirect(url_for("printers.one", printer_id=printer_id))


def _page(connection: Connection, printer: queries.Printer, secret: str | None = None) -> str:
    """A printer's page.

    Parameters
    ----------
    secret: a new one, of a printer that fetches its slips: shown this once.
    """
    found = _now(connection, printer)
    address = None
    if secret:
        address = f"{settings().url}/print/{secret}/{'cloudprnt' if printer.way == 'cloudprnt' else 'epson'}"
    # A printer that is told to call "localhost" calls itself.
    is_reached = not leads_nowhere(settings())
    live = f"{live_origin(settings(), request.host)}/stores/{printer.store_id}"
    return render_template("slips/printer.html", **found, address=address, is_reached=is_reached, live=live)


def _now(connection: Connection, printer: queries.Printer) -> dict[str, Any]:
    [desk] = queries.with_jobs(connection, [printer])
    return {
        "store": _store(connection, printer.store_id),
        "printer": printer,
        "desk": desk,
        "jobs": queries.newest(connection, [printer], limit=_JOBS),
        "polls": printer.way in POLLING,
    }


def _form(connection: Connection, store_id: int, printer: queries.Printer | None = None) -> PrinterForm:
    kiosks = visible_kiosks(connection, viewer().place_id, now(), store_id=store_id)
    pis = [each.id for each in kiosks if each.state == "enrolled" and each.board in {_BOARD, None}]
    here = printers.may_use_this_machine(connection, viewer().place_id)
    if printer is None:
        return PrinterForm(pis, here)
    behind = printer.kiosk_id
    return PrinterForm([*pis, behind] if behind and behind not in pis else pis, here, shown(printer), before=printer)


def _form_page(store: Store, form: PrinterForm) -> str:
    pages_of_letters = sorted({page.encoding for profile in PROFILES.values() for page in profile.code_pages})
    choices: Mapping[str, Any] = {
        "profiles": list(PROFILES),
        "code_pages": [*pages_of_letters, NO_CODE_PAGE],
        "speeds": [(speed, speed) for speed in SPEEDS],
        "kiosks": [(kiosk, kiosk) for kiosk in form.kiosks],
    }
    return render_template("slips/printer_form.html", store=store, form=form, values=form.values, **choices)


def _same(connection: Connection, store_id: int, setup: printers.Setup) -> int | None:
    """The store's printer of this name, if it is set up in the very same way."""
    found = queries.visible_printers(connection, viewer().place_id, now(), store_id=store_id)
    there = {each.name: each for each in found}[setup.name]
    same = printers.Setup(there.name, there.address, there.profile, there.code_page) == setup
    return there.id if same else None


def _store(connection: Connection, store_id: int) -> Store:
    store = visible_store(connection, viewer().place_id, store_id)
    if store is None:
        abort(404)
    return store


def _visible(connection: Connection, printer_id: int) -> queries.Printer:
    printer = queries.visible_printer(connection, viewer().place_id, printer_id, now())
    if printer is None:
        abort(404)
    return printer
