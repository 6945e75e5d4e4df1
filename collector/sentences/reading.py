"""Which sentence a text is, and what stands in its places (pure)."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_PLACE = re.compile(r"%\((\w+)\)s")
#: Where one sentence ends and another may begin.
_END = re.compile(r"(?<=[.?!:]) (?=\S)")


def sentence(english: str) -> str:
    """A sentence of the catalogue, which translators are given; its places are %(named)s."""
    return english


class Read(NamedTuple):
    """A sentence that was found in a text."""

    sentence: str
    values: Mapping[str, str]


class Sentences:
    """Knows sentences again.

    >>> Sentences(["The slip %(slip)s is lost."]).read("The slip 7 is lost.")
    Read(sentence='The slip %(slip)s is lost.', values={'slip': '7'})
    """

    def __init__(self, sentences: Iterable[str]) -> None:
        # The one that says most of itself first: what is said exactly wins over what only has a place for it.
        by_own = sorted(set(sentences), key=lambda each: (-len(_PLACE.sub("", each)), each))
        self._patterns = [(each, re.compile(_pattern(each), re.DOTALL)) for each in by_own]

    def read(self, text: str) -> Read | None:
        """The sentence that a text is as a whole; None: none of these."""
        for each, pattern in self._patterns:
            if found := pattern.fullmatch(text):
                return Read(each, found.groupdict())
        return None

    def parts(self, text: str) -> list[str]:
        """A text of several sentences in order, each that is known by itself; what follows the last of them in one."""
        parts: list[str] = []
        rest = text
        while rest and self.read(rest) is None:
            cuts = [end.start() for end in _END.finditer(rest)]
            cut = next((each for each in reversed(cuts) if self.read(rest[:each])), None)
            if cut is None:
                break
            parts.append(rest[:cut])
            rest = rest[cut + 1 :]
        return [*parts, rest] if rest else parts


def _pattern(sentence: str) -> str:
    """`%(name)s` stands for one letter or more, as few as fit."""
    pieces = _PLACE.split(sentence)
    own, names = pieces[::2], pieces[1::2]
    places = [f"(?P<{name}>.+?)" for name in names] + [""]
    return "".join(re.escape(text) + place for text, place in zip(own, places, strict=True))
