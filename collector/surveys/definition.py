"""What a survey asks, in order, and which answers open a case: a plain document, stored with each version of it.

A question has a number that stays the same in every version, whatever its words. Scales are answered in the numbers
that customers see, which `scale` turns into a button and a score:

    smileys  1 … buttons, 1 the best           nps, enps  0 … 10
    stars    1 … 5, 5 the best                 ces        1 … 7, 7 the easiest
    gap      twice 1 … 5: what was expected ("4e"), what it was like ("4p")
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, NamedTuple, TypeAlias

import msgspec

from collector.ratings.scale import is_bad

#: The same words in each language, by its tag.
Texts: TypeAlias = dict[str, str]
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=99)]

#: Languages that our own words are in; a survey may be in more.
LANGUAGES = ("uk", "en", "pl", "de", "ru")
#: Most reasons that a customer is shown, and most questions in a survey.
MOST_REASONS, MOST_QUESTIONS = 6, 8

ScaleKind: TypeAlias = Literal["smileys", "nps", "ces", "stars", "expectation", "perception", "enps"]


class Scale(NamedTuple):
    """One scale of a survey, to be answered with one tap."""

    #: By which replies name it: the question's number, with `e` or `p` for the halves of a gap.
    key: str
    kind: ScaleKind
    text: Texts
    #: How many steps it has.
    buttons: int

    @property
    def replies(self) -> range:
        """The numbers that customers see."""
        return range(self.buttons) if self.kind in {"nps", "enps"} else range(1, self.buttons + 1)

    def has(self, reply: int) -> bool:
        """Whether it has this step."""
        return reply in self.replies


class Smileys(msgspec.Struct, frozen=True, tag_field="type", tag="smileys"):
    """Faces; those of the first four-button question make the index."""

    number: Number
    text: Texts
    buttons: Literal[2, 3, 4, 5] = 4


class Nps(msgspec.Struct, frozen=True, tag_field="type", tag="nps"):
    """How likely somebody is to recommend the place, 0 … 10."""

    number: Number
    text: Texts


class Ces(msgspec.Struct, frozen=True, tag_field="type", tag="ces"):
    """How easy it was, 1 … 7."""

    number: Number
    text: Texts


class Stars(msgspec.Struct, frozen=True, tag_field="type", tag="stars"):
    """One to five stars."""

    number: Number
    text: Texts


class Enps(msgspec.Struct, frozen=True, tag_field="type", tag="enps"):
    """How likely staff are to recommend the place as one to work at, 0 … 10."""

    number: Number
    text: Texts


class Gap(msgspec.Struct, frozen=True, tag_field="type", tag="gap"):
    """What was expected of something, and what it was like: service quality is perception − expectation (Parasuraman,
    Zeithaml and Berry, SERVQUAL, 1988)."""

    number: Number
    #: What it is about: "How clean it was".
    text: Texts


class Reason(msgspec.Struct, frozen=True):
    """One reason. Its number stays the same in every version of a survey, whatever its words."""

    number: Annotated[int, msgspec.Meta(ge=1, le=999)]
    text: Texts


ReasonList: TypeAlias = Annotated[tuple[Reason, ...], msgspec.Meta(max_length=MOST_REASONS)]


class Reasons(msgspec.Struct, frozen=True, tag_field="type", tag="reasons"):
    """Why: other reasons after a good rating than after a bad one."""

    number: Number
    why_good: Texts
    why_bad: Texts
    good: ReasonList
    bad: ReasonList

    def fitting(self, score: float | None) -> Sequence[Reason]:
        """Those that go with a score; all of them where there is none."""
        if score is None:
            return self.bad + self.good
        return self.bad if is_bad(score) else self.good


class Comment(msgspec.Struct, frozen=True, tag_field="type", tag="comment"):
    """In the customer's own words; with no text of its own, the page's words ask for them."""

    number: Number
    text: Texts = {}


class ContactDetails(msgspec.Struct, frozen=True, tag_field="type", tag="contact"):
    """An address, with consent; with no text of its own, the page's words ask for it."""

    number: Number
    text: Texts = {}


Question: TypeAlias = Smileys | Nps | Ces | Stars | Enps | Gap | Reasons | Comment | ContactDetails


class Opens(msgspec.Struct, frozen=True):
    """Which answers open a case."""

    #: A score of the first scale below this, even without a word, 0 … 100; 10 is the worst button of any scale.
    below: Annotated[float, msgspec.Meta(ge=0, le=100)] = 10.0
    #: A bad score with a comment or a contact.
    bad_with_words: bool = True
    #: An answer to an NPS question up to this; None: none.
    nps_at_most: Annotated[int, msgspec.Meta(ge=0, le=10)] | None = 6
    #: Whoever leaves a contact after a rating that is not bad, too: they want an answer.
    contact: bool = True
    #: A comment with one of these words, whatever the rating; by language, small letters.
    words: dict[str, tuple[str, ...]] = {}


class Definition(msgspec.Struct, frozen=True):
    """As it is stored with a version. The first question is a scale: it is answered with one tap."""

    questions: Annotated[tuple[Question, ...], msgspec.Meta(min_length=1, max_length=MOST_QUESTIONS)]
    opens: Opens = Opens()

    def __post_init__(self) -> None:
        numbers = [question.number for question in self.questions]
        if len(set(numbers)) != len(numbers):
            raise ValueError("Two questions have the same number.")
        if isinstance(self.questions[0], (Reasons, Comment, ContactDetails)):
            raise ValueError("A survey begins with a scale: faces, stars or a number.")
        for kind in (Reasons, Comment, ContactDetails):
            if sum(isinstance(question, kind) for question in self.questions) > 1:
                raise ValueError("Reasons, the comment and the contact are asked for once at most.")
        reasons = [reason.number for reason in self.reasons(None)]
        if len(set(reasons)) != len(reasons):
            raise ValueError("Two reasons have the same number.")

    @property
    def scales(self) -> Sequence[Scale]:
        """What can be answered with a tap, in order; a gap is two."""
        return [scale for question in self.questions for scale in _scales(question)]

    def asked(self, *, is_pressed: bool) -> Sequence[Scale]:
        """The scales that are left to ask whoever comes from a press at a kiosk, which has answered the faces of the
        first question; all of them of anybody else."""
        return [each for each in self.scales if not (is_pressed and each == self.first and each.kind == "smileys")]

    @property
    def first(self) -> Scale:
        """The scale that the page begins with: an answer's rating."""
        return self.scales[0]

    @property
    def why(self) -> Reasons | None:
        """The question for reasons, if there is one."""
        return next((each for each in self.questions if isinstance(each, Reasons)), None)

    def reasons(self, score: float | None) -> Sequence[Reason]:
        """The reasons that go with a score; all of them where there is none."""
        return self.why.fitting(score) if self.why else ()


def _scales(question: Question) -> Iterator[Scale]:
    key = str(question.number)
    match question:
        case Smileys(text=text, buttons=buttons):
            yield Scale(key, "smileys", text, buttons)
        case Nps(text=text):
            yield Scale(key, "nps", text, 11)
        case Enps(text=text):
            yield Scale(key, "enps", text, 11)
        case Ces(text=text):
            yield Scale(key, "ces", text, 7)
        case Stars(text=text):
            yield Scale(key, "stars", text, 5)
        case Gap(text=text):
            yield Scale(f"{key}e", "expectation", text, 5)
            yield Scale(f"{key}p", "perception", text, 5)


def in_language(texts: Texts, language: str) -> str:
    """The words in a language, else in English, else in whatever language there is."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()))
