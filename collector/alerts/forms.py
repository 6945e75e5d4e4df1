"""The settings of a place's alerts, as a form is filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from collector.alerts.policy import AlertPolicy, Away, BadShare, Battery, LowIndex, Printer, Silence

#: Each rule by the name of its field in AlertPolicy.
RULES: Mapping[str, type[msgspec.Struct]] = {
    "bad_share": BadShare,
    "index": LowIndex,
    "away": Away,
    "silence": Silence,
    "battery": Battery,
    "printer": Printer,
}


@dataclass(frozen=True)
class Filled:
    """What somebody typed; `policy` is None where something does not fit."""

    policy: AlertPolicy | None
    #: Names of the fields that do not fit, as in the form.
    wrong: frozenset[str]


def filled(form: Mapping[str, str]) -> Filled:
    """Read the form: a rule is on where its box is ticked; of one that is off nothing is read."""
    rules: dict[str, Any] = {}
    wrong = set[str]()
    for name, shape in RULES.items():
        rules[name] = None
        if form.get(name):
            values = {field: _typed(form.get(f"{name}-{field}", "")) for field in numbers_of(shape)}
            for field, value in values.items():
                try:
                    msgspec.convert({field: value}, shape)
                except msgspec.ValidationError:
                    wrong.add(f"{name}-{field}")
            rules[name] = {**values, "opens_case": bool(form.get(f"{name}-opens_case"))}
    if wrong:
        return Filled(None, frozenset(wrong))
    return Filled(msgspec.convert({**rules, "tells": bool(form.get("tells"))}, AlertPolicy), frozenset())


def numbers_of(shape: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields of a rule in which a number stands."""
    return tuple(field for field in shape.__struct_fields__ if field != "opens_case")


def _typed(text: str) -> object:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else text
