"""Finds the person whom somebody means: by an address, by the number of a case, or by a case's link."""

import re
from datetime import datetime

from sqlalchemy import Connection

from collector.links.resolve import Meaning, resolve
from collector.personal.person import Person, somebody, visible_customer_of
from collector.settings import Settings
from printer.codes import Case

#: No address and no link is longer.
LONGEST = 300

_NUMBER = re.compile(r"[#№]\s*(\d{1,9})|(\d{1,6})")
#: The code of a link, however it was copied: whole, without its host, in groups of four.
_CODE = re.compile(r"(?:.*/q/)?([a-z0-9-]{28,40})(?:[/?].*)?", re.IGNORECASE | re.DOTALL)


def find(connection: Connection, settings: Settings, place_id: int, typed: str, now: datetime) -> Person | None:
    """Whom somebody of a place means; None where there is no such case, or they do not see it.

    Parameters
    ----------
    typed: an e-mail address, a telephone number, `#184`, or a case's link or its code.

    Raises
    ------
    NoAddress: it is none of these; the message is a sentence.
    """
    text = re.sub(r"\s+", "", typed)
    if number := _NUMBER.fullmatch(text):
        return visible_customer_of(connection, place_id, int(number[1] or number[2]))
    if code := _CODE.fullmatch(text):
        meaning = resolve(connection, settings, code[1], now)
        if isinstance(meaning, Meaning) and isinstance(meaning.content, Case):
            return visible_customer_of(connection, place_id, meaning.content.case_id)
        return None
    return somebody(connection, settings, place_id, typed)
