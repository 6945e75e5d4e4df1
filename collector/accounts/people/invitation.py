"""The link by which somebody comes in for the first time: by e-mail, or shown once to whoever invites them."""

from datetime import datetime

from sqlalchemy import Connection

from collector.accounts.people.queries import Person
from collector.accounts.sessions import INVITATION_LIFETIME, make_sign_in_link
from collector.contacts.messages import tell_staff
from collector.settings import Settings


def can_mail(settings: Settings) -> bool:
    """Whether a mail server is set up."""
    return bool(settings.smtp and settings.mail_from)


def invite_by_mail(connection: Connection, settings: Settings, person: Person, key: str, now: datetime) -> None:
    """Send them their link; it is made when the message leaves, so that nothing keeps it.

    Parameters
    ----------
    key: of the form that asked for it: sent twice, it is one message.
    """
    tell_staff(
        connection,
        settings,
        account_ids=[person.id],
        what="invited",
        store_id=person.place_id,
        key=f"invited/{key}",
        now=now,
        words={"text": person.name, "account": str(person.id)},
    )


def link_for(connection: Connection, settings: Settings, person: Person) -> str:
    """A link to hand over; whoever has it is let in once."""
    secret = make_sign_in_link(connection, person.name, INVITATION_LIFETIME)
    return f"{settings.url}/sign-in/link/{secret}"
