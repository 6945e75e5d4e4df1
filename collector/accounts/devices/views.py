"""On the account's own page: where its owner is signed in, and buttons that end it there."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from collector.accounts import sessions
from collector.accounts.cookie_names import session_secret
from collector.accounts.devices.queries import devices_of, end
from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, settings
from collector.places.queries import zone_of

pages = Blueprint("devices", __name__, template_folder="templates")
guard(pages, see="account")


@pages.post("/account/devices/<int:session_id>/end")
def end_one(session_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        ended = end(connection, _account(), session_id)
    flash(_("You are signed out there.") if ended else _("You were signed out there already."))
    return _back()


@pages.post("/account/devices/end-others")
def end_others() -> ResponseReturnValue:
    with database().begin() as connection:
        sessions.close_others(connection, _account(), stay=_secret())
    flash(_("You are signed out on all other devices."))
    return _back()


def own_devices() -> dict[str, Any]:
    """For the template `devices/list.html`: the devices, and the zone in which their times are said."""
    with database().connect() as connection:
        found = devices_of(connection, _account(), _secret())
        return {"devices": found, "zone": zone_of(connection, viewer().place_id)}


pages.add_app_template_global(own_devices)


def _account() -> int:
    account_id = viewer().account_id
    assert account_id is not None  # noqa: S101 - pages are for people, never for tokens
    return account_id


def _secret() -> str:
    return session_secret(settings(), request.cookies) or ""


def _back() -> ResponseReturnValue:
    return redirect(url_for("accounts.own_account", _anchor="devices"))
