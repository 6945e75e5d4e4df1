"""The words that an organisation has of its own (pure). Without arguments: none, and ours are said."""

from typing import Annotated, Literal, TypeAlias, get_args

import msgspec

from collector.insights.faces import Face

PlaceKind: TypeAlias = Literal["organisation", "region", "store"]
KINDS: tuple[PlaceKind, ...] = get_args(PlaceKind)
#: Those of the console.
Language: TypeAlias = Literal["en", "uk", "ru"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
LONGEST = 40
Word: TypeAlias = Annotated[str, msgspec.Meta(max_length=LONGEST)]


class Names(msgspec.Struct, frozen=True):
    """What one place of a kind is called, and several; "": as everywhere."""

    one: Word = ""
    many: Word = ""


class OwnWords(msgspec.Struct, frozen=True, omit_defaults=True):
    """All of them, by language."""

    places: dict[PlaceKind, dict[Language, Names]] = {}
    faces: dict[Face, dict[Language, Word]] = {}

    def place(self, kind: str, language: str, *, many: bool) -> str:
        """What a kind of place is called; "": nothing of their own."""
        names: Names = self.places.get(kind, {}).get(language, Names())  # type: ignore[call-overload]
        return names.many if many else names.one

    def face(self, face: Face, language: str) -> str:
        return self.faces.get(face, {}).get(language, "")  # type: ignore[call-overload,no-any-return]
