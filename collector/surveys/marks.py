"""Which answers are nonsense: marked with the reason, never deleted, and not counted until a person says otherwise.

Who leaves a contact wants an answer: whatever they wrote, they are no spam.
"""

import re
import unicodedata
from datetime import timedelta
from enum import IntEnum
from typing import NamedTuple

from collector.ratings.kinds import Mark


class AnswerMark(IntEnum):
    """Whether an answer is one, and if not, why not."""

    NONE = 0
    SPAM = 1
    #: One device answers again and again.
    MASHING = 2


#: The mark that the ratings of an answer have.
OF_RATINGS = {AnswerMark.NONE: Mark.COUNTED, AnswerMark.SPAM: Mark.SPAM, AnswerMark.MASHING: Mark.MASHING}


class Pace(NamedTuple):
    """How many answers a device may send within a time."""

    answers: int
    within: timedelta


#: A customer's own phone (and those behind the same address that look like it), and a screen that everybody touches.
OWN_PHONE, SHOP_SCREEN = Pace(5, timedelta(minutes=10)), Pace(6, timedelta(minutes=1))

#: An address on the web, not just two words around a full stop that lost its space.
_LINK = re.compile(r"https?://|\bwww\.\w|\b[\w-]+\.(com|net|org|info|biz|ru|xyz|top|shop|site|online)/", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+")
#: A word that no language has: longer than any cluster of consonants, without a vowel.
_MANY_CONSONANTS = 6
_VOWELS = frozenset("aeiouyаеёиоуыэюяєіїąęóäöüœæøåéèêàâîïôûù")
_FEW_EMOJI, _REPEATED = 3, 5


def pace(*, is_kiosk: bool) -> Pace:
    """How often a device may answer at a touchpoint."""
    return SHOP_SCREEN if is_kiosk else OWN_PHONE


def is_spam(comment: str | None, *, has_contact: bool = False) -> bool:
    """Whether a comment is nobody's opinion: a link, a row of emoji or of one sign, letters that are no words."""
    text = (comment or "").strip()
    if not text or has_contact:
        return False
    return bool(_LINK.search(text)) or _is_emoji_row(text) or _is_one_sign(text) or _is_nonsense(text)


def is_heard(mark: AnswerMark, comment: str | None, *, has_contact: bool) -> bool:
    """Whether an answer can open a case. Behind one address many people answer: whoever says something, or wants an
    answer, is heard, even where their rating is not counted."""
    if mark is AnswerMark.MASHING:
        return has_contact or (bool((comment or "").strip()) and not is_spam(comment))
    return mark is AnswerMark.NONE


def _is_emoji_row(text: str) -> bool:
    """More than a few emoji, and nothing else; a thumb or two say something."""
    signs = [sign for sign in text if not sign.isspace() and unicodedata.category(sign) not in {"Mn", "Cf", "Sk"}]
    return len(signs) > _FEW_EMOJI and all(unicodedata.category(sign) == "So" for sign in signs)


def _is_one_sign(text: str) -> bool:
    """One letter or figure again and again."""
    signs = "".join(text.casefold().split())
    return len(signs) >= _REPEATED and len(set(signs)) == 1 and signs[0].isalnum()


def _is_nonsense(text: str) -> bool:
    """Only words that cannot be spoken: keys that were struck at random. Other scripts than ours write no vowels."""
    words = _LETTERS.findall(text.casefold())
    return bool(words) and all(_is_unspeakable(word) for word in words)


def _is_unspeakable(word: str) -> bool:
    ours = all("LATIN" in name or "CYRILLIC" in name for name in (unicodedata.name(letter, "") for letter in word))
    return ours and len(word) >= _MANY_CONSONANTS and not _VOWELS.intersection(word)
