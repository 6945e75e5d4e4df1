"""From a reply's numbers to ratings: each scale that was answered is a row of the ratings' table, so that NPS, CES and
the rest are drawn from one table; its key there is (answer, question)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from collector import changes
from collector.database import driver
from collector.moments import to_ms
from collector.ratings.insert import NewRatings
from collector.ratings.kinds import Channel, TimeQuality
from collector.ratings.scale import button_of, reply_of, weight
from collector.surveys.answers import NO_CURSOR, NO_TOUCHPOINT, Rated, Reply
from collector.surveys.marks import OF_RATINGS, AnswerMark
from collector.surveys.queries import Survey


def replies_of(survey: Survey, reply: Reply, *, is_pressed: bool) -> dict[str, int]:
    """What was said to each scale of a survey, by its key, in the numbers that customers see.

    What the survey does not ask (a new version may have come meanwhile) is left out.

    Parameters
    ----------
    is_pressed: it belongs to a press, which has answered the first question already.
    """
    asked = {scale.key: scale for scale in survey.definition.asked(is_pressed=is_pressed)}
    said = dict(reply.replies)
    first = survey.first
    if reply.button is not None and first.key in asked:
        said[first.key] = reply_of(first.kind, reply.button, first.buttons)
    return {key: given for key, given in said.items() if key in asked and asked[key].has(given)}


def first_rating(survey: Survey, said: Mapping[str, int]) -> Rated | None:
    """The rating of the first scale, if it was answered."""
    first = survey.first
    if first.key not in said:
        return None
    button = button_of(first.kind, said[first.key], first.buttons)
    return Rated(survey.questions[first.key], button, first.buttons, weight(button, first.buttons))


def add_ratings(connection: Connection, survey: Survey, row: Row[Any], said: Mapping[str, int], now: datetime) -> None:
    """The ratings that an answer brings, which count at once.

    Parameters
    ----------
    row: the answer.
    said: what it says that it did not say before.
    """
    scales = [scale for scale in survey.definition.scales if scale.key in said]
    if not scales:
        return
    new = NewRatings()
    for scale in scales:
        button = button_of(scale.kind, said[scale.key], scale.buttons)
        new.add(
            cursor_id=NO_CURSOR,
            seq=row.id,
            channel=Channel(row.channel),
            happened=to_ms(now),
            earliest=None,
            quality=TimeQuality.EXACT,
            store_id=row.store_id,
            touchpoint_id=row.touchpoint_id or NO_TOUCHPOINT,
            question_id=survey.questions[scale.key],
            button=button,
            score=weight(button, scale.buttons),
            mark=OF_RATINGS[AnswerMark(row.mark)],
            boot=0,
            uptime=0,
            settings_version=0,
        )
    new.insert(driver(connection), now)
    changes.tell(driver(connection), changes.STORES, [row.store_id])
