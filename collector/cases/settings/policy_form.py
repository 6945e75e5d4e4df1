"""The form in which somebody says how cases are handled: what stands in it, and what was typed.

All of a policy is in the form, so that `read(shown(policy))` is that policy again. A step's fields begin with its
number, a channel's with its name.
"""

import re
from collections.abc import Sequence
from typing import get_args
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from collector.cases.rules.policy import (
    ByChannel,
    Calendar,
    CaseKind,
    CasePolicy,
    ChannelName,
    Compensation,
    Explained,
    OwnHours,
    Pausing,
    Promise,
    SignOff,
    Step,
    StoreHours,
    WallTime,
)
from collector.cases.settings.typed import UNITS, Typed, Values
from collector.places.hours_text import EXAMPLE, read_hours, write_hours

#: Most steps that a ladder has in this form.
MOST_STEPS = 12
CHANNELS: Sequence[ChannelName] = get_args(ChannelName)
KINDS: Sequence[CaseKind] = get_args(CaseKind)
EXPLAINED: Sequence[Explained] = get_args(Explained)
PAUSING: Sequence[Pausing] = get_args(Pausing)
#: Where a step can be, besides at a place that is named.
PLACES = ("store", "above", "top", "everyone")


def shown(policy: CasePolicy) -> Values:
    """What the form shows of a policy."""
    values: Values = MultiDict()
    for number, step in enumerate(policy.steps):
        _show_step(values, number, step)
    for each in policy.channels:
        if each.within is not None:
            _show_time(values, f"{each.channel}-within", each.within)
        values[f"{each.channel}-by"] = each.by or ""
        values[f"{each.channel}-responsible"] = each.responsible or ""
    _show_time(values, "promise-first", policy.promise.first_response)
    _show_time(values, "promise-resolution", policy.promise.resolution)
    values.setlist("pausing", list(policy.pausing))
    values.setlist("explained", list(policy.comment_required))
    values.setlist("sign-off", list(policy.sign_off.kinds))
    limits = {f"limit-{level}": getattr(policy.compensation, level) for level in ("store", "region", "organisation")}
    plain = {"currency": policy.compensation.currency, **limits, "sign-off-above": policy.sign_off.compensation_above}
    plain |= {"remind": policy.remind_hours, "idle": policy.idle_days, "recovery": policy.recovery_hours}
    values.update({name: "" if value is None else str(value) for name, value in plain.items()})
    values["root-causes"] = "\n".join(policy.root_causes)
    if policy.root_cause_required:
        values["root-cause-required"] = "1"
    return values


def steps_in(values: Values) -> int:
    """How many steps the form has."""
    return next(number for number in range(MOST_STEPS + 1) if f"step-{number}-place" not in values)


def begun(values: Values) -> Values:
    """The form with the first steps of a ladder of its own: the usual ones."""
    changed = with_steps(values, [None, None, None])
    for number, where in enumerate(PLACES[:3]):
        changed[f"step-{number}-place"] = where
    return changed


def with_steps(values: Values, order: Sequence[int | None]) -> Values:
    """The form with its steps in another order.

    Parameters
    ----------
    order: which step comes where; None: a new one.
    """
    changed: Values = MultiDict(
        (name, value) for name, value in values.items(multi=True) if not name.startswith("step-")
    )
    for number, old in enumerate(order[:MOST_STEPS]):
        if old is None:
            _show_step(changed, number, Step())
            continue
        for name, value in values.items(multi=True):
            if name.startswith(f"step-{old}-"):
                changed.add(f"step-{number}-{name.removeprefix(f'step-{old}-')}", value)
    return changed


def people_in(values: Values) -> set[str]:
    """Names of accounts that the form speaks of."""
    typed = [name for number in range(steps_in(values)) for name in _names(values.get(f"step-{number}-people", ""))]
    return {*typed, *(name for each in CHANNELS if (name := values.get(f"{each}-responsible", "").strip()))}


def read(values: Values) -> tuple[CasePolicy | None, dict[str, str]]:
    """What was typed as a policy, or None, and by field what stands against it."""
    typed = Typed(values)
    channels = [_channel(typed, each) for each in CHANNELS]
    policy = CasePolicy(
        steps=tuple(_step(typed, f"step-{number}") for number in range(steps_in(values))),
        channels=tuple(each for each in channels if each),
        remind_hours=typed.number("remind", 1, 24 * 14) or 1,
        idle_days=typed.number("idle", 1, 365, may_be_empty=True),
        pausing=typed.some("pausing", PAUSING),
        promise=Promise(typed.time("promise-first"), typed.time("promise-resolution")),
        compensation=Compensation(
            typed.currency("currency"),
            *(typed.amount(f"limit-{level}") for level in ("store", "region", "organisation")),
        ),
        root_causes=typed.lines("root-causes"),
        root_cause_required="root-cause-required" in values,
        comment_required=typed.some("explained", EXPLAINED),
        sign_off=SignOff(typed.some("sign-off", KINDS), typed.amount("sign-off-above")),
        recovery_hours=typed.number("recovery", 0, 24 * 30, may_be_empty=True),
    )
    return (None if typed.problems else policy), typed.problems


def _step(typed: Typed, name: str) -> Step:
    where = typed.text(f"{name}-place")
    if where not in PLACES and not re.fullmatch("[0-9]{1,9}", where):
        typed.problems[f"{name}-place"] = _("Choose whose turn it is.")
        where = "store"
    people = tuple(_names(typed.text(f"{name}-people", 1000)))
    return Step(
        place=where if where in PLACES else int(where),  # type: ignore[arg-type] # one of the four words
        name=typed.text(f"{name}-name"),
        people=people,
        first_response=typed.time(f"{name}-first"),
        resolution=typed.time(f"{name}-resolution"),
        calendar=_calendar(typed, name),
    )


def _calendar(typed: Typed, name: str) -> Calendar:
    kind = typed.text(f"{name}-calendar")
    if kind == "store":
        return StoreHours()
    if kind != "own":
        return WallTime()
    example = _("Write hours like this: %(example)s.", example=EXAMPLE)
    hours = typed.parsed(f"{name}-hours", read_hours, example)
    zone = None
    if typed.text(f"{name}-zone"):
        known = _("A time zone is written like Europe/Kyiv; empty for the store's.")
        found = typed.parsed(f"{name}-zone", _zone, known)
        zone = found.key if found else None
    return OwnHours(hours, zone) if hours else WallTime()


def _channel(typed: Typed, channel: ChannelName) -> ByChannel | None:
    within = typed.time(f"{channel}-within") if typed.text(f"{channel}-within-count") else None
    by = typed.clock(f"{channel}-by")
    if within and by:
        typed.problems[f"{channel}-by"] = _("Either within some time, or by a time of the next day: not both.")
        by = None
    responsible = typed.text(f"{channel}-responsible") or None
    return ByChannel(channel, within, by, responsible) if within or by or responsible else None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, OSError) as unknown:  # OSError: the name of a folder
        raise ValueError(name) from unknown


def _names(typed: str) -> list[str]:
    return list(dict.fromkeys(name for each in typed.split(",") if (name := each.strip())))


def _show_step(values: Values, number: int, step: Step) -> None:
    name = f"step-{number}"
    values[f"{name}-place"] = str(step.place)
    values[f"{name}-name"] = step.name
    values[f"{name}-people"] = ", ".join(step.people)
    _show_time(values, f"{name}-first", step.first_response)
    _show_time(values, f"{name}-resolution", step.resolution)
    match step.calendar:
        case OwnHours(hours=hours, zone=zone):
            values[f"{name}-calendar"] = "own"
            values[f"{name}-hours"] = write_hours(hours)
            values[f"{name}-zone"] = zone or ""
        case StoreHours():
            values[f"{name}-calendar"] = "store"
        case _:
            values[f"{name}-calendar"] = "wall"


def _show_time(values: Values, name: str, minutes: int) -> None:
    unit = next(unit for unit in UNITS if minutes % unit == 0)
    values[f"{name}-count"], values[f"{name}-unit"] = str(minutes // unit), str(unit)
