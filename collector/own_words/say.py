"""What pages say: the organisation's own word where it has one, else ours."""

from collections.abc import Mapping

from flask import g
from flask_babel import get_locale
from flask_babel import gettext as _

from collector.accounts.viewer import signed_in
from collector.current import database
from collector.insights.faces import Face
from collector.own_words.definition import OwnWords
from collector.policies.queries import policy_at


def place_word(kind: str, many: bool = False) -> str:
    """What a place of a kind is called, or several: Region, Branches. A title, not part of a sentence.

    In templates a function and no filter: filters of constants Jinja asks but once, when it reads the template.
    """
    names: Mapping[str, tuple[str, str]] = {
        "organisation": (_("Head office"), _("Head offices")),
        "region": (_("Region"), _("Regions")),
        "store": (_("Store"), _("Stores")),
    }
    return _own().place(kind, _language(), many=many) or str(names[kind][many])


def face_word(face: Face) -> str:
    """What a face stands for: very good."""
    words: Mapping[Face, str] = {
        Face.VERY_GOOD: _("very good"),
        Face.GOOD: _("good"),
        Face.NEUTRAL: _("neither"),
        Face.BAD: _("bad"),
        Face.VERY_BAD: _("very bad"),
    }
    return _own().face(face, _language()) or str(words[face])


def speak_as(place_id: int) -> None:
    """On this page the words are those of a place; without it they are those of the reader's own."""
    g.own_words_of = place_id
    g.pop("own_words", None)


def _own() -> OwnWords:
    if "own_words" not in g:
        asks = signed_in()
        place_id = g.get("own_words_of", asks.place_id if asks else None)
        g.own_words = OwnWords()
        if place_id is not None:
            with database().connect() as connection:
                g.own_words = policy_at(connection, place_id, "words", OwnWords)
    found: OwnWords = g.own_words
    return found


def _language() -> str:
    locale = get_locale()
    return locale.language if locale else "en"


#: What templates may use, by the name of the function.
FILTERS, SPOKEN = (face_word,), (place_word,)
