"""What people do with a kiosk from its page: notes, photos of the place, its label; move, replace, retire it."""

import io
from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.guard import guard, may
from collector.accounts.viewer import viewer
from collector.audit.log import note
from collector.current import database, now, settings
from collector.fleet.asked import alive, visible
from collector.fleet.life import Life, Why
from collector.fleet.queries import Kiosk, visible_kiosks
from collector.fleet.registry import changes as registry
from collector.fleet.registry import labels, notes, photos, words
from collector.fleet.settings.given import CannotSet
from collector.forms import clean, sent_key
from collector.pictures import Busy, NotAPicture
from collector.places.queries import touchpoints_of, visible_stores
from collector.slips.queries import visible_printer
from collector.undo import said_with_undo

pages = Blueprint("fleet", __name__, template_folder="templates")
guard(pages, change="fleet", ask_where="fleet", ask_by_whom="fleet", ask_why="fleet")

#: Why somebody retires a kiosk by hand.
_WHYS = (Why.BROKEN, Why.STOLEN, Why.LOST, Why.RETIRED)

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)


@pages.url_value_preprocessor
def let_photos_in(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Photos are larger than any other form; who sends them has to be one who may, before anything is read."""
    if request.method == "POST" and request.endpoint == "fleet.add_photo" and may("fleet"):
        request.max_content_length = photos.LARGEST_SENT + 2**16


@pages.post("/kiosks/<kiosk_id>/notes")
def write_note(kiosk_id: str) -> ResponseReturnValue:
    text, key = clean(request.form.get("text", "")), sent_key()
    if not 1 <= len(text) <= notes.LONGEST:
        flash(_("Write a note of at most %(count)s letters.", count=notes.LONGEST))
        return _back(kiosk_id, "notes")
    with database().begin() as connection:
        visible(connection, kiosk_id)
        notes.write(connection, kiosk_id, text, viewer().name, f"console/{kiosk_id}/{key}")
    return _back(kiosk_id, "notes")


@pages.post("/kiosks/<kiosk_id>/photos")
def add_photo(kiosk_id: str) -> ResponseReturnValue:
    content = b""
    if sent := request.files.get("photo"):
        with sent.stream:  # a large one is a file meanwhile
            content = sent.read()
    with database().begin() as connection:
        kiosk = visible(connection, kiosk_id)
        try:
            if len(content) > photos.LARGEST_SENT:
                raise NotAPicture
            photos.add(connection, kiosk.touchpoint_id, content, viewer().name)
        except NotAPicture:
            most = photos.LARGEST_SENT // 2**20
            flash(_("This was not kept: send a JPEG or PNG photo of at most %(count)s MB.", count=most))
        except Busy:
            flash(_("Many pictures come in at once. Send it again in a moment."))
        except photos.Full:
            flash(_("This place has %(count)s photos. Take one away first.", count=photos.MOST))
    return _back(kiosk_id, "photos")


@pages.get("/kiosks/<kiosk_id>/photos/<int:photo_id>.jpg")
def show_photo(kiosk_id: str, photo_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        kiosk = visible(connection, kiosk_id)
        content = photos.photo(connection, kiosk.touchpoint_id, photo_id)
    if content is None:
        abort(404)
    return send_file(io.BytesIO(content), "image/jpeg")


@pages.post("/kiosks/<kiosk_id>/photos/<int:photo_id>/remove")
def remove_photo(kiosk_id: str, photo_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        kiosk = visible(connection, kiosk_id)
        if photos.remove(connection, kiosk.touchpoint_id, photo_id, now()):
            note(connection, viewer().name, "ended", f"photos/{kiosk_id}", kiosk.store_id)
            said = _("The photo is taken away.")
            said_with_undo(said, "fleet.bring_photo_back", kiosk_id=kiosk_id, photo_id=photo_id)
    return _back(kiosk_id, "photos")


@pages.post("/kiosks/<kiosk_id>/photos/<int:photo_id>/back")
def bring_photo_back(kiosk_id: str, photo_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        kiosk = visible(connection, kiosk_id)
        try:
            if photos.bring_back(connection, kiosk.touchpoint_id, photo_id):
                note(connection, viewer().name, "brought-back", f"photos/{kiosk_id}", kiosk.store_id)
        except photos.Full:
            flash(_("This place has %(count)s photos. Take one away first.", count=photos.MOST))
    return _back(kiosk_id, "photos")


@pages.get("/kiosks/<kiosk_id>/label.pdf")
def label(kiosk_id: str) -> ResponseReturnValue:
    with database().connect() as connection:
        kiosk = visible(connection, kiosk_id)
    file = io.BytesIO(labels.pdf_of(kiosk, settings()))
    return send_file(file, "application/pdf", download_name=f"{kiosk_id}.pdf")


@pages.post("/kiosks/<kiosk_id>/label")
def print_label(kiosk_id: str) -> ResponseReturnValue:
    key, printer_id = sent_key(), request.form.get("printer", type=int)
    with database().begin() as connection:
        kiosk = visible(connection, kiosk_id)
        is_id = printer_id is not None and 0 < printer_id < 2**31
        printer = visible_printer(connection, viewer().place_id, printer_id, now()) if is_id and printer_id else None
        if printer is None or printer.store_id != kiosk.store_id:
            abort(404)
        labels.print_label(connection, settings(), kiosk, printer.id, key=f"console/{key}", now=now())
    flash(_("The label is on its way to the printer at %(name)s.", name=printer.name))
    return _back(kiosk_id, "label")


@pages.get("/kiosks/<kiosk_id>/move")
def ask_where(kiosk_id: str) -> ResponseReturnValue:
    with database().connect() as connection:
        kiosk = alive(connection, kiosk_id)
        stores = visible_stores(connection, viewer().place_id)
        there = touchpoints_of(connection, [store.id for store in stores])
    stores = [store for store in stores if there[store.id]]
    return render_template("fleet/move.html", kiosk=kiosk, stores=stores, touchpoints=there)


@pages.post("/kiosks/<kiosk_id>/move")
def move(kiosk_id: str) -> ResponseReturnValue:
    to = request.form.get("touchpoint", 0, int)

    def change(connection: Connection, kiosk: Kiosk) -> None:
        if not 0 < to < 2**31 or registry.visible_touchpoint(connection, viewer().place_id, to) is None:
            abort(404)
        registry.move(connection, settings(), kiosk, to, viewer().name)

    _change(kiosk_id, change)
    return _back(kiosk_id, "life")


@pages.get("/kiosks/<kiosk_id>/replace")
def ask_by_whom(kiosk_id: str) -> ResponseReturnValue:
    with database().connect() as connection:
        kiosk = visible(connection, kiosk_id)
        found = visible_kiosks(connection, viewer().place_id, now(), near=kiosk.store_id)
    if kiosk.replaced_by:
        abort(404)
    others = [each for each in found if each.life is not Life.RETIRED and each.id != kiosk_id]
    # One that was just made for it, or lies in the cupboard, comes first.
    others.sort(key=lambda each: (each.store_id != kiosk.store_id, each.life is Life.ACTIVE, each.id))
    return render_template("fleet/replace.html", kiosk=kiosk, others=others, longest=notes.LONGEST)


@pages.post("/kiosks/<kiosk_id>/replace")
def replace(kiosk_id: str) -> ResponseReturnValue:
    by_id = clean(request.form.get("other", "")) or clean(request.form.get("by", ""))

    def change(connection: Connection, kiosk: Kiosk) -> None:
        by = visible(connection, by_id)
        registry.replace(connection, settings(), kiosk, by, _comment(), viewer().name, now())

    if not _change(kiosk_id, change):
        return _back(kiosk_id, "life")
    flash(_("%(kiosk)s stands in the place of %(former)s now.", kiosk=by_id, former=kiosk_id))
    return _back(by_id, "life")


@pages.get("/kiosks/<kiosk_id>/retire")
def ask_why(kiosk_id: str) -> ResponseReturnValue:
    with database().connect() as connection:
        kiosk = alive(connection, kiosk_id)
    return render_template("fleet/retire.html", kiosk=kiosk, whys=_WHYS, longest=notes.LONGEST)


@pages.post("/kiosks/<kiosk_id>/retire")
def retire(kiosk_id: str) -> ResponseReturnValue:
    if request.form.get("why") not in _WHYS:
        abort(400)
    why = Why(request.form["why"])

    def change(connection: Connection, kiosk: Kiosk) -> None:
        registry.retire(connection, kiosk, why, _comment(), viewer().name, now())

    _change(kiosk_id, change)
    return _back(kiosk_id, "life")


def _change(kiosk_id: str, change: Callable[[Connection, Kiosk], None]) -> bool:
    """Change a kiosk whole or not at all; why not is said on the next page."""
    try:
        with database().begin() as connection:
            change(connection, visible(connection, kiosk_id))
    except (registry.CannotChange, CannotSet) as problem:
        flash(str(problem))
        return False
    return True


def _comment() -> str | None:
    return clean(request.form.get("comment", ""))[: notes.LONGEST] or None


def _back(kiosk_id: str, to: str) -> ResponseReturnValue:
    return redirect(url_for("console.kiosk", kiosk_id=kiosk_id, _anchor=to))
