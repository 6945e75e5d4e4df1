"""What shops listen for, unless an organisation has lists of its own: by language, by theme."""

from collections.abc import Mapping

from collector.voices.themes.defaults import de, en, pl, ru, uk

#: Goes down with each change of these lists: comments that were read by an earlier one are read anew.
DEFAULTS_ID = -1


def _lists(words: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {theme: tuple(" ".join(each.split()) for each in listed.split(",")) for theme, listed in words.items()}


DEFAULTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "uk": _lists(uk.WORDS),
    "ru": _lists(ru.WORDS),
    "en": _lists(en.WORDS),
    "pl": _lists(pl.WORDS),
    "de": _lists(de.WORDS),
}
