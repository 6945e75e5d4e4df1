"""What can be done to a draft: pure, a definition in and a definition out.

A number that a question or a reason once had in any version is never another's: answers are told apart by it.
"""

from collections.abc import Iterable, Sequence

import msgspec

from collector.surveys.definition import (
    MOST_QUESTIONS,
    Comment,
    ContactDetails,
    Definition,
    Opens,
    Question,
    Reason,
    Reasons,
)
from collector.surveys.editor.starts import Kind, staff_questions, start

_ONCE = {"reasons": Reasons, "comment": Comment, "contact": ContactDetails}
#: No number of a question or a reason is higher (surveys.definition).
_HIGHEST, HIGHEST_REASON = 99, 999
#: What comes after every scale.
_AFTERWARDS = (Reasons, Comment, ContactDetails)


class Unfit(ValueError):
    """It cannot be done; `why` says what is against it: full, once, first or last."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def kind_of(question: Question) -> Kind:
    """As it is written in a definition."""
    kind: Kind = question.__struct_config__.tag  # type: ignore[assignment]
    return kind


def question_of(definition: Definition, number: int) -> Question | None:
    return next((each for each in definition.questions if each.number == number), None)


def for_staff() -> Definition:
    """What a staff survey begins with. Nothing in it opens a case: a case is about a customer."""
    return Definition(staff_questions(), Opens(below=0, bad_with_words=False, nps_at_most=None, contact=False))


def add(definition: Definition, kind: Kind, past: Iterable[Definition]) -> tuple[Definition, int]:
    """A question more, before what comes after every scale if it is one; returns its number, too.

    Parameters
    ----------
    past: all versions that there were.

    Raises
    ------
    Unfit: the survey is full, or asks for this already.
    """
    if len(definition.questions) >= MOST_QUESTIONS:
        raise Unfit("full")
    if kind in _ONCE and any(isinstance(each, _ONCE[kind]) for each in definition.questions):
        raise Unfit("once")
    versions = [definition, *past]
    number = _free({each.number for version in versions for each in version.questions}, _HIGHEST)
    new = start(kind, number)
    if isinstance(new, Reasons):
        used = reason_numbers(versions)
        new = msgspec.structs.replace(new, good=_numbered(new.good, used), bad=_numbered(new.bad, used))
    at = len(definition.questions)
    if not isinstance(new, _AFTERWARDS):
        at = next((at for at, each in enumerate(definition.questions) if isinstance(each, _AFTERWARDS)), at)
    questions = definition.questions
    return _with(definition, (*questions[:at], new, *questions[at:])), number


def change(definition: Definition, question: Question) -> Definition:
    """With this question in the place of the one that has its number."""
    return _with(
        definition, tuple(question if each.number == question.number else each for each in definition.questions)
    )


def remove(definition: Definition, number: int) -> Definition:
    """Without a question.

    Raises
    ------
    Unfit: nothing that a survey can begin with would stay.
    """
    return _with(definition, tuple(each for each in definition.questions if each.number != number))


def move(definition: Definition, number: int, by: int) -> Definition:
    """With a question one place up (-1) or down (1).

    Raises
    ------
    Unfit: the survey would not begin with a scale.
    """
    questions = list(definition.questions)
    at = next(at for at, each in enumerate(questions) if each.number == number)
    to = min(max(at + by, 0), len(questions) - 1)
    questions[at], questions[to] = questions[to], questions[at]
    return _with(definition, tuple(questions))


def with_opens(definition: Definition, opens: Opens) -> Definition:
    """With these rules."""
    return msgspec.structs.replace(definition, opens=opens)


def reason_numbers(versions: Iterable[Definition]) -> set[int]:
    """Numbers that reasons have or had; those that are added to the set are given away."""
    return {reason.number for version in versions for reason in version.reasons(None)}


def give_number(used: set[int]) -> int:
    """A free number, which is then in use."""
    number = _free(used, HIGHEST_REASON)
    used.add(number)
    return number


def _numbered(reasons: Sequence[Reason], used: set[int]) -> tuple[Reason, ...]:
    return tuple(Reason(give_number(used), each.text) for each in reasons)


def _free(used: Iterable[int], highest: int) -> int:
    """One more than the highest that there was, so that what is counted by number stays in order."""
    number = max(used, default=0) + 1
    if number > highest:
        raise Unfit("full")
    return number


def _with(definition: Definition, questions: tuple[Question, ...]) -> Definition:
    if not questions or isinstance(questions[0], _AFTERWARDS):
        raise Unfit("first" if questions else "last")
    return msgspec.structs.replace(definition, questions=questions)
