"""What a person chooses for a segment, as the form has it (pure): fields that make no sense are as if left empty."""

from collections.abc import Collection, Sequence
from typing import Any, Literal

from werkzeug.datastructures import MultiDict

from collector.current import row_id
from collector.forms import line
from collector.insights.faces import Face
from collector.ratings.kinds import Channel, word
from collector.voices.segments.rules import (
    DAYS,
    LONGEST_TEXT,
    PURPOSES,
    Answers,
    Customers,
    Days,
    Kind,
    Places,
    Rule,
    Said,
)

KINDS: Sequence[Kind] = ("places", "answers", "customers")
_CHANNELS = [word(each) for each in Channel]
_CASES = {"with": True, "without": False}


def rule_of_form(kind: Kind, form: MultiDict[str, str], places: Collection[int], themes: Collection[str]) -> Rule:
    """The rule.

    Parameters
    ----------
    places: that whoever asks sees.
    themes: that there are.
    """
    match kind:
        case "places":
            below = form.get("below", type=row_id)
            return Places(
                name=_text(form, "part"),
                below=below if below in places else None,
                days=_days(form, 28),
                index_from=_percent(form, "index_from"),
                index_to=_percent(form, "index_to"),
                channels=_several(form, "channel", _CHANNELS),
            )
        case "answers":
            return Answers(_said(form, themes))
        case "customers":
            purpose = next((each for each in PURPOSES if each == form.get("purpose")), "invitation")
            return Customers(purpose, _days(form, 365), _said(form, themes))  # type: ignore[arg-type] # one of these


def _said(form: MultiDict[str, str], themes: Collection[str]) -> Said:
    hours: dict[str, Literal["open", "closed"]] = {"open": "open", "closed": "closed"}
    return Said(
        channels=_several(form, "channel", _CHANNELS),
        faces=_several(form, "face", list(Face)),
        themes=_several(form, "theme", themes),
        words=_text(form, "words"),
        touchpoint=_text(form, "touchpoint"),
        hours=hours.get(form.get("hours", "")),
        has_case=_CASES.get(form.get("case", "")),
    )


def _several(form: MultiDict[str, str], name: str, known: Collection[str]) -> tuple[str, ...]:
    sent: Any = set(form.getlist(name))
    return tuple(str(each) for each in known if each in sent)


def _text(form: MultiDict[str, str], name: str) -> str:
    return line(form.get(name, ""))[:LONGEST_TEXT]


def _days(form: MultiDict[str, str], usual: Days) -> Days:
    sent = form.get("days", "")
    return {str(each): each for each in DAYS}.get(sent, usual)


def _percent(form: MultiDict[str, str], name: str) -> int | None:
    sent = form.get(name, "").strip()
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= 3 and int(sent) <= 100 else None
