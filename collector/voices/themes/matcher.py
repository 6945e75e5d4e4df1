"""Finds what a comment speaks of, by lists of words (pure).

An entry of a list is one word or several in a row; a star at a word's end stands for any ending, which in languages
with many endings is the better half of a dictionary:

    till            this word
    clean*          clean, cleaner, cleaning …
    out of stock    these words in a row
    не працю*       не працює, не працюють …
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from collector.voices.themes.folding import fold

#: One entry, word by word: how it begins, and whether it may go on.
Pattern: TypeAlias = tuple[tuple[str, bool], ...]
#: By theme, by language: its entries.
Lists: TypeAlias = Mapping[str, Mapping[str, Sequence[str]]]

#: What else people write who read a page in this language; without one of its own, in any.
_ALSO: Mapping[str, frozenset[str]] = {"uk": frozenset({"ru", "en"}), "ru": frozenset({"uk", "en"})}


def entry(text: str) -> Pattern:
    """An entry as it is compared; nothing where no word is in it."""
    found: list[tuple[str, bool]] = []
    for piece in text.split():
        parts = fold(piece)
        found += [(part, False) for part in parts[:-1]]
        found += [(part, piece.endswith("*")) for part in parts[-1:]]
    return tuple(found)


class Matcher:
    """Tells the themes of comments.

    >>> Matcher({"queue": {"en": ["queue*", "long line"]}}).themes("Such a LONG line!", "en")
    ['queue']
    """

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._known = frozenset(language for listed in lists.values() for language, words in listed.items() if words)
        self._indexes: dict[frozenset[str], _Index] = {}

    def themes(self, comment: str, language: str) -> list[str]:
        """The keys of what a comment speaks of, in the order of the lists.

        Parameters
        ----------
        language: of the page that the comment was written on.
        """
        found = self._index(language).found(fold(comment))
        return [key for key in self._lists if key in found]

    def _index(self, language: str) -> "_Index":
        main = language.partition("-")[0].lower()
        looked_at = (
            (frozenset({main}) | _ALSO.get(main, frozenset({"en"}))) & self._known
            if main in self._known
            else self._known
        )
        if looked_at not in self._indexes:
            self._indexes[looked_at] = _Index(
                (entry(text), key)
                for key, listed in self._lists.items()
                for of, texts in listed.items()
                if of in looked_at
                for text in texts
            )
        return self._indexes[looked_at]


class _Index:
    """Entries by how their first word begins: few are compared with each word of a comment."""

    def __init__(self, entries: Iterable[tuple[Pattern, str]]) -> None:
        self._whole: dict[str, list[tuple[Pattern, str]]] = defaultdict(list)
        self._begun: dict[str, list[tuple[Pattern, str]]] = defaultdict(list)
        for pattern, key in entries:
            (first, is_begun), rest = pattern[0], pattern[1:]
            (self._begun if is_begun else self._whole)[first].append((rest, key))
        self._lengths = sorted({len(first) for first in self._begun})

    def found(self, words: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for at, word in enumerate(words):
            entries = list(self._whole.get(word, ()))
            for length in self._lengths:
                if length <= len(word):
                    entries += self._begun.get(word[:length], ())
            found.update(key for rest, key in entries if key not in found and _follows(words, at + 1, rest))
        return found


def _follows(words: Sequence[str], at: int, rest: Pattern) -> bool:
    """Whether the rest of an entry stands there."""
    there = words[at : at + len(rest)]
    return len(there) == len(rest) and all(
        word.startswith(begin) if may_go_on else word == begin
        for word, (begin, may_go_on) in zip(there, rest, strict=True)
    )
