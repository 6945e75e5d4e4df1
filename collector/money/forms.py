"""What is known of customers' money, as a form is filled in."""

import re
from collections.abc import Mapping

import msgspec
from babel.core import get_global

from collector.money.policy import MoneyPolicy, Worth
from collector.policies.form import Filled

FIELDS = ("currency", "average_order", "purchases_a_year", "years", "leave_percent")


def filled(form: Mapping[str, str]) -> Filled[MoneyPolicy]:
    """Read the form; a comma is as good as a full stop."""
    if form.get("above"):
        return Filled(None)
    values: dict[str, object] = {name: _number(form.get(name, "")) for name in FIELDS[1:]}
    values["currency"] = form.get("currency", "").strip().upper()
    wrong = {name for name in FIELDS if not _fits(name, values[name])}
    if values["currency"] not in get_global("all_currencies"):
        wrong.add("currency")
    return Filled(None if wrong else MoneyPolicy(msgspec.convert(values, Worth)), frozenset(wrong))


def _number(typed: str) -> object:
    """A number as it is typed, with spaces between its thousands or without."""
    text = "".join(typed.split()).replace(",", ".")
    if re.fullmatch(r"[0-9]{1,9}", text):
        return int(text)
    return float(text) if re.fullmatch(r"[0-9]{1,9}\.[0-9]{1,4}", text) else None


def _fits(name: str, value: object) -> bool:
    usual = {"currency": "EUR", "average_order": 1, "purchases_a_year": 1, "years": 1, "leave_percent": 1}
    try:
        msgspec.convert({**usual, name: value}, Worth)
    except msgspec.ValidationError:
        return False
    return True
