"""Sentences that are kept in English, in the reader's language."""

import re
from collections.abc import Callable
from functools import lru_cache

from flask_babel import get_locale
from flask_babel import gettext as _

from collector.sentences import changes, kiosks, messages, printing, technicians
from collector.sentences.reading import Sentences

KNOWN = Sentences(
    (
        *printing.SENTENCES,
        *printing.NAMES,
        *messages.SENTENCES,
        *kiosks.SENTENCES,
        *changes.SENTENCES,
        *changes.CAUSES,
        *technicians.SENTENCES,
    )
)
#: Only inside of those: such a few words may be a person's own, too.
PIECES = Sentences((*kiosks.PIECES, *printing.PIECES))
_BELOW_ZERO = re.compile(r"-[0-9]+")


def translated(text: str | None) -> str:
    """A sentence, or several, as they are said in the reader's language; what nobody knows stays as it is."""
    return _in_language(text, str(get_locale() or "en")) if text else ""


@lru_cache(2048)
def _in_language(text: str, _language: str) -> str:
    return _list(text) or " ".join(_said(KNOWN, part) for part in KNOWN.parts(text))


def _list(text: str) -> str:
    """What a self-test found, one thing after the other; nothing where it is no such list."""
    parts = text.removesuffix(".").split("; ")
    return "; ".join(_said(PIECES, part) for part in parts) + "." if all(map(PIECES.read, parts)) else ""


def _said(known: Sentences, text: str) -> str:
    found = known.read(text)
    if found is None:
        return text
    return str(_(found.sentence, **{name: _value(value) for name, value in found.values.items()}))


def _value(text: str) -> str:
    """What stands in a sentence's place may be a sentence itself, or a figure below zero."""
    if _BELOW_ZERO.fullmatch(text):
        return text.replace("-", "−")
    return _said(KNOWN, text) if KNOWN.read(text) else _said(PIECES, text)


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (translated,)
