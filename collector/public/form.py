"""What a customer sent: checked and cleaned, or what to say instead."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from werkzeug.datastructures import MultiDict

from collector.surveys.answers import CONTACT_KEPT, LONGEST_COMMENT, LONGEST_CONTACT
from collector.surveys.definition import Definition

#: A form's own number, that makes a second tap the same answer.
NONCE = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Filled:
    """A form as it was filled in, what does not fit left out."""

    nonce: str
    button: int | None
    reasons: Sequence[int]
    comment: str
    contact: str
    #: The end date that was agreed to; None without consent.
    erase_on: date | None


class Unfinished(Exception):
    """Something is to be done before it can be sent; the text names the words that say what."""


def read(form: MultiDict[str, str], buttons: int, today: date) -> Filled:
    """What the form holds.

    Parameters
    ----------
    buttons: of the question that was asked.
    today: the store's; consent given for longer than we keep contacts is no consent to what we do.
    """
    button = form.get("button", type=int)
    agreed = form.get("consent", type=date.fromisoformat)
    return Filled(
        nonce=form.get("form", ""),
        button=button if button is not None and 1 <= button <= buttons else None,
        reasons=form.getlist("reason", type=int),
        comment=_clean(form.get("comment", ""))[:LONGEST_COMMENT],
        contact=_clean(form.get("contact", "")).replace("\n", " ")[:LONGEST_CONTACT],
        erase_on=agreed if agreed and today < agreed <= today + CONTACT_KEPT else None,
    )


def check(filled: Filled, *, asks_rating: bool) -> None:
    """See whether it can be taken as it is.

    Raises
    ------
    Unfinished: it cannot.
    """
    if asks_rating and filled.button is None:
        raise Unfinished("choose a face")
    if filled.contact and "@" not in filled.contact and sum(map(str.isdigit, filled.contact)) < 6:
        raise Unfinished("contact unclear")
    if filled.contact and filled.erase_on is None:
        raise Unfinished("consent missing")


def fitting_reasons(filled: Filled, definition: Definition, score: float) -> list[int]:
    """Those that go with the score; others may have been ticked before the customer changed their mind."""
    return [reason.number for reason in definition.reasons(score) if reason.number in filled.reasons]


def _clean(text: str) -> str:
    """Without what cannot be seen, but for the ends of lines."""
    text = text.replace("\r\n", "\n")
    return "".join(
        char for char in text if char == "\n" or unicodedata.category(char) not in {"Cc", "Cs", "Co"}
    ).strip()
