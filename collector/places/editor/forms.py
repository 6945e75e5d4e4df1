"""What people type of a place, checked."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import available_timezones

from flask_babel import gettext as _

from collector.forms import line
from collector.places.editor.changes import LONGEST_NAME, Setup
from collector.places.hours import WEEKDAYS, OpeningHours
from collector.places.hours_text import Unclear, read_day, write_day


@dataclass
class PlaceForm:
    """What stands in the fields, and by field what does not fit, a sentence."""

    values: dict[str, str]
    problems: dict[str, str] = field(default_factory=dict)


def shown(setup: Setup) -> PlaceForm:
    """A place as its form has it."""
    hours = {f"hours-{day}": write_day(setup.opening_hours.get(day, [])) for day in WEEKDAYS}
    return PlaceForm({"name": setup.name, "time_zone": setup.time_zone, **hours})


def read(sent: Mapping[str, str], *, is_store: bool) -> tuple[Setup | None, PlaceForm]:
    """What was typed; None and why not where something does not fit."""
    form = PlaceForm({name: line(value) for name, value in sent.items()})
    name, zone = form.values.get("name", ""), form.values.get("time_zone", "")
    if problem := against_name(name):
        form.problems["name"] = problem
    if zone not in ZONES:
        form.problems["time_zone"] = _("Choose a time zone of the list, for example Europe/Kyiv.")
    hours: OpeningHours = {}
    if is_store:
        hours = _hours(form)
    return (None if form.problems else Setup(name, zone, hours)), form


def against_name(name: str) -> str | None:
    """Why nothing can be called so, a sentence; None: it can."""
    if not name or not any(unicodedata.category(char)[0] in "LN" for char in name):
        return str(_("Give it a name, as the people of the house say it."))
    if len(name) > LONGEST_NAME:
        return str(_("A name has at most %(count)s letters.", count=LONGEST_NAME))
    return None


def _hours(form: PlaceForm) -> OpeningHours:
    hours = {}
    for day in WEEKDAYS:
        try:
            hours[day] = read_day(form.values.get(f"hours-{day}", ""))
        except Unclear:
            form.problems[f"hours-{day}"] = _("Write hours like this: %(example)s.", example="09:00-13:00 14:00-21:00")
    return {day: periods for day, periods in hours.items() if periods}


#: Those that are a place on a map; the others are there for programs of long ago.
ZONES = sorted(each for each in available_timezones() if "/" in each and not each.startswith(("Etc/", "SystemV/")))
