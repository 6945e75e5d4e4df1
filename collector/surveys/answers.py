"""What a customer said, and where it comes from: what `cases.submit` is given, what became of it, what is there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from collector.ratings.kinds import Channel
from collector.surveys.queries import Survey
from collector.surveys.tables import answer
from printer.codes import Press, Receipt

#: Of a rating that came by no kiosk, and of one of which only the store is known.
NO_CURSOR, NO_TOUCHPOINT = 0, 0
LONGEST_COMMENT = 1000
LONGEST_CONTACT = 200
#: What a contact is given for, where nothing else is said.
PURPOSE = "answer"
#: How long a contact and a comment are kept.
CONTACT_KEPT = timedelta(days=90)
COMMENT_KEPT = timedelta(days=365)


@dataclass(frozen=True)
class Contact:
    """An address for one purpose, until one day, with the words that were agreed to."""

    address: str
    purpose: str
    consent: str
    erase_on: date


@dataclass(frozen=True)
class Consent:
    """What the owner of the contact agreed to besides: `purpose` is of `contacts.tables.PURPOSES`."""

    purpose: str
    words: str
    ends_on: date


@dataclass(frozen=True)
class Rated:
    """The rating of a press."""

    question_id: int
    button: int
    buttons: int
    score: float


@dataclass(frozen=True)
class Source:
    """Where an answer comes from."""

    #: What makes it one: `press:7:43`, `receipt:2:2026-11-22:19`, `poster:<form>`, `api:<place>:<key>`.
    identity: str
    channel: Channel
    store_id: int
    touchpoint_id: int | None = None
    #: With `rated`: the press that it belongs to.
    press: Press | None = None
    rated: Rated | None = None
    receipt: Receipt | None = None
    #: Its number in another system.
    reference: str | None = None
    #: The version of the survey that was filled in; without it, the one that is asked there now.
    survey: Survey | None = None
    #: Which device it was sent from (`devices.digest`), by which mashing is seen; None: nobody looks.
    device: bytes | None = None
    #: The device stands in the shop, for everybody (`?kiosk=1`).
    is_kiosk: bool = False


@dataclass(frozen=True)
class Reply:
    """What the customer said."""

    language: str
    #: Of the survey's first scale, 1 the best; not for a press, which has its rating already.
    button: int | None = None
    reasons: Collection[int] = field(default=())
    comment: str | None = None
    contact: Contact | None = None
    #: To the survey's scales, by their keys, in the numbers that customers see; the first may be here or in `button`.
    replies: Mapping[str, int] = field(default_factory=dict)
    consents: Collection[Consent] = field(default=())
    #: Who wrote it down for the customer: a name of an account.
    author: str | None = None


@dataclass(frozen=True)
class Submitted:
    """What became of it."""

    answer_id: int
    #: False: it was here already.
    is_new: bool
    #: False: what was here already says something else.
    is_same: bool = True
    case_id: int | None = None
    #: False: only its first tap is here.
    is_complete: bool = True


def answer_of(connection: Connection, identity: str) -> Row[Any] | None:
    """The answer under this identity; as long as its `completed_at` is None, only its first tap is there."""
    return connection.execute(_OF_IDENTITY, {"named": identity}).first()


_OF_IDENTITY = select(answer).where(answer.c.identity == bindparam("named"))
