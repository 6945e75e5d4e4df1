"""What a person types about a theme, and whether it can be listened for (pure)."""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from collector.forms import clean, line
from collector.surveys.definition import LANGUAGES
from collector.voices.themes.matcher import entry
from collector.voices.themes.policy import LONGEST_ENTRY, LONGEST_NAME, MOST_ENTRIES, Theme

_BETWEEN = re.compile(r"[,;\n]")


class Typed(NamedTuple):
    name: str
    #: By language, as it was typed.
    words: Mapping[str, str]


class Against(NamedTuple):
    """What does not fit: a field, and what is wrong with it: `name`, `none`, `many`, `long`, `empty`."""

    field: str
    why: str
    said: str = ""


def typed(form: Mapping[str, str], languages: Sequence[str]) -> Typed:
    return Typed(line(form.get("name", "")), {each: clean(form.get(f"words-{each}", "")) for each in languages})


def read(sent: Typed, *, has_name: bool) -> dict[str, tuple[str, ...]] | Against:
    """The entries by language.

    Parameters
    ----------
    has_name: it has one of ours where none was typed.
    """
    if len(sent.name) > LONGEST_NAME or not (sent.name or has_name):
        return Against("name", "name")
    found = {language: _entries(text) for language, text in sent.words.items()}
    for language, entries in found.items():
        field = f"words-{language}"
        if len(entries) > MOST_ENTRIES:
            return Against(field, "many")
        for each in entries:
            if len(each) > LONGEST_ENTRY:
                return Against(field, "long", each)
            if not entry(each):
                return Against(field, "empty", each)
    found = {language: entries for language, entries in found.items() if entries}
    return found or Against(f"words-{next(iter(sent.words))}", "none")


def new_key() -> str:
    """Under which a theme of a place's own is kept with each comment that speaks of it."""
    return f"own-{secrets.token_hex(4)}"


def languages_of(themes: Sequence[Theme]) -> list[str]:
    """Those of our own words, and whatever else somebody has made lists in."""
    further = {language for theme in themes for language in theme.words} - set(LANGUAGES)
    return [*LANGUAGES, *sorted(further)]


def _entries(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for each in _BETWEEN.split(text) if (found := line(each))))
