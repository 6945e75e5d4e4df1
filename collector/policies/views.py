"""`/places/<id>/policies/…/back`: have what held at a place before hold again, as a new version of it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection, select

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.alerts.policy import AlertPolicy
from collector.cases.changes.by_clock import look_again
from collector.cases.rules.policy import CasePolicy
from collector.contacts.policy import ContactPolicy
from collector.current import database, now, settings
from collector.fleet.settings import groups
from collector.fleet.settings.choices import OF_PLACES
from collector.fleet.settings.given import CannotSet
from collector.money.policy import MoneyPolicy
from collector.own_words.definition import OwnWords
from collector.places.queries import Place, visible_place
from collector.policies.queries import Kind, give_policy, may_give_policy
from collector.policies.tables import policy
from collector.policies.undo import former_policies
from collector.press_filter.policy import FilterPolicy
from collector.voices.themes.policy import ThemePolicy

pages = Blueprint("policies", __name__, template_folder="templates")
guard(pages, see="shape", kiosks_back="fleet")
pages.add_app_template_global(former_policies)

#: By kind: the shape of its documents, and its page.
_PAGES: Mapping[Kind, tuple[type[msgspec.Struct], str]] = {
    "cases": (CasePolicy, "case_policy.ladder"),
    "contacts": (ContactPolicy, "case_policy.contacts"),
    "alerts": (AlertPolicy, "alerts.of_place"),
    "filter": (FilterPolicy, "press_filter.of_place"),
    "themes": (ThemePolicy, "themes.of_place"),
    "money": (MoneyPolicy, "money.of_place"),
    "words": (OwnWords, "own_words.of_place"),
}


@pages.post(f"/places/<int:place_id>/policies/<any({', '.join(_PAGES)}):kind>/back/<int:version>")
def back(place_id: int, kind: Kind, version: int) -> ResponseReturnValue:
    shape, page = _PAGES[kind]
    with database().begin() as connection:
        place = _changeable(connection, place_id)
        found = _version(connection, place_id, kind, version)
        wanted = None if found is None else msgspec.convert(found, shape)
        if give_policy(connection, place_id, kind, wanted, viewer().name) and kind == "cases":
            look_again(connection, place_id, now())
    _say(place)
    return redirect(url_for(page, place_id=place_id))


@pages.post("/places/<int:place_id>/policies/kiosks/back/<int:version>")
def kiosks_back(place_id: int, version: int) -> ResponseReturnValue:
    """The same of the settings of kiosks: those that it reaches get them."""
    try:
        with database().begin() as connection:
            place = _changeable(connection, place_id)
            found = _version(connection, place_id, "kiosks", version) or {}
            wanted = {name: found.get(name) for name in OF_PLACES}
            groups.choose(connection, settings(), place_id, wanted, viewer().name)
    except CannotSet as problem:
        flash(str(problem))
    else:
        _say(place)
    return redirect(url_for("kiosk_settings.of_place", place_id=place_id))


def _version(connection: Connection, place_id: int, kind: Kind, version: int) -> Any:
    """What a version says; before the first one, and where one says so, nothing of the place's own held: None."""
    if version == 0:
        return None
    this = policy.c.place_id == place_id, policy.c.kind == kind, policy.c.version == version
    found = connection.execute(select(policy.c.definition).where(*this)).first()
    return found.definition if found else abort(404)


def _say(place: Place) -> None:
    flash(_("What held before holds again at %(place)s and below.", place=place.name))


def _changeable(connection: Connection, place_id: int) -> Place:
    place = visible_place(connection, viewer().place_id, place_id) or abort(404)
    if not may_give_policy(connection, viewer().place_id, place_id):
        abort(403)
    return place
