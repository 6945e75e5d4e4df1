"""What a survey consists of, and what does not fit together."""

from typing import Any

import msgspec
import pytest

from collector.surveys.default import DEFINITION
from collector.surveys.definition import (
    LANGUAGES,
    Comment,
    Definition,
    Reason,
    Reasons,
    Smileys,
    in_language,
)
from tests.collector.surveys.asking import BEST, EVERYTHING

WORDS = {"en": "?"}
FACES = Smileys(1, WORDS)


def test_default_says_everything_in_each_language() -> None:
    why = DEFINITION.why
    assert why
    texts = [DEFINITION.first.text, why.why_good, why.why_bad, *(reason.text for reason in DEFINITION.reasons(None))]
    assert all(set(text) == set(LANGUAGES) for text in texts)
    assert all(words.strip() == words and words for text in texts for words in text.values())
    numbers = [reason.number for reason in DEFINITION.reasons(None)]
    assert len(set(numbers)) == len(numbers)


def test_reasons_go_with_the_score() -> None:
    assert DEFINITION.why
    assert DEFINITION.reasons(0) == DEFINITION.why.bad
    assert DEFINITION.reasons(66.7) == DEFINITION.why.good
    assert DEFINITION.reasons(None) == DEFINITION.why.bad + DEFINITION.why.good
    assert Definition((FACES,)).reasons(0) == ()


def test_each_scale_has_a_key_and_its_numbers() -> None:
    found = {scale.key: (scale.kind, scale.replies[0], scale.replies[-1]) for scale in EVERYTHING.scales}
    assert found == {
        "1": ("smileys", 1, 4),
        "3": ("nps", 0, 10),
        "4": ("ces", 1, 7),
        "5": ("stars", 1, 5),
        "6": ("smileys", 1, 5),
        "7e": ("expectation", 1, 5),
        "7p": ("perception", 1, 5),
    }
    assert all(scale.has(BEST[scale.key]) for scale in EVERYTHING.scales)
    assert not any(scale.has(scale.replies[-1] + 1) or scale.has(-1) for scale in EVERYTHING.scales)


def test_a_press_has_answered_the_first_faces_and_nothing_else() -> None:
    asked = [scale.key for scale in EVERYTHING.asked(is_pressed=True)]
    assert asked == [key for key in BEST if key != "1"]
    assert [scale.key for scale in EVERYTHING.asked(is_pressed=False)] == list(BEST)
    begins_with_stars = Definition((EVERYTHING.questions[4], FACES))
    assert [scale.key for scale in begins_with_stars.asked(is_pressed=True)] == ["5", "1"]


def test_it_is_stored_and_read_again() -> None:
    for definition in (DEFINITION, EVERYTHING):
        assert msgspec.convert(msgspec.to_builtins(definition), Definition) == definition


def _reasons(number: int, *numbers: int) -> Reasons:
    return Reasons(number, WORDS, WORDS, (), tuple(Reason(each, WORDS) for each in numbers))


@pytest.mark.parametrize(
    ("questions", "sentence"),
    [
        ((), "length >= 1"),
        (tuple(Smileys(number, {"en": str(number)}) for number in range(1, 10)), "length <= 8"),
        ((FACES, Comment(1)), "same number"),
        ((Comment(1), Smileys(2, WORDS)), "begins with a scale"),
        ((FACES, Comment(2), Comment(3)), "once at most"),
        ((FACES, _reasons(2, 5, 5)), "Two reasons have the same number"),
        ((FACES, _reasons(2, *range(1, 8))), "length <= 6"),
        ((FACES, Smileys(100, WORDS)), "<= 99"),
    ],
)
def test_what_does_not_fit_together_is_no_survey(questions: tuple[Any, ...], sentence: str) -> None:
    stored = {"questions": [msgspec.to_builtins(question) for question in questions]}
    with pytest.raises(msgspec.ValidationError, match=sentence):
        msgspec.convert(stored, Definition)


def test_words_in_a_language_that_is_not_there() -> None:
    assert in_language({"uk": "Так", "en": "Yes"}, "de") == "Yes"
    assert in_language({"uk": "Так"}, "en") == "Так"
