"""What somebody typed into the form of a policy; and that form of a policy that is made of rules.

Each rule is on or off, and has numbers and boxes of its own: its field in the policy is the name of its box,
`<rule>-<field>` the name of what it says. The template: `policies/rules.html`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

Policy = TypeVar("Policy", bound=msgspec.Struct)
#: The rules by the names of their fields in the policy.
Rules: TypeAlias = Mapping[str, type[msgspec.Struct]]


@dataclass(frozen=True)
class Filled(Generic[Policy]):
    """What somebody wants to hold."""

    #: None: what holds at the place above; or something is wrong.
    policy: Policy | None
    #: Names of the fields that do not fit.
    wrong: frozenset[str] = frozenset()


def filled(form: Mapping[str, str], shape: type[Policy], rules: Rules) -> Filled[Policy]:
    """Read the form: of a rule that is off, nothing is read."""
    if form.get("above"):
        return Filled(None)
    said: dict[str, Any] = {name: bool(form.get(name)) for name in _boxes(shape)}
    wrong = set[str]()
    for name, rule in rules.items():
        said[name] = None
        if form.get(name):
            boxes = _boxes(rule)
            said[name] = {
                field: bool(form.get(f"{name}-{field}")) if field in boxes else _typed(form.get(f"{name}-{field}", ""))
                for field in rule.__struct_fields__
            }
            wrong |= {f"{name}-{field}" for field, value in said[name].items() if not _fits(rule, field, value)}
    return Filled(None if wrong else msgspec.convert(said, shape), frozenset(wrong))


def shown(policy: msgspec.Struct, rules: Rules) -> dict[str, Any]:
    """The form's fields as a policy has them; those of a rule that is off say what it would be."""
    fields: dict[str, Any] = {name: getattr(policy, name) for name in _boxes(type(policy))}
    for name, rule in rules.items():
        own = getattr(policy, name)
        fields[name] = own is not None
        fields |= {f"{name}-{field}": getattr(own or rule(), field) for field in rule.__struct_fields__}
    return fields


def _boxes(shape: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(field.name for field in msgspec.structs.fields(shape) if field.type is bool)


def _fits(rule: type[msgspec.Struct], field: str, value: object) -> bool:
    try:
        msgspec.convert({field: value}, rule)
    except msgspec.ValidationError:
        return False
    return True


def _typed(text: str) -> object:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else text
