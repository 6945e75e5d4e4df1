"""What messages say, in each language: plain functions of plain data. Those to customers first, then those to staff."""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.contacts.customer_words import CUSTOMERS, FOOTERS
from collector.contacts.parts import fitted
from collector.contacts.staff_words import STAFF

LANGUAGES = ("uk", "en", "pl", "de", "ru")
#: How much of a shop's name stands in a text message: the links need their room.
LONGEST_SHOP = 30


@dataclass(frozen=True)
class Letter:
    """A message in words."""

    #: Of a mail.
    subject: str
    #: Of a mail: paragraphs, a link alone in its own.
    body: tuple[str, ...]
    #: A text message.
    short: str


@dataclass(frozen=True)
class Facts:
    """What a message's words are made of."""

    shop: str
    #: What somebody wrote, for mails and for text messages.
    text: str = ""
    #: Where the recipient goes on: the case, the survey, the page where others read reviews.
    link: str = ""
    #: Where a customer says stop.
    stop: str = ""
    case: str = ""


def for_customer(language: str, purpose: str, facts: Facts) -> Letter:
    """A message to a customer.

    Parameters
    ----------
    purpose: of `contacts.tables.PURPOSES`.
    """
    which = "reply" if purpose == "progress" and facts.text else purpose
    letter = _filled(CUSTOMERS[language][which], facts)
    why, stop, short_stop = FOOTERS[language]
    footer = (f"{why} {stop}", facts.stop) if facts.stop else ()
    # A text message about a case has one link: its page has the button that stops them.
    last = f" {short_stop} {facts.stop}" if facts.stop and not facts.case else ""
    return Letter(letter.subject, letter.body + footer, fitted(letter.short + last, facts.text))


def for_staff(language: str, what: str, facts: Facts) -> Letter:
    """A message to somebody of the house.

    Parameters
    ----------
    what: new, added, reminder, climbed, review, alert, over, invited, device or test.
    """
    letter = _filled(STAFF[language][what], facts)
    return Letter(letter.subject, letter.body, fitted(letter.short, facts.text))


def _filled(texts: Mapping[str, str], facts: Facts) -> Letter:
    """Everything filled in; but the text message keeps {text}, which may have to be cut."""
    values = {"shop": facts.shop, "link": facts.link, "case": facts.case}
    short = values | {"text": "{text}", "shop": facts.shop[:LONGEST_SHOP]}
    # The words of others are put in last, and once: braces in them are theirs.
    body = tuple(
        facts.text if paragraph == "{text}" else paragraph.format(**values)
        for paragraph in texts["body"].split("\n")
        if paragraph != "{text}" or facts.text
    )
    return Letter(_line(texts["subject"].format(**values)), body, texts["short"].format(**short))


def _line(text: str) -> str:
    return " ".join(text.split())
