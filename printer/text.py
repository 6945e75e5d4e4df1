"""Text from people, made fit for paper: which letters of it are seen, how wide they are, where lines break (pure).

Nothing that commands a printer gets through, and nothing by which a text would read otherwise than it is stored:
controls, marks of direction, letters without ink. Letters that nobody knows stay, and come out as boxes.
"""

import functools
import unicodedata
from collections.abc import Callable, Iterator
from typing import TypeAlias

#: How wide a text is.
Measure: TypeAlias = Callable[[str], float]

#: Joiners say how the letters beside them look (Persian, Hindi, families of emoji); they mean nothing elsewhere.
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
#: Letters by their category, but without ink.
_BLANK = frozenset("\N{HANGUL FILLER}\N{HALFWIDTH HANGUL FILLER}\N{BRAILLE PATTERN BLANK}")
_NOTHING = frozenset(
    "\N{COMBINING GRAPHEME JOINER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}"
    "\N{KHMER VOWEL INHERENT AQ}\N{KHMER VOWEL INHERENT AA}"
)
#: Accents that one letter may carry; more are a prank.
_ACCENTS = 3


def seen(text: str) -> str:
    """What a reader sees of a text: letters, single spaces between words, no space at the ends."""
    letters: list[str] = []
    accents = 0
    composed = unicodedata.normalize("NFC", text)
    for at, letter in enumerate(composed):
        category = unicodedata.category(letter)
        accents = accents + 1 if category in {"Mn", "Me"} else 0
        if category in {"Cc", "Zs", "Zl", "Zp"} or letter in _BLANK:
            letters.append(" ")
        elif letter in _JOINERS:
            if _joins(composed[at - 1 : at]) and _joins(composed[at + 1 : at + 2]):
                letters.append(letter)
        elif category == "Cs":
            letters.append("\N{REPLACEMENT CHARACTER}")
        elif category == "Cf" or letter in _NOTHING or _is_variation(letter) or accents > _ACCENTS:
            continue
        else:
            letters.append(letter)
    return " ".join("".join(letters).split())


def columns(text: str) -> int:
    """Width of a text in the printer's columns: Chinese letters take two, accents none."""
    return sum(_columns(letter) for letter in text)


def wrap(text: str, width: float, measure: Measure = columns) -> list[str]:
    """The lines of a text, none of them wider than this.

    Lines break at spaces, between Chinese letters, and within words that are too long for a line.
    """
    lines: list[str] = []
    line = ""
    for word, is_spaced in unbroken(text):
        longer = f"{line} {word}" if line and is_spaced else line + word
        if measure(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = ""
        for cluster in clusters(word):
            if line and measure(line + cluster) > width:
                lines.append(line)
                line = ""
            line += cluster
    return [*lines, line] if line else lines


def shorten(text: str, width: float, measure: Measure = columns) -> str:
    """As much of a text as fits into this width, and `…` where that is not all."""
    if measure(text) <= width:
        return text
    short = ""
    for cluster in clusters(text):
        if measure(f"{short}{cluster}…") > width:
            break
        short += cluster
    return f"{short.rstrip()}…"


def unbroken(text: str) -> Iterator[tuple[str, bool]]:
    """What stays together on a line, and whether a space was before it."""
    for word in text.split():
        is_spaced, part = True, ""
        for cluster in clusters(word):
            if part and (_columns(cluster[0]) == 2 or _columns(part[-1]) == 2):
                yield part, is_spaced
                is_spaced, part = False, ""
            part += cluster
        yield part, is_spaced


def clusters(text: str) -> Iterator[str]:
    """Letters, each with its accents and whatever is joined to it."""
    cluster = ""
    for letter in text:
        is_more = unicodedata.category(letter) in {"Mn", "Mc", "Me", "Cf", "Sk"} or cluster.endswith(_JOINERS[1])
        if cluster and not is_more:
            yield cluster
            cluster = ""
        cluster += letter
    if cluster:
        yield cluster


def is_rtl(text: str) -> bool:
    """Whether a text goes from right to left: its first letter with a direction decides."""
    directions = (unicodedata.bidirectional(letter) for letter in text)
    return next((direction != "L" for direction in directions if direction in {"L", "R", "AL"}), False)


@functools.lru_cache(maxsize=4096)
def _columns(letter: str) -> int:
    if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1


def _joins(letter: str) -> bool:
    """A letter beside which a joiner may stand: of a script with shapes, or an emoji."""
    return bool(letter) and unicodedata.category(letter) in {"Lo", "Mn", "Mc", "So", "Sk"}


def _is_variation(letter: str) -> bool:
    return "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef" or "\u180b" <= letter <= "\u180f"
