"""A message as it leaves: to whom, in which words, with links that are signed now; or why it does not leave."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from collector.accounts.sessions import INVITATION_LIFETIME, make_sign_in_link, may_come
from collector.accounts.tables import account
from collector.addresses import Address
from collector.contacts.judging import ERASED, verdict_on
from collector.contacts.policy import Go, Hold, Refuse
from collector.contacts.tables import STAFF, message
from collector.contacts.words import Facts, Letter, for_customer, for_staff
from collector.links.keys import sign
from collector.places.tables import place
from collector.settings import Settings
from printer.codes import Case, Receipt

#: What stands for a link where a message is shown to others than whom it was for.
NO_LINK = "…"


@dataclass(frozen=True)
class Attached:
    """A file that goes with a mail."""

    name: str
    #: Media type.
    type: str
    content: bytes


@dataclass(frozen=True)
class Outgoing:
    """A message that may be sent now."""

    #: What makes it one.
    key: str
    to: Address
    language: str
    shop: str
    letter: Letter
    #: Where its recipient says stop; empty for the staff.
    stop: str
    #: Of a report: its issue; what it says is written when it is sent (reports.mail).
    issue_id: int | None = None
    #: A mail in a form of its own; without one, its paragraphs are it.
    html: str = ""
    attached: tuple[Attached, ...] = ()


def outgoing(connection: Connection, settings: Settings, message_id: int, now: datetime) -> Outgoing | Hold | Refuse:
    """What is to be sent; judged once more, because somebody may have said stop while it waited."""
    query = select(message, place.c.name.label("store")).join(place, place.c.id == message.c.store_id)
    row = connection.execute(query.where(message.c.id == message_id)).one()
    if row.address is None:
        return Refuse(ERASED)
    if row.purpose != STAFF and not isinstance(verdict := verdict_on(connection, message_id, now), Go):
        return verdict
    if row.content.get("what") == "invited" and _invited(connection, row) is None:
        return Refuse("Whom it invites does not sign in any more, has another address now, or a newer invitation.")
    link, stop = _links(connection, settings, row)
    return Outgoing(
        key=row.key,
        to=Address(row.channel, row.address),
        language=row.language,
        shop=row.store,
        letter=_letter(row.language, row.purpose, row.content, row.store, link, stop),
        stop=stop,
        issue_id=row.content.get("issue"),
    )


def shown(row: Row[Any]) -> str:
    """What a message says, for those who see its case: without its links, which are the customer's own.

    Parameters
    ----------
    row: of `contacts.queries`. Empty where it was erased.
    """
    if row.address is None:
        return ""
    letter = _letter(row.language, row.purpose, row.content, row.store, NO_LINK, "")
    return "\n".join(letter.body if row.channel == "email" else (letter.short,))


def _invited(connection: Connection, row: Row[Any]) -> str | None:
    """Name of the account that an invitation is for; None: it must not let anybody in any more."""
    number = row.content["account"]
    # Written to a wrong address that was put right since: whoever has that one is not let in.
    still_there = func.lower(account.c.email) == row.address.lower()
    newer = select(message.c.id).where(
        message.c.id > row.id,
        message.c.purpose == STAFF,
        message.c.content["what"].astext == "invited",
        message.c.content["account"].astext == number,
    )
    wanted = select(account.c.name).where(account.c.id == int(number), still_there, ~newer.exists(), *may_come())
    return connection.scalar(wanted)


def _letter(language: str, purpose: str, content: Mapping[str, Any], shop: str, link: str, stop: str) -> Letter:
    facts = Facts(shop, content.get("text") or "", link, stop, str(content.get("case") or ""))
    if content.get("what") == "report":
        return Letter("", (), "")
    if purpose == STAFF:
        return for_staff(language, content["what"], facts)
    return for_customer(language, purpose, facts)


def _links(connection: Connection, settings: Settings, row: Row[Any]) -> tuple[str, str]:
    """Where the recipient goes on, and where they say stop."""
    if row.content.get("what") == "invited":
        # Made now and kept nowhere: only who gets the message has it.
        secret = make_sign_in_link(connection, _invited(connection, row) or "", INVITATION_LIFETIME)
        return f"{settings.url}/sign-in/link/{secret}", ""
    if row.content.get("what") == "device":
        return f"{settings.url}/account", ""
    if row.purpose == STAFF:
        about = f"cases/{row.case_id}" if row.case_id else f"alerts/{row.content.get('alert') or ''}".rstrip("/")
        return f"{settings.url}/{about}", ""
    if row.case_id:
        code = sign(connection, settings, Case(row.case_id))
    else:
        code = sign(connection, settings, Receipt(row.signer_id, row.day, row.serial))
    own = f"{settings.url}/Q/{code}"
    return row.content.get("review") or own, f"{own}/stop"
