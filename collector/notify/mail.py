"""A message as a mail: plain text and HTML, files, an id that its key makes, a way to say stop; nothing watches."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape

from collector.contacts.outgoing import Outgoing


@dataclass(frozen=True)
class Mail:
    """As it goes to a server."""

    #: Where a mail that could not be delivered comes back to.
    sender: str
    content: bytes


def composed(message: Outgoing, mail_from: str, key: str) -> Mail:
    """A mail.

    Parameters
    ----------
    mail_from: as the settings have it; without a name the shop's stands there.
    key: what makes it one; the same mail has the same Message-ID each time.
    """
    name, address = parseaddr(mail_from)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = MailAddress(name or " ".join(message.shop.split()), addr_spec=address)
    mail["To"] = MailAddress(addr_spec=message.to.value)
    mail["Subject"] = message.letter.subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{key}@{host_of(mail_from)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = message.language
    if message.stop:
        mail["List-Unsubscribe"] = f"<{message.stop}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content("\n\n".join(message.letter.body) + "\n", cte="quoted-printable")
    mail.add_alternative(message.html or _html(message), subtype="html", cte="quoted-printable")
    for file in message.attached:
        kind, _, subtype = file.type.partition("/")
        mail.add_attachment(file.content, kind, subtype, filename=file.name)
    return Mail(address, mail.as_bytes())


def host_of(mail_from: str) -> str:
    return parseaddr(mail_from)[1].rpartition("@")[2]


def _html(message: Outgoing) -> str:
    paragraphs = "\n".join(f"<p>{_paragraph(each)}</p>" for each in message.letter.body)
    return f'<!doctype html>\n<html lang="{message.language}"><body>\n{paragraphs}\n</body></html>\n'


def _paragraph(text: str) -> str:
    if text.startswith(("https://", "http://")) and " " not in text:
        return f'<a href="{escape(text)}">{escape(text)}</a>'
    return escape(text).replace("\n", "<br>\n")
