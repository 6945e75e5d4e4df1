"""`/places/<id>/money`: what is at risk, what was saved, and how that is reckoned."""

import re

from babel import Locale
from babel.numbers import format_currency, format_decimal
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.cases.rules.policy import CasePolicy
from collector.current import database, now
from collector.insights.asked import asked_of
from collector.insights.heard import heard
from collector.insights.pages.views import PERIODS
from collector.money.forms import FIELDS, filled
from collector.money.policy import MoneyPolicy
from collector.money.voices import customers_below
from collector.places.queries import visible_above
from collector.policies.page import changeable_place, choose, held_policy
from collector.policies.queries import policy_at
from collector.ratings.scale import is_bad, weight

pages = Blueprint("money", __name__, template_folder="templates")
guard(pages, see="voices", change="shape")

#: Days that are shown where nobody asks for others.
USUAL = 90


@pages.app_template_filter()
def money(amount: float, currency: str) -> str:
    """An amount without its cents: €1,204; where the language says so, 1 204 €."""
    locale = get_locale() or Locale("en")
    pattern = locale.currency_formats["standard"].pattern.replace(".00", "")
    return _apart(format_currency(round(amount), currency, pattern, locale=locale, currency_digits=False))


@pages.app_template_filter()
def money_exactly(amount: float, currency: str) -> str:
    """What others are reckoned from, with its cents where it has any: €12.50."""
    if round(amount, 2) == round(amount):
        return money(amount, currency)
    return _apart(format_currency(amount, currency, locale=get_locale(), currency_digits=False))


def _apart(amount: str) -> str:
    """UAH 420 and not UAH420, as Unicode has it and Babel does not."""
    return re.sub(r"(?<=[A-Z])(?=\d)", "\u00a0", amount)


@pages.app_template_filter()
def quantity(value: float) -> str:
    """A number with as many decimals as it has: 2.5."""
    return str(format_decimal(value, locale=get_locale()))


@pages.route("/places/<int:place_id>/money", methods=["GET", "POST"])
def of_place(place_id: int) -> ResponseReturnValue:
    if request.method == "GET":
        return _page(place_id)
    asked = filled(request.form)
    with database().begin() as connection:
        changeable_place(connection, place_id)
        if not asked.wrong:
            choose(connection, place_id, "money", asked.policy, _("From now on it is reckoned so."))
    if asked.wrong:
        return _page(place_id, asked.wrong), 422
    return redirect(url_for("money.of_place", place_id=place_id))


def _page(place_id: int, wrong: frozenset[str] = frozenset()) -> str:
    with database().connect() as connection:
        held = held_policy(connection, place_id, "money", MoneyPolicy)
        place, worth = held.place, held.policy.worth
        today = now().astimezone(place.zone).date()
        asked = asked_of(request.args, place_id, today, USUAL, is_store=place.kind == "store")
        customers = customers_below(connection, asked, place.zone)
        presses = heard(connection, asked).tally()
        above = visible_above(connection, viewer().place_id, place_id)
        # Where nobody has said anything of money yet, it is the organisation's, as in set-up.
        currency = policy_at(connection, place_id, "cases", CasePolicy).compensation.currency
    known = {name: _shown(getattr(worth, name)) for name in FIELDS} if worth else {"currency": currency}
    return render_template(
        "money/money.html",
        place=place,
        above=above,
        asked=asked,
        today=today,
        periods=PERIODS,
        worth=worth,
        own=held.own,
        by_place=customers.places if sum(each.kind == "store" for each in customers.places) > 1 else (),
        customers=customers.together,
        unhappy=sum(times for (button, of), times in presses.items() if is_bad(weight(button, of))),
        may_change=held.may_change,
        wrong=wrong,
        typed={name: request.form.get(name, "") if wrong else known.get(name, "") for name in FIELDS},
    )


def _shown(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)
