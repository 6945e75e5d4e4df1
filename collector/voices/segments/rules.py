"""What a segment is made of: a plain document, stored with its name. Everything that it says has to hold."""

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec

from collector.voices.themes.policy import LONGEST_NAME

LONGEST_TEXT = 100
#: What customers agree to besides an answer to their problem (contacts.policy).
PURPOSES = ("invitation", "review", "recovery", "thanks")

Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
#: How far back a segment looks.
Days: TypeAlias = Literal[7, 28, 91, 365]
Percent: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=100)]
DAYS: Sequence[Days] = (7, 28, 91, 365)


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody said, and how; what is empty is all the same."""

    #: As ratings.kinds.word has them.
    channels: tuple[str, ...] = ()
    #: As insights.faces.Face has them.
    faces: tuple[str, ...] = ()
    themes: Annotated[
        tuple[Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)], ...], msgspec.Meta(max_length=40)
    ] = ()
    #: All these words are in the comment.
    words: Text = ""
    #: Part of the touchpoint's name.
    touchpoint: Text = ""
    hours: Literal["open", "closed"] | None = None
    has_case: bool | None = None


class Places(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="of", tag="places"):
    """Stores, by what was heard there in the last days."""

    #: Part of the store's name.
    name: Text = ""
    #: They lie at or below this place.
    below: int | None = None
    days: Days = 28
    #: Between these, each included, of at least `insights.compare.FEWEST` ratings.
    index_from: Percent | None = None
    index_to: Percent | None = None
    #: Something was heard by one of these.
    channels: tuple[str, ...] = ()


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="of", tag="answers"):
    """Voices; of which period, the page says where the segment is used."""

    said: Said = Said()


class Customers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="of", tag="customers"):
    """People who agreed to be written to for a purpose, and have not taken it back, by what they said."""

    purpose: Literal["invitation", "review", "recovery", "thanks"] = "invitation"
    days: Days = 365
    said: Said = Said()


Rule: TypeAlias = Places | Answers | Customers
Kind: TypeAlias = Literal["places", "answers", "customers"]


def kind_of(rule: Rule) -> Kind:
    match rule:
        case Places():
            return "places"
        case Answers():
            return "answers"
        case Customers():
            return "customers"


def rule_of(definition: object) -> Rule:
    """A rule as it is stored.

    Raises
    ------
    msgspec.ValidationError: it is of a shape that this version does not know.
    """
    found: Rule = msgspec.convert(definition, Rule)
    return found
