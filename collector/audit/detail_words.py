"""How the details of an entry are said: what was and what is, how somebody came in, what a run looked through."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from collector.audit.difference import LONG
from collector.fleet.settings.choices import OF_PLACES
from collector.fleet.settings.words import setting_word
from collector.words import day

#: Changes that are listed; of more it is said how many.
LISTED = 8


def policy_word(kind: str) -> str:
    """Which settings a policy is."""
    words: Mapping[str, str] = {
        "cases": _("How cases are handled"),
        "contacts": _("When customers are written to"),
        "alerts": _("When to alert"),
        "kiosks": _("Kiosks' settings"),
        "filter": _("Press filter"),
        "themes": _("Themes"),
        "money": _("Money"),
        "words": _("Your own words"),
    }
    return words[kind]


def detail(found: Mapping[str, Any] | None, subject: str) -> Sequence[str]:
    """What is known of a deed beside whom it was done to, each a short text.

    Parameters
    ----------
    subject: of the entry; of changes of a policy it says what their names mean.
    """
    if not found:
        return []
    said = [words(found) for name, words in _SPOKEN.items() if name in found]
    changes = found.get("changes", ())
    said += [_change(_label(subject, at), was, now) for at, was, now in changes[:LISTED]]
    if (more := len(changes) - LISTED) > 0:
        said.append(_("and %(count)s more", count=more))
    return said


def _how(found: Mapping[str, Any]) -> str:
    words: Mapping[str, str] = {
        "password": _("by password"),
        "link": _("by a link"),
        "sign-on": _("by the organisation's sign-on"),
        "code": _("the second factor was wrong"),
    }
    said = words[found["how"]]
    return str(_("%(how)s, with the second factor", how=said)) if found.get("second") else said


def _times(found: Mapping[str, Any]) -> str:
    return str(ngettext("%(num)s try", "%(num)s tries", found["times"]))


def _span(found: Mapping[str, Any]) -> str:
    days = {end: day(date.fromisoformat(found[end])) for end in ("from", "to")}
    return str(_("%(first)s to %(last)s", first=days["from"], last=days["to"]))


def _parts(found: Mapping[str, Any]) -> str:
    words: Mapping[str, str] = {"questions": _("other questions"), "opens": _("other rules that open cases")}
    return ", ".join(words[each] for each in found["parts"] if each in words) or str(_("as before"))


#: By the name in the details.
_SPOKEN: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "name": lambda found: f"“{found['name']}”",
    "version": lambda found: _("version %(number)s", number=found["version"]),
    "parts": _parts,
    "how": _how,
    "device": lambda found: str(found["device"]),
    "times": _times,
    "from": _span,
    "as_above": lambda _found: _("as the place above"),
}


def _change(label: str, was: Any, now: Any) -> str:
    if was == now == LONG:
        return str(_("%(what)s: changed", what=label) if label else _("another text"))
    if now is None and was == LONG:
        now = False
    said = f"{_value(was)} → {_value(now)}"
    return f"{label}: {said}" if label else said


def _value(value: Any) -> str:
    if value is None:
        return "–"
    if value is False:
        return str(_("switched off"))
    if value is True or value == LONG:
        return str(_("switched on"))
    if isinstance(value, int | float):
        return str(format_decimal(value))
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or str(_("none"))
    return str(value) or "–"


def _label(subject: str, at: str) -> str:
    """What a field is called on the page where it is changed; empty where it has no name of its own there."""
    kind = subject.partition("/")[2]
    if kind == "kiosks":
        name = at.partition(".")[0]
        return setting_word(name) if name in OF_PLACES else ""
    parts = at.split(".")
    known = _LABELS.get(kind, _common)()
    said = [known[each] for each in (".".join(parts[: number + 1]) for number in range(len(parts))) if each in known]
    return ", ".join(said)


def _filter_labels() -> Mapping[str, str]:
    return {
        "repeat": _("it comes soon after another at the same kiosk"),
        "repeat.seconds": _("seconds"),
        "burst": _("many come in a short time"),
        "burst.presses": _("So many presses"),
        "burst.seconds": _("seconds"),
        "stuck": _("the button hangs"),
        "stuck.presses": _("So many presses of one button"),
        "stuck.seconds": _("seconds"),
        "closed": _("the store is closed"),
        "closed.minutes": _("minutes"),
    }


def _alert_labels() -> Mapping[str, str]:
    rules = {
        "bad_share": _("many ratings at a touchpoint are bad"),
        "index": _("the index of a store is low"),
        "away": _("a kiosk is not heard"),
        "silence": _("nobody presses a kiosk"),
        "battery": _("a kiosk's battery is low"),
        "printer": _("a printer cannot print"),
    }
    fields = {
        "percent": _("Share of bad ratings"),
        "minutes": _("minutes"),
        "at_least": _("From at least so many ratings"),
        "below": _("Below"),
        "millivolts": _("Below"),
        "opens_case": _("It opens a case"),
    }
    parts = {f"{rule}.{field}": said for rule in rules for field, said in fields.items()}
    return {**rules, **parts, "tells": _("Write to the store's people")}


def _money_labels() -> Mapping[str, str]:
    return {
        "worth": _("What a customer is worth"),
        "worth.average_order": _("Average order"),
        "worth.currency": _("Currency"),
        "worth.purchases_a_year": _("Purchases a year"),
        "worth.years": _("Years"),
        "worth.leave_percent": _("Who leaves"),
    }


def _contact_labels() -> Mapping[str, str]:
    return {
        "quiet_from": _("Quiet hours from"),
        "quiet_until": _("Quiet hours until"),
        "months": _("Unasked at most once in … months"),
        "purposes": _("What for"),
        "review_link": _("Where reviews are written"),
    }


def _case_labels() -> Mapping[str, str]:
    return {
        "steps": _("The ladder"),
        "channels": _("By the way they came"),
        "remind_hours": _("Remind every … hours"),
        "idle_days": _("To the top after … days"),
        "pausing": _("The staff's clocks stand still while a case"),
        "promise.first_response": _("Customers are promised an answer within, minutes"),
        "promise.resolution": _("Customers are promised a solution within, minutes"),
        "compensation": _("Compensation"),
        "compensation.currency": _("Currency"),
        "compensation.store": _("Of a store"),
        "compensation.region": _("Of a region"),
        "compensation.organisation": _("Of the head office"),
        "root_causes": _("Root causes to choose from"),
        "root_cause_required": _("One has to be chosen"),
        "comment_required": _("Words are needed for"),
        "sign_off": _("A second person signs off"),
        "sign_off.compensation_above": _("A second person signs off where more is given than"),
        "recovery_hours": _("Ask the customer … hours after closing"),
    }


def _common() -> Mapping[str, str]:
    return {
        "language": _("Language"),
        "logo": _("Logo"),
        "counted": _("counted"),
        "themes": _("Themes"),
    }


#: By the kind of policy.
_LABELS: Mapping[str, Callable[[], Mapping[str, str]]] = {
    "filter": _filter_labels,
    "alerts": _alert_labels,
    "money": _money_labels,
    "contacts": _contact_labels,
    "cases": _case_labels,
}
