"""What an organisation listens for: a document of kind `themes` (policies)."""

from typing import Annotated, TypeAlias

import msgspec

from collector.voices.themes.defaults import DEFAULTS
from collector.voices.themes.matcher import entry

LONGEST_NAME, LONGEST_ENTRY = 40, 60
MOST_THEMES, MOST_ENTRIES = 30, 100

#: A word (`till`), the beginning of words (`clean*`), or several in a row (`out of stock`).
Entry: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ENTRY)]


class Theme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that people speak of."""

    key: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,20}\Z")]
    #: By the language of the list.
    words: Annotated[
        dict[str, Annotated[tuple[Entry, ...], msgspec.Meta(max_length=MOST_ENTRIES)]], msgspec.Meta(max_length=40)
    ]
    #: As the organisation calls it; empty: our word for one of ours, which is in the reader's language.
    name: Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)] = ""

    def __post_init__(self) -> None:
        for each in (each for listed in self.words.values() for each in listed):
            if not entry(each):
                raise ValueError(f"“{each}” has no letter in it that could be looked for.")


def _defaults() -> tuple[Theme, ...]:
    return tuple(Theme(key, {language: words[key] for language, words in DEFAULTS.items()}) for key in DEFAULTS["en"])


class ThemePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds at a place and below."""

    themes: Annotated[tuple[Theme, ...], msgspec.Meta(max_length=MOST_THEMES)] = msgspec.field(
        default_factory=_defaults
    )

    def __post_init__(self) -> None:
        keys = [each.key for each in self.themes]
        if len(set(keys)) != len(keys):
            raise ValueError("Two themes have the same key.")
