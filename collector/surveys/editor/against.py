"""What keeps a draft from being published, and what customers of some languages would miss: pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from collector.surveys.definition import LANGUAGES, Comment, ContactDetails, Definition, Question, Reasons, Texts


@dataclass(frozen=True)
class Gaps:
    """What is missing in one question."""

    #: There is nothing to show at all.
    empty: bool = False
    #: It has no reason to choose from.
    reasonless: bool = False
    #: Languages of ours that some of its words are not in.
    languages: Sequence[str] = ()


def gaps(definition: Definition) -> Mapping[int, Gaps]:
    """What is missing, by the questions' numbers; nothing for a question that is complete."""
    found = {question.number: _gaps(question) for question in definition.questions}
    return {number: each for number, each in found.items() if each != Gaps()}


def missing(texts: Texts) -> tuple[str, ...]:
    """Languages of ours that it is not in; those of other languages read it in English, else in what there is."""
    return tuple(language for language in LANGUAGES if not texts.get(language))


def _gaps(question: Question) -> Gaps:
    if isinstance(question, (Comment, ContactDetails)):
        # Where nothing is written, the page has words of its own in every language.
        return Gaps(languages=missing(question.text)) if question.text else Gaps()
    texts = list(_texts(question))
    lacking = {language for each in texts for language in missing(each)}
    return Gaps(
        empty=not all(texts),
        reasonless=isinstance(question, Reasons) and not (question.good or question.bad),
        languages=tuple(language for language in LANGUAGES if language in lacking),
    )


def _texts(question: Question) -> Iterator[Texts]:
    """The words that a question cannot do without."""
    if not isinstance(question, Reasons):
        yield question.text
        return
    yield question.why_bad
    yield question.why_good
    yield from (reason.text for reason in question.bad + question.good)
