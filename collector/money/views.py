"""`/places/<id>/money`: what is at risk, what was saved, and how that is reckoned."""

from babel import Locale
from babel.numbers import format_currency, format_decimal
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, now
from collector.insights.asked import asked_of
from collector.insights.heard import heard
from collector.insights.pages.views import PERIODS
from collector.money.forms import FIELDS, filled
from collector.money.policy import MoneyPolicy
from collector.money.voices import customers_below
from collector.places.queries import Place, visible_above, visible_place
from collector.policies.queries import give_policy, may_give_policy, own_policy, policy_at
from collector.ratings.scale import is_bad, weight

pages = Blueprint("money", __name__, template_folder="templates")
guard(pages, see="look", change="shape")

#: Days that are shown where nobody asks for others.
USUAL = 90


@pages.app_template_filter()
def money(amount: float, currency: str) -> str:
    """An amount without its cents: €1,204; where the language says so, 1 204 €."""
    locale = get_locale() or Locale("en")
    pattern = locale.currency_formats["standard"].pattern.replace(".00", "")
    return str(format_currency(round(amount), currency, pattern, locale=locale, currency_digits=False))


@pages.app_template_filter()
def money_exactly(amount: float, currency: str) -> str:
    """What others are reckoned from, with its cents where it has any: €12.50."""
    if round(amount, 2) == round(amount):
        return money(amount, currency)
    return str(format_currency(amount, currency, locale=get_locale(), currency_digits=False))


@pages.app_template_filter()
def quantity(value: float) -> str:
    """A number with as many decimals as it has: 2.5."""
    return str(format_decimal(value, locale=get_locale()))


@pages.route("/places/<int:place_id>/money", methods=["GET", "POST"])
def of_place(place_id: int) -> ResponseReturnValue:
    if request.method == "GET":
        return _page(place_id)
    with database().connect() as connection:
        _place(connection, place_id)
        if not may_give_policy(connection, viewer().place_id, place_id):
            abort(403)
    above = bool(request.form.get("above"))
    asked = filled(request.form)
    if not above and asked.worth is None:
        return _page(place_id, asked.wrong), 422
    with database().begin() as connection:
        policy = None if above else MoneyPolicy(asked.worth)
        give_policy(connection, place_id, "money", policy, viewer().name)
    flash(_("From now on it is reckoned so."))
    return redirect(url_for("money.of_place", place_id=place_id))


def _page(place_id: int, wrong: frozenset[str] = frozenset()) -> str:
    with database().connect() as connection:
        place = _place(connection, place_id)
        today = now().astimezone(place.zone).date()
        asked = asked_of(request.args, place_id, today, USUAL)
        worth = policy_at(connection, place_id, "money", MoneyPolicy).worth
        own = own_policy(connection, place_id, "money")
        customers = customers_below(connection, asked, place.zone)
        presses = heard(connection, asked).tally()
        may_change = viewer().may("shape") and may_give_policy(connection, viewer().place_id, place_id)
        above = visible_above(connection, viewer().place_id, place_id)
    return render_template(
        "money/money.html",
        place=place,
        above=above,
        asked=asked,
        today=today,
        periods=PERIODS,
        worth=worth,
        own=own if own is not None and own.definition is not None else None,
        stores=customers.stores,
        customers=customers.together,
        unhappy=sum(times for (button, of), times in presses.items() if is_bad(weight(button, of))),
        may_change=may_change,
        wrong=wrong,
        typed={name: request.form.get(name, "") if wrong else _shown(getattr(worth, name, "")) for name in FIELDS},
    )


def _shown(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _place(connection: Connection, place_id: int) -> Place:
    return visible_place(connection, viewer().place_id, place_id) or abort(404)
