"""The organisation itself, as somebody sets it up: its name, its clock, its language and its currency."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from babel.core import get_global
from flask_babel import gettext as _
from sqlalchemy import Connection, select

from collector.cases.rules.policy import CasePolicy
from collector.forms import line
from collector.places.editor import changes
from collector.places.editor.changes import Setup
from collector.places.editor.forms import ZONES, against_name
from collector.places.tables import place
from collector.policies.queries import give_policy, policy_at
from collector.slips import style
from printer.slip import LANGUAGES


@dataclass(frozen=True)
class Organisation:
    name: str
    time_zone: str
    #: In which slips and boards speak where nobody chose another; each person and each customer has their own.
    language: str
    #: ISO 4217.
    currency: str


@dataclass
class OrganisationForm:
    """What stands in the fields, and by field what does not fit, a sentence."""

    values: dict[str, str]
    problems: dict[str, str] = field(default_factory=dict)


def organisation_of(connection: Connection, place_id: int) -> Organisation:
    row = connection.execute(select(place.c.name, place.c.time_zone).where(place.c.id == place_id)).one()
    language = style.style_of(connection, place_id).language
    currency = policy_at(connection, place_id, "cases", CasePolicy).compensation.currency
    return Organisation(row.name, row.time_zone, language, currency)


def read(sent: Mapping[str, str]) -> tuple[Organisation | None, OrganisationForm]:
    """What was typed; None and why not where something does not fit."""
    form = OrganisationForm({name: line(sent.get(name, "")) for name in Organisation.__dataclass_fields__})
    form.values["currency"] = form.values["currency"].upper()
    if problem := against_name(form.values["name"]):
        form.problems["name"] = problem
    if form.values["time_zone"] not in ZONES:
        form.problems["time_zone"] = _("Choose a time zone of the list, for example Europe/Kyiv.")
    if form.values["language"] not in LANGUAGES:
        form.problems["language"] = _("Choose one of these languages.")
    if form.values["currency"] not in get_global("all_currencies"):
        form.problems["currency"] = _("Three letters, as EUR or UAH.")
    return (None if form.problems else Organisation(**form.values)), form


def keep(connection: Connection, place_id: int, wanted: Organisation, by: str) -> None:
    """Have it so; what is so already, is no change in the audit log.

    Raises
    ------
    CannotChange: another organisation has that name.
    """
    before = organisation_of(connection, place_id)
    if (before.name, before.time_zone) != (wanted.name, wanted.time_zone):
        changes.change(connection, place_id, Setup(wanted.name, wanted.time_zone), by)
    if before.language != wanted.language:
        style.set_language(connection, place_id, wanted.language, by)
    if before.currency != wanted.currency:
        policy = policy_at(connection, place_id, "cases", CasePolicy)
        money = msgspec.structs.replace(policy.compensation, currency=wanted.currency)
        give_policy(connection, place_id, "cases", msgspec.structs.replace(policy, compensation=money), by)
