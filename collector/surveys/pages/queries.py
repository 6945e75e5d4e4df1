"""What the pages of the staff's survey read."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, exists, func, select

from collector.places.tables import place, touchpoint
from collector.ratings.kinds import Mark
from collector.ratings.scale import reply_of
from collector.ratings.tables import rating
from collector.surveys.marks import AnswerMark
from collector.surveys.tables import answer, question, survey, survey_version


def staff_replies(
    connection: Connection, store_ids: Sequence[int], since: datetime
) -> Mapping[int, list[tuple[datetime, int]]]:
    """How staff replied to the eNPS question since then: by store, in the order in which it came."""
    rooms = connection.scalars(
        select(touchpoint.c.id).where(touchpoint.c.store_id.in_(store_ids), touchpoint.c.audience == "staff")
    ).all()
    if not rooms:
        return {}
    query = (
        select(rating.c.store_id, rating.c.received_at, rating.c.button, question.c.buttons)
        .join(question, question.c.id == rating.c.question_id)
        .where(
            rating.c.store_id.in_(store_ids),
            rating.c.touchpoint_id.in_(rooms),
            rating.c.received_at >= since,
            rating.c.mark == Mark.COUNTED,
            question.c.kind == "enps",
        )
        .order_by(rating.c.received_at, rating.c.seq)
    )
    found: dict[int, list[tuple[datetime, int]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.store_id, []).append((row.received_at, reply_of("enps", row.button, row.buttons)))
    return found


def staff_comments(connection: Connection, store_id: int, since: datetime) -> list[str]:
    """What staff of a store wrote since then, without a day, and in an order that tells none."""
    query = (
        select(answer.c.comment)
        .join(touchpoint, touchpoint.c.id == answer.c.touchpoint_id)
        .where(
            answer.c.store_id == store_id,
            answer.c.submitted_at >= since,
            answer.c.comment.is_not(None),
            answer.c.mark == AnswerMark.NONE,
            touchpoint.c.audience == "staff",
        )
        .order_by(answer.c.submitted_at)
    )
    return list(connection.scalars(query))


def has_staff_survey(connection: Connection, store_id: int) -> bool:
    """Whether anything is asked of a store's staff, by its own survey or one from above."""
    path = select(func.unnest(place.c.path)).where(place.c.id == store_id)
    published = exists().where(survey_version.c.survey_id == survey.c.id, survey_version.c.published_at.is_not(None))
    asked = and_(survey.c.audience == "staff", survey.c.retired_at.is_(None), published)
    found = select(survey.c.id).where(survey.c.place_id.in_(path), asked, survey.c.touchpoint_id.is_(None))
    return connection.execute(found.limit(1)).first() is not None
