"""The survey that an organisation begins with."""

import msgspec
from sqlalchemy import Connection, cast, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from collector.places.tables import place
from collector.surveys.definition import Definition, Reason
from collector.surveys.tables import question, survey

QUESTION = {"uk": "Як вам сьогодні у нас?", "en": "How was your visit today?"}
BUTTONS = 4

DEFINITION = Definition(
    why_good={"uk": "Що сподобалося?", "en": "What did you like?"},
    why_bad={"uk": "Що було не так?", "en": "What went wrong?"},
    reasons_bad=(
        Reason(1, {"uk": "Довга черга", "en": "Long queue"}),
        Reason(2, {"uk": "Обслуговування", "en": "Service"}),
        Reason(3, {"uk": "Не було товару", "en": "Out of stock"}),
        Reason(4, {"uk": "Ціна або чек", "en": "Price or receipt"}),
        Reason(5, {"uk": "Якість", "en": "Quality"}),
        Reason(6, {"uk": "Чистота", "en": "Cleanliness"}),
    ),
    reasons_good=(
        Reason(7, {"uk": "Швидко", "en": "Quick"}),
        Reason(8, {"uk": "Обслуговування", "en": "Service"}),
        Reason(9, {"uk": "Вибір", "en": "Choice"}),
        Reason(10, {"uk": "Ціни", "en": "Prices"}),
        Reason(11, {"uk": "Якість", "en": "Quality"}),
        Reason(12, {"uk": "Чистота", "en": "Cleanliness"}),
    ),
)


def ensure_default(connection: Connection) -> int:
    """Give the default survey to each organisation that has no survey; returns the id of its question."""
    same = cast(question.c.text, JSONB) == QUESTION, question.c.buttons == BUTTONS
    question_id = connection.scalar(select(question.c.id).where(*same).order_by(question.c.id))
    if question_id is None:
        made = insert(question).values(text=QUESTION, buttons=BUTTONS).returning(question.c.id)
        question_id = connection.execute(made).scalar_one()
    default = {"version": 1, "question_id": question_id, "definition": msgspec.to_builtins(DEFINITION)}
    for place_id in connection.scalars(select(place.c.id).where(place.c.parent_id.is_(None))).all():
        connection.execute(upsert(survey).values(place_id=place_id, **default).on_conflict_do_nothing())
    return int(question_id)
