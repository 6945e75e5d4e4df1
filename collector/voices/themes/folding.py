"""Words as they are compared: without capitals, accents and apostrophes, as people type them in a hurry (pure).

The same folding makes the lists of the themes, what a search looks for, and what stands in the index of the database,
so that it is the same everywhere, whatever locale the database has.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

#: No word is compared further than this: the database takes none that is much longer.
LONGEST_WORD = 60

#: Letters and digits, with apostrophes between them: п'ять, don’t.
_WORD = re.compile(r"[^\W_]+(?:['’ʼ`][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans("", "", "'’ʼ`")
#: Letters that carry their sign in themselves.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ґ": "г", "ı": "i", "œ": "oe", "æ": "ae"})


class Word(NamedTuple):
    """A word as it is compared, and where it stands in the text."""

    folded: str
    start: int
    end: int


def words(text: str) -> Iterator[Word]:
    """The words of a text, which is in composed form (NFC) where places in it matter."""
    for found in _WORD.finditer(text):
        for part in _PART.findall(_folded(found[0])):
            yield Word(part[:LONGEST_WORD], found.start(), found.end())


def fold(text: str) -> list[str]:
    """The words of a text as they are compared, in order."""
    return [word.folded for word in words(unicodedata.normalize("NFC", text))]


def _folded(word: str) -> str:
    """One word; what is left of a strange one may be several (½ is 1⁄2)."""
    if word.isascii():
        return word.translate(_APOSTROPHES).lower()
    apart = unicodedata.normalize("NFKD", word.translate(_APOSTROPHES).casefold())
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    # Once more: some letters only show a capital when they are taken apart.
    return bare.casefold().translate(_PLAIN)
