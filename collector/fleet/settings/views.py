"""The pages of kiosks' settings: of a place with a preview of who is affected, of one kiosk, and new secrets."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, now, settings
from collector.fleet import due
from collector.fleet.asked import alive
from collector.fleet.secrets import rotate, rotation
from collector.fleet.settings import groups
from collector.fleet.settings import words as setting_words
from collector.fleet.settings.choices import LONGEST, OF_KIOSKS, OF_PLACES, Level, merged, sources
from collector.fleet.settings.chosen import levels_at, levels_of, places_below
from collector.fleet.settings.forms import as_form, filled, languages_in
from collector.fleet.settings.given import CannotSet, prefer, preferences
from collector.forms import NONCE, new_nonce
from collector.places.hours import WEEKDAYS
from collector.places.queries import Place, visible_above
from collector.places.seen import seen_place
from collector.policies.queries import may_give_policy, own_policy
from collector.policies.undo import said_of_policy

pages = Blueprint("kiosk_settings", __name__, template_folder="templates")
guard(pages, see="fleet")

for spoken in setting_words.FILTERS:
    pages.add_app_template_filter(spoken)


@pages.get("/places/<int:place_id>/kiosk-settings")
def of_place(place_id: int) -> ResponseReturnValue:
    return _place_page(place_id)


@pages.post("/places/<int:place_id>/kiosk-settings/preview")
def preview(place_id: int) -> ResponseReturnValue:
    wanted = filled(_asked(OF_PLACES), OF_PLACES)
    if wanted.wrong:
        return _place_page(place_id, wanted.wrong), 422
    return _preview(place_id, wanted.chosen)


@pages.post("/places/<int:place_id>/kiosk-settings")
def save(place_id: int) -> ResponseReturnValue:
    wanted = filled(_asked(OF_PLACES), OF_PLACES)
    if wanted.wrong:
        return _place_page(place_id, wanted.wrong), 422
    try:
        with database().begin() as connection:
            _may_choose(connection, place_id)
            # What was shown is what happens: somebody else may have chosen meanwhile.
            is_as_seen = request.form.get("version", type=int) == _version(connection, place_id)
            if is_as_seen:
                found = groups.choose(connection, settings(), place_id, wanted.chosen, viewer().name)
    except CannotSet as problem:
        return _place_page(place_id, problem=str(problem)), 422
    if not is_as_seen:
        flash(_("Somebody has chosen something here meanwhile. Look again whom it reaches now."))
        return _preview(place_id, wanted.chosen)
    count = len(found.affected)
    said = (
        ngettext("%(num)s kiosk gets it now.", "%(num)s kiosks get it now, a few a second.", count)
        if count
        else _("From now on it is so. No kiosk changes by it.")
    )
    if all(value is None for value in wanted.chosen.values()):
        with database().connect() as connection:
            said_of_policy(connection, said, place_id, "kiosks")
    else:
        flash(said)
    return redirect(url_for("kiosk_settings.of_place", place_id=place_id))


@pages.get("/kiosks/<kiosk_id>/settings")
def of_kiosk(kiosk_id: str) -> ResponseReturnValue:
    return _kiosk_page(kiosk_id)


@pages.post("/kiosks/<kiosk_id>/settings")
def save_kiosk(kiosk_id: str) -> ResponseReturnValue:
    wanted = filled(_asked(OF_KIOSKS), OF_KIOSKS)
    if wanted.wrong:
        return _kiosk_page(kiosk_id, wanted.wrong), 422
    try:
        with database().begin() as connection:
            alive(connection, kiosk_id)
            prefer(connection, settings(), kiosk_id, wanted.chosen)
    except CannotSet as problem:
        return _kiosk_page(kiosk_id, problem=str(problem)), 422
    flash(_("It gets it now, or as soon as it is online."))
    return redirect(url_for("kiosk_settings.of_kiosk", kiosk_id=kiosk_id))


@pages.get("/places/<int:place_id>/kiosk-secrets")
def secrets_of_place(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        place = seen_place(connection, place_id)
        found = rotation(connection, place_id, now())
    return render_template("fleet/secrets.html", place=place, rotation=found, nonce=new_nonce())


@pages.post("/places/<int:place_id>/kiosk-secrets")
def give_secrets(place_id: int) -> ResponseReturnValue:
    nonce = request.form.get("nonce", "")
    if not NONCE.fullmatch(nonce):
        abort(400)
    with database().begin() as connection:
        seen_place(connection, place_id)
        rotate(connection, place_id, viewer().name, f"console/{place_id}/{nonce}")
    flash(_("They get new secrets now, a few a second. Each keeps the old one until the new one has worked."))
    return redirect(url_for("kiosk_settings.secrets_of_place", place_id=place_id))


def _place_page(place_id: int, wrong: frozenset[str] = frozenset(), problem: str = "") -> str:
    with database().connect() as connection:
        place = seen_place(connection, place_id)
        levels = levels_at(connection, place_id)
        own = own_policy(connection, place_id, "kiosks")
        around = {
            "may_change": may_give_policy(connection, viewer().place_id, place_id),
            "above": visible_above(connection, viewer().place_id, place_id),
            "below": places_below(connection, place_id),
            "waiting": due.waiting(connection, place_id, due.SETTINGS),
            "problems": due.problems(connection, place_id, due.SETTINGS),
            "author": own if own and own.definition else None,
        }
    form = _form(OF_PLACES, levels, levels[-1].chosen, wrong, problem)
    return render_template("fleet/place_settings.html", place=place, **around, **form)


def _kiosk_page(kiosk_id: str, wrong: frozenset[str] = frozenset(), problem: str = "") -> str:
    with database().connect() as connection:
        kiosk = alive(connection, kiosk_id)
        levels = levels_of(connection, kiosk_id)
        own = preferences(connection, kiosk_id)
        store = seen_place(connection, kiosk.store_id)
        above = [store, *visible_above(connection, viewer().place_id, kiosk.store_id)]
    form = _form(OF_KIOSKS, levels, own, wrong, problem)
    return render_template("fleet/kiosk_settings.html", kiosk=kiosk, above=above, **form)


def _form(
    names: Sequence[str], levels: Sequence[Level], own: Mapping[str, Any], wrong: frozenset[str], problem: str
) -> dict[str, Any]:
    is_again = bool(wrong or problem)
    above = levels[:-1]
    fields = _asked(names) if is_again else as_form(own, merged(levels))
    return {
        "names": names,
        "fields": fields,
        "wrong": wrong,
        "longest": LONGEST,
        "problem": problem,
        "languages": languages_in(fields),
        "weekdays": WEEKDAYS,
        # What holds where nothing is chosen here.
        "above_values": groups.with_numbers(merged(above)),
        "above_sources": sources(above),
    }


def _preview(place_id: int, chosen: Mapping[str, Any]) -> ResponseReturnValue:
    try:
        with database().begin() as connection:
            place = _may_choose(connection, place_id)
            found = groups.try_out(connection, settings(), place_id, chosen)
    except CannotSet as problem:
        return _place_page(place_id, problem=str(problem)), 422
    return render_template("fleet/place_preview.html", place=place, found=found, fields=_asked(OF_PLACES))


def _asked(names: Sequence[str]) -> dict[str, str]:
    """The fields of the form that somebody sent; "as above" leaves nothing of their own."""
    if request.form.get("above"):
        return {}
    stems = tuple(f"{name}-" for name in names)
    ours = {name for name in request.form if name in names or name.startswith(("own-", *stems))}
    return {name: request.form[name] for name in sorted(ours)}


def _version(connection: Connection, place_id: int) -> int:
    own = own_policy(connection, place_id, "kiosks")
    return own.version if own else 0


def _may_choose(connection: Connection, place_id: int) -> Place:
    place = seen_place(connection, place_id)
    if not may_give_policy(connection, viewer().place_id, place_id):
        abort(403)
    return place
