"""One line of a CSV file (RFC 4180), harmless whatever opens it (pure).

Spreadsheets take a cell that begins with = + - @ for a formula, also after blanks, and one of these may send what else
stands in the file to a stranger. Whatever people typed gets an apostrophe in front of it then, which spreadsheets take
as "this is text" (OWASP, CSV Injection). Numbers and times are our own, and stay as they are.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import IntEnum
from functools import lru_cache

from collector.ratings.kinds import word

#: What a spreadsheet begins a formula with, also in letters of full width, at the beginning or behind what it may take
#: for the end of a cell: in half of Europe that is a semicolon, and our quotes are nothing to it then. Blanks and what
#: nobody sees may stand before it.
_FORMULA = re.compile("(^|[;\t\r\n])(?=[\\s\u200b-\u200f\u2060\ufeff]*[=+@＝＋－＠-])")
#: Tells programs that take a file for something else that it is UTF-8.
BEGIN = "﻿"


def cell(value: object) -> object:
    """A value as it stands in a file: text harmless, times with their offset, kinds in words, nothing as nothing."""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, IntEnum):
        return _word(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


# Kinds come again in every row. By type, too: of two kinds, the same number is another word.
_word = lru_cache(typed=True)(word)


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return _FORMULA.sub(r"\1'", text)


def encoded(rows: Iterable[Sequence[object]]) -> bytes:
    """Lines of a file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return text.getvalue().encode()
