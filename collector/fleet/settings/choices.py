"""What may be chosen for kiosks, and which choice holds. Pure.

A choice is made for one kiosk, or for all kiosks of a place and below. Setting by setting the nearest choice holds: the
kiosk's own, else its store's, its region's, its organisation's; where nobody has chosen, the default.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, TypedDict, cast

from msgspec import Meta, Struct

from collector.surveys.definition import Texts

#: Brightness of the lights and loudness of the sounder, %; within how many ms a second press is the same person's.
LIGHT, SOUND, REPEAT = 100, 50, 2000
#: What a number is where nobody has chosen; any other setting follows from the question, the survey and the language.
NUMBERS: Mapping[str, int] = {"light": LIGHT, "sound": SOUND, "repeat": REPEAT}


#: Letters of a text at most, by the setting that it stands in; of a reason, each.
LONGEST: Mapping[str, int] = {"thanks": 60, "tell": 80, "did": 160, "reasons": 40, "weekday_questions": 120}


class Reasons(TypedDict):
    """What a shopper may choose from on a touch screen after a good and after a bad rating; at most six of each."""

    good: list[Texts]
    bad: list[Texts]


class Preferences(TypedDict, total=False):
    """What somebody chose for one kiosk."""

    light: int
    sound: int
    repeat: int
    languages: list[str]
    thanks: Texts
    tell: Texts
    #: "You said, we did", at rest, instead of the place's improvements.
    did: Texts
    reasons: Reasons
    #: What is asked instead of the usual question, by weekday (mon … sun).
    weekday_questions: dict[str, Texts]


Language: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")]
Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_Languages = Meta(min_length=1, max_length=12)
_Thanks: TypeAlias = Annotated[
    dict[Language, Annotated[str, Meta(min_length=1, max_length=LONGEST["thanks"])]], _Languages
]
_Tell: TypeAlias = Annotated[dict[Language, Annotated[str, Meta(min_length=1, max_length=LONGEST["tell"])]], _Languages]
_Did: TypeAlias = Annotated[dict[Language, Annotated[str, Meta(min_length=1, max_length=LONGEST["did"])]], _Languages]
_Question: TypeAlias = Annotated[
    dict[Language, Annotated[str, Meta(min_length=1, max_length=LONGEST["weekday_questions"])]], _Languages
]
_Reason: TypeAlias = Annotated[
    dict[Language, Annotated[str, Meta(min_length=1, max_length=LONGEST["reasons"])]], _Languages
]


class _Reasons(Struct, frozen=True):
    good: Annotated[list[_Reason], Meta(max_length=6)]
    bad: Annotated[list[_Reason], Meta(max_length=6)]


class Choices(Struct, frozen=True, omit_defaults=True):
    """What a place chose for its kiosks: a document of kind `kiosks` (policies). None: nothing.

    What was done for customers is not among it: a place says that on the page "You said, we did".
    """

    light: Annotated[int, Meta(ge=1, le=100)] | None = None
    sound: Annotated[int, Meta(ge=0, le=100)] | None = None
    repeat: Annotated[int, Meta(ge=0, le=60_000)] | None = None
    languages: Annotated[list[Language], Meta(min_length=1, max_length=6)] | None = None
    thanks: _Thanks | None = None
    tell: _Tell | None = None
    reasons: _Reasons | None = None
    weekday_questions: Annotated[dict[Weekday, _Question], Meta(min_length=1)] | None = None


class KioskChoices(Choices, frozen=True, omit_defaults=True):
    """What was chosen for one kiosk."""

    did: _Did | None = None


#: What can be chosen for a place; for one kiosk, also `did`.
OF_PLACES = Choices.__struct_fields__
OF_KIOSKS = KioskChoices.__struct_fields__


class Level(NamedTuple):
    """Who chose what."""

    #: None: for the kiosk itself.
    place_id: int | None
    name: str
    chosen: Mapping[str, Any]


class Change(NamedTuple):
    """Of one setting; None: what follows by default."""

    before: Any
    after: Any


def merged(levels: Sequence[Level]) -> Preferences:
    """What holds for a kiosk.

    Parameters
    ----------
    levels: from the organisation down to the kiosk itself.
    """
    held: dict[str, Any] = {}
    for level in levels:
        held |= level.chosen
    return cast(Preferences, held)


def sources(levels: Sequence[Level]) -> dict[str, Level]:
    """Of each setting that somebody chose, whose choice holds; levels as above."""
    return {name: level for level in levels for name in level.chosen}


def replaced(levels: Sequence[Level], place_id: int | None, name: str, chosen: Mapping[str, Any]) -> list[Level]:
    """The same levels, where somebody chooses something else.

    Parameters
    ----------
    levels: one for each place of the path, whatever it has chosen.
    """
    return [Level(place_id, name, chosen) if level.place_id == place_id else level for level in levels]


def changes(before: Sequence[Level], after: Sequence[Level]) -> dict[str, Change]:
    """What is another setting then, by name."""
    old: Mapping[str, Any] = {**NUMBERS, **merged(before)}
    new: Mapping[str, Any] = {**NUMBERS, **merged(after)}
    names = [name for name in OF_KIOSKS if old.get(name) != new.get(name)]
    return {name: Change(old.get(name), new.get(name)) for name in names}


def touched(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The settings that one level chooses otherwise than before."""
    return [name for name in OF_KIOSKS if before.get(name) != after.get(name)]


def altered(chosen: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """One level's choices after a change by name; None: not its own any more."""
    together = {**chosen, **changed}
    return {name: value for name, value in together.items() if value is not None}
