"""What a customer sent: checked and cleaned, or what to say instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from collector.addresses import NoAddress, normalised
from collector.forms import clean, line
from collector.surveys.answers import CONTACT_KEPT, LONGEST_COMMENT, LONGEST_CONTACT
from collector.surveys.definition import Definition, Scale


@dataclass(frozen=True)
class Filled:
    """A form as it was filled in, what does not fit left out."""

    nonce: str = ""
    #: To scales, by their keys, in the numbers that customers see.
    replies: Mapping[str, int] = field(default_factory=dict)
    reasons: Sequence[int] = ()
    comment: str = ""
    contact: str = ""
    #: The end date that was agreed to; None without consent.
    erase_on: date | None = None
    #: Whether they may be asked for a review, too.
    may_ask: bool = False


class Unfinished(Exception):
    """Something is to be done before it can be sent; the text names the words that say what."""


def read(form: MultiDict[str, str], scales: Sequence[Scale], today: date) -> Filled:
    """What the form holds.

    Parameters
    ----------
    scales: of the survey.
    today: the store's; consent given for longer than we keep contacts is no consent to what we do.
    """
    agreed = form.get("consent", type=date.fromisoformat)
    tapped = ((scale, form.get(f"reply-{scale.key}", type=int)) for scale in scales)
    return Filled(
        nonce=form.get("form", ""),
        replies={scale.key: reply for scale, reply in tapped if reply is not None and scale.has(reply)},
        reasons=form.getlist("reason", type=int),
        comment=clean(form.get("comment", ""))[:LONGEST_COMMENT],
        contact=line(form.get("contact", ""))[:LONGEST_CONTACT],
        erase_on=agreed if agreed and today < agreed <= today + CONTACT_KEPT else None,
        may_ask="review" in form,
    )


def check(filled: Filled, zone: ZoneInfo) -> None:
    """See whether it can be taken as it is.

    Parameters
    ----------
    zone: of the store; a telephone number without its country is one of the country there.

    Raises
    ------
    Unfinished: it cannot.
    """
    if not filled.contact:
        return
    try:
        normalised(filled.contact, zone)
    except NoAddress:
        raise Unfinished("contact unclear") from None
    if filled.erase_on is None:
        raise Unfinished("consent missing")


def fitting_reasons(filled: Filled, definition: Definition, score: float | None) -> list[int]:
    """Those that go with the score; others may have been ticked before the customer changed their mind."""
    return [reason.number for reason in definition.reasons(score) if reason.number in filled.reasons]
