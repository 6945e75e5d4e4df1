"""Finding what a comment speaks of: against a slow matcher that cannot be wrong, and in five languages."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.voices.themes.defaults import DEFAULTS
from collector.voices.themes.folding import fold, words
from collector.voices.themes.matcher import Matcher, entry
from collector.voices.themes.policy import ThemePolicy

_texts = st.text(st.sampled_from("abcčéłßиійїґ'’- .,½ͅ\u0301") | st.characters(), max_size=40)
_entries = st.lists(st.sampled_from(["a", "ab", "b*", "ab*", "a b", "a* b", "b a*", "ба", "б*"]), max_size=4)
_lists = st.dictionaries(st.sampled_from(["one", "two", "three"]), st.dictionaries(st.sampled_from("xy"), _entries))
_comments = st.lists(st.sampled_from(["a", "ab", "abc", "b", "ba", "ба", "бб"]), max_size=6).map(" ".join)


def slowly(comment: str, listed: list[str]) -> bool:
    """Whether one of the entries is in a comment, by trying each at each word."""
    patterns = [
        " ".join(re.escape(each[:-1]) + r"\w*" if each[-1] == "*" else each for each in text.split()) for text in listed
    ]
    return any(re.search(rf"(?<!\S){pattern}(?!\S)", comment) for pattern in patterns)


@given(_lists, _comments, st.sampled_from(["x", "y", "z"]))
def test_it_finds_what_a_slow_one_finds(lists: dict[str, dict[str, list[str]]], comment: str, language: str) -> None:
    known = {each for listed in lists.values() for each, entries in listed.items() if entries}
    asked = {language} & known if language in known else known
    found = Matcher(lists).themes(comment, language)
    assert found == [
        key for key, listed in lists.items() if any(slowly(comment, listed.get(each, [])) for each in asked)
    ]


@given(_texts)
def test_folded_words_are_plain_and_stay_so(text: str) -> None:
    folded = fold(text)
    assert all(word.isalnum() and len(word) <= 60 for word in folded)
    assert fold(" ".join(folded)) == folded
    assert fold(text.upper().lower()) == fold(text.lower()) or not text.isascii()
    composed = unicodedata.normalize("NFC", text)
    for word in words(composed):
        assert composed[word.start : word.end].strip()
    assert fold(unicodedata.normalize("NFD", composed)) == fold(composed)


@pytest.mark.parametrize(
    ("language", "comment", "themes"),
    [
        ("en", "Nobody helped, and only one till was open", {"queue", "staff", "payment"}),
        ("en", "CLEANER than before!", {"cleanliness"}),
        ("en", "Lovely, thank you.", set()),
        ("uk", "Довга черга, а касирка — груба!", {"queue", "staff"}),
        ("uk", "Очередь на полчаса, грязно", {"queue", "cleanliness"}),  # Russian on a Ukrainian page
        ("uk", "кур’єр спізнився, кур'єра не було", {"orders"}),
        ("ru", "Просрочка на полках, кассирша нахамила", {"quality", "range", "staff"}),
        ("pl", "dluga kolejka, BRUDNO", {"queue", "cleanliness"}),
        ("de", "Lange Schlange, aber nettes Personal. Teuer!", {"queue", "staff", "price"}),
        ("pt", "The queue was long", {"queue"}),  # of a language without lists, every list is tried
        ("en-GB", "Where is the car park?", {"access"}),
        ("en", "", set()),
    ],
)
def test_what_shops_hear(language: str, comment: str, themes: set[str]) -> None:
    matcher = Matcher({each.key: each.words for each in ThemePolicy().themes})
    assert set(matcher.themes(comment, language)) == themes


def test_our_lists_are_whole() -> None:
    keys = list(DEFAULTS["en"])
    for language, lists in DEFAULTS.items():
        assert list(lists) == keys
        for key, listed in lists.items():
            assert len(listed) >= 5, (language, key)
            assert len(set(listed)) == len(listed), (language, key)
            assert all(entry(each) for each in listed)
            # What looks like one word is one.
            assert all(len(entry(each)) == len(each.split()) for each in listed), (language, key)
