"""Makes surveys that tests ask."""

from typing import Any

from sqlalchemy import Connection, insert

from collector.places.tables import touchpoint
from collector.surveys.definition import (
    Ces,
    Comment,
    ContactDetails,
    Definition,
    Enps,
    Gap,
    Nps,
    Question,
    Reason,
    Reasons,
    Smileys,
    Stars,
)
from collector.surveys.publish import make_survey, publish
from collector.surveys.schedule import Schedule
from collector.surveys.versions import one_survey
from tests.factories import NOW, Shop

#: One question of each type that customers are asked, and a second row of faces.
EVERYTHING = Definition(
    (
        Smileys(1, {"en": "How was your visit?"}),
        Reasons(2, {"en": "Why?"}, {"en": "Why not?"}, (Reason(1, {"en": "Quick"}),), (Reason(2, {"en": "Slow"}),)),
        Nps(3, {"en": "Would you recommend us?"}),
        Ces(4, {"en": "How easy was it?"}),
        Stars(5, {"en": "How was the coffee?"}),
        Smileys(6, {"en": "And the staff?"}, 5),
        Gap(7, {"en": "How clean it was"}),
        Comment(8),
    )
)
#: By their keys in `EVERYTHING`: the best of each, in the numbers that customers see.
BEST = {"1": 1, "3": 10, "4": 7, "5": 5, "6": 1, "7e": 5, "7p": 5}
STAFF = Definition((Enps(1, {"en": "Would you recommend us as a place to work?"}), Comment(2)))
WITH_CONTACT = Definition((Smileys(1, {"en": "How was it?"}), Comment(2), ContactDetails(3)))


def ask(
    connection: Connection,
    place_id: int,
    *questions: Question,
    definition: Definition | None = None,
    touchpoint_id: int | None = None,
    audience: str = "customers",
    schedule: Schedule | None = None,
    **more: Any,
) -> int:
    """Have something asked at a place; returns the survey's id."""
    survey_id = make_survey(
        connection,
        place_id,
        name="A survey",
        audience=audience,
        touchpoint_id=touchpoint_id,
        schedule=schedule or Schedule(),
        definition=definition or Definition(questions, **more),
        author="Oksana",
    )
    publish_draft(connection, place_id, survey_id)
    return survey_id


def publish_draft(connection: Connection, place_id: int, survey_id: int) -> None:
    found = one_survey(connection, place_id, survey_id)
    assert found
    assert found.draft
    assert publish(connection, found.draft.id, NOW)


def make_staff_room(connection: Connection, shop: Shop) -> int:
    """A touchpoint for the staff of a store."""
    values = {"store_id": shop.store, "name": "Staff room", "position": 9, "audience": "staff"}
    return int(connection.execute(insert(touchpoint).values(values).returning(touchpoint.c.id)).scalar_one())
