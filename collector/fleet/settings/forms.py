"""Settings of kiosks as a form is filled in: one that is ticked is chosen here, all others hold as above."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import msgspec

from collector.fleet.settings.choices import NUMBERS, KioskChoices
from collector.forms import line
from collector.places.hours import WEEKDAYS
from collector.surveys.definition import LANGUAGES, Texts

TEXTS = ("thanks", "tell", "did")
KINDS = ("good", "bad")


@dataclass(frozen=True)
class Filled:
    """What somebody wants, by setting; None: as above. Of what does not fit only its name."""

    chosen: dict[str, Any]
    wrong: frozenset[str]


def filled(form: Mapping[str, str], names: Sequence[str]) -> Filled:
    """Read the form of these settings."""
    chosen: dict[str, Any] = {}
    wrong = set[str]()
    for name in names:
        chosen[name] = None
        if form.get(f"own-{name}"):
            value = _typed(form, name)
            try:
                msgspec.convert({name: value}, KioskChoices)
                if value is None:
                    raise ValueError
            except ValueError:
                wrong.add(name)
            chosen[name] = value
    return Filled(chosen, frozenset(wrong))


def as_form(own: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, str]:
    """The form's fields as they stand.

    Parameters
    ----------
    own: what is chosen here.
    held: what holds here, from wherever: whoever ticks a setting begins with that.
    """
    fields = {f"own-{name}": "1" for name in own}
    for name, value in {**NUMBERS, **held}.items():
        if name in NUMBERS:
            fields[name] = str(value)
        elif name == "languages":
            fields[name] = ", ".join(value)
        elif name in TEXTS:
            fields |= {f"{name}-{language}": words for language, words in value.items()}
        elif name == "weekday_questions":
            for day, texts in value.items():
                fields |= {f"{name}-{day}-{language}": words for language, words in texts.items()}
        elif name == "reasons":
            for kind in KINDS:
                for language in {each for texts in value[kind] for each in texts}:
                    fields[f"reasons-{kind}-{language}"] = "\n".join(texts.get(language, "") for texts in value[kind])
    return fields


def languages_in(fields: Mapping[str, str]) -> list[str]:
    """Ours, and whichever others there are words in."""
    stems = (*TEXTS, *(f"reasons-{kind}" for kind in KINDS), *(f"weekday_questions-{day}" for day in WEEKDAYS))
    others = {name.removeprefix(f"{stem}-") for stem in stems for name in fields if name.startswith(f"{stem}-")}
    return [*LANGUAGES, *sorted(others - set(LANGUAGES))]


def _typed(form: Mapping[str, str], name: str) -> Any:
    if name in NUMBERS:
        text = form.get(name, "").strip()
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
    if name == "languages":
        return form.get(name, "").replace(",", " ").split()
    if name in TEXTS:
        return _texts(form, name)
    if name == "weekday_questions":
        return {day: texts for day in WEEKDAYS if (texts := _texts(form, f"{name}-{day}"))}
    return {kind: _reasons(form, f"reasons-{kind}") for kind in KINDS}


def _texts(form: Mapping[str, str], stem: str) -> Texts:
    spoken = {language: line(form.get(f"{stem}-{language}", "")) for language in languages_in(form)}
    return {language: words for language, words in spoken.items() if words}


def _reasons(form: Mapping[str, str], stem: str) -> list[Texts]:
    """One a line; the same line in every language is the same reason."""
    columns = {language: form.get(f"{stem}-{language}", "").splitlines() for language in languages_in(form)}
    rows = zip_longest(*columns.values(), fillvalue="")
    spoken = [{language: line(words) for language, words in zip(columns, row, strict=True)} for row in rows]
    reasons = [{language: words for language, words in texts.items() if words} for texts in spoken]
    return [texts for texts in reasons if texts]
