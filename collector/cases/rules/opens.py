"""Which answers open a case: plain functions of plain data."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from collector.cases.rules.policy import CaseKind
from collector.ratings.scale import is_bad
from collector.surveys.definition import Opens


@dataclass(frozen=True)
class Said:
    """What of an answer the rules look at."""

    #: Of the first scale, 0 … 100; None where nothing was rated.
    score: float | None
    #: Replies to questions how likely somebody is to recommend the place, 0 … 10.
    nps: Sequence[int] = ()
    comment: str | None = None
    has_contact: bool = False


def opens(rules: Opens, said: Said) -> CaseKind | None:
    """What kind of case an answer opens; None: it opens none."""
    score = said.score
    if score is not None and score < rules.below:
        return "complaint"
    bad_with_words = score is not None and is_bad(score) and (said.comment or said.has_contact)
    if rules.bad_with_words and bad_with_words:
        return "complaint"
    if rules.nps_at_most is not None and any(each <= rules.nps_at_most for each in said.nps):
        return "complaint"
    if said.comment and _speaks_of(said.comment, [word for words in rules.words.values() for word in words]):
        return "complaint"
    return "question" if rules.contact and said.has_contact else None


def _speaks_of(comment: str, words: Collection[str]) -> bool:
    """Whether a comment has one of these words, or one that begins so: languages bend the ends of words."""
    text = comment.casefold()
    return any(re.search(rf"(?<!\w){re.escape(word.casefold())}", text) for word in words if word)
