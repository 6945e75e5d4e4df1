"""The survey that an organisation begins with."""

import msgspec
from sqlalchemy import Connection, func, insert, select

from collector.places.tables import place
from collector.surveys.definition import Comment, ContactDetails, Definition, Reason, Reasons, Smileys, Texts
from collector.surveys.publish import questions_of
from collector.surveys.tables import survey, survey_version

NAME = "After a visit"


def _in(uk: str, ru: str, en: str, pl: str, de: str) -> Texts:
    return {"uk": uk, "en": en, "pl": pl, "de": de, "ru": ru}


DEFINITION = Definition(
    (
        Smileys(
            1,
            _in(
                "Як вам сьогодні у нас?",
                "Как вам сегодня у нас?",
                "How was your visit today?",
                "Jak było dziś u nas?",
                "Wie war Ihr Besuch heute?",
            ),
        ),
        Reasons(
            2,
            why_good=_in(
                "Що сподобалося?",
                "Что понравилось?",
                "What did you like?",
                "Co się podobało?",
                "Was hat Ihnen gefallen?",
            ),
            why_bad=_in(
                "Що було не так?", "Что было не так?", "What went wrong?", "Co było nie tak?", "Was war nicht gut?"
            ),
            good=(
                Reason(7, _in("Швидко", "Быстро", "Quick", "Szybko", "Schnell")),
                Reason(8, _in("Обслуговування", "Обслуживание", "Service", "Obsługa", "Bedienung")),
                Reason(9, _in("Вибір", "Выбор", "Choice", "Wybór", "Auswahl")),
                Reason(10, _in("Ціни", "Цены", "Prices", "Ceny", "Preise")),
                Reason(11, _in("Якість", "Качество", "Quality", "Jakość", "Qualität")),
                Reason(12, _in("Чистота", "Чистота", "Cleanliness", "Czystość", "Sauberkeit")),
            ),
            bad=(
                Reason(1, _in("Довга черга", "Длинная очередь", "Long queue", "Długa kolejka", "Lange Schlange")),
                Reason(2, _in("Обслуговування", "Обслуживание", "Service", "Obsługa", "Bedienung")),
                Reason(3, _in("Не було товару", "Не было товара", "Out of stock", "Brak towaru", "Ausverkauft")),
                Reason(
                    4,
                    _in("Ціна або чек", "Цена или чек", "Price or receipt", "Cena lub paragon", "Preis oder Beleg"),
                ),
                Reason(5, _in("Якість", "Качество", "Quality", "Jakość", "Qualität")),
                Reason(6, _in("Чистота", "Чистота", "Cleanliness", "Czystość", "Sauberkeit")),
            ),
        ),
        Comment(3),
        ContactDetails(4),
    )
)


def ensure_default(connection: Connection) -> int:
    """Give the default survey to each organisation that asks its customers nothing; returns the id of the question that
    its kiosks ask."""
    questions = questions_of(connection, DEFINITION)
    version = {"version": 1, "definition": msgspec.to_builtins(DEFINITION), "questions": questions}
    is_asked = (
        select(survey.c.id)
        .join(survey_version, survey_version.c.survey_id == survey.c.id)
        .where(survey.c.place_id == place.c.id, survey.c.audience == "customers", survey.c.retired_at.is_(None))
        .where(survey_version.c.published_at.is_not(None))
        .exists()
    )
    for place_id in connection.scalars(select(place.c.id).where(place.c.parent_id.is_(None), ~is_asked)).all():
        made = insert(survey).values(place_id=place_id, audience="customers", name=NAME).returning(survey.c.id)
        survey_id = connection.execute(made).scalar_one()
        connection.execute(insert(survey_version).values(survey_id=survey_id, published_at=func.now(), **version))
    return questions[DEFINITION.first.key]
