"""What is to stand on a touchpoint's poster."""

import io

from PIL import Image
from sqlalchemy import Connection
from sqlalchemy.exc import NoResultFound

from collector.insights.faces import Face, face
from collector.links import keys
from collector.places.queries import Store
from collector.posters.layout import Logo, Poster
from collector.posters.words import WORDS
from collector.settings import Settings
from collector.slips.style import style_of
from collector.surveys.queries import Survey, survey_at
from printer import codes
from printer.qr import symbol

#: A longer question is none for a wall; the poster then asks in its own words.
_LONGEST_QUESTION = 90
_FOUR = (Face.VERY_GOOD, Face.GOOD, Face.BAD, Face.VERY_BAD)


def poster_of(
    connection: Connection, settings: Settings, store: Store, touchpoint_id: int, touchpoint: str, language: str
) -> Poster:
    """A touchpoint's poster.

    Parameters
    ----------
    language: of `posters.words.WORDS`.
    """
    survey = _survey(connection, store.id, touchpoint_id)
    link = keys.address(settings, keys.sign(connection, settings, codes.Poster(touchpoint_id)))
    logo = style_of(connection, store.id).logo
    return Poster(
        shop=store.name,
        touchpoint=touchpoint,
        question=_question(survey, language),
        faces=_faces(survey),
        link=link,
        # Paper that hangs for a year gets fingers, folds and sun.
        code=symbol(link, "Q"),
        language=language,
        logo=_logo(logo) if logo else None,
    )


def _survey(connection: Connection, store_id: int, touchpoint_id: int) -> Survey | None:
    try:
        return survey_at(connection, store_id, touchpoint_id=touchpoint_id)
    except NoResultFound:
        return None


def _question(survey: Survey | None, language: str) -> str:
    """The survey's own, where it asks in this very language."""
    asked = survey.question.get(language, "").strip() if survey else ""
    return asked if 0 < len(asked) <= _LONGEST_QUESTION else WORDS[language].question


def _faces(survey: Survey | None) -> tuple[Face, ...]:
    """Those that the customer will see; of a scale that has no faces of its own, the four."""
    if survey is None or survey.first.kind != "smileys" or survey.buttons == 2:
        return _FOUR
    return tuple(face(button, survey.buttons) for button in range(1, survey.buttons + 1))


def _logo(png: bytes) -> Logo:
    with Image.open(io.BytesIO(png)) as picture:
        return Logo(png, picture.width / picture.height)
