"""What a survey consists of, besides its question: the reasons to choose from, and when a score alone opens a case."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import msgspec

from collector.surveys.scale import is_bad

#: The same words in each language, by its tag.
Texts: TypeAlias = dict[str, str]

LANGUAGES = ("uk", "en")
#: Most reasons that a customer is shown.
MOST_REASONS = 6


class Reason(msgspec.Struct, frozen=True):
    """One reason. Its number stays the same in every version of a survey, whatever its words."""

    number: Annotated[int, msgspec.Meta(ge=1, le=999)]
    text: Texts


Reasons: TypeAlias = Annotated[tuple[Reason, ...], msgspec.Meta(max_length=MOST_REASONS)]


class Definition(msgspec.Struct, frozen=True):
    """As it is stored with the survey."""

    #: Asked after a good rating and after a bad one.
    why_good: Texts
    why_bad: Texts
    reasons_good: Reasons
    reasons_bad: Reasons
    #: A score below this opens a case even without a word, 0 … 100; 10 is the worst button of any scale.
    threshold: Annotated[float, msgspec.Meta(ge=0, le=100)] = 10.0

    def reasons(self, score: float | None) -> Sequence[Reason]:
        """Those that go with a score; all of them where there is none."""
        if score is None:
            return self.reasons_bad + self.reasons_good
        return self.reasons_bad if is_bad(score) else self.reasons_good


def in_language(texts: Texts, language: str) -> str:
    """The words in a language, else in English, else in whatever language there is."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()))
