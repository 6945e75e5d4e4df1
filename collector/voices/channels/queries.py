"""What was heard by each channel: of a place, of the stores of a segment, or of the voices of one."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from collector.insights.asked import Asked
from collector.insights.fragments import ALL
from collector.insights.heard import Cell, Heard, heard, heard_below
from collector.places.tables import place, touchpoint
from collector.ratings.kinds import Channel
from collector.surveys.marks import AnswerMark
from collector.surveys.tables import answer, question
from collector.voices.chosen import Chosen
from collector.voices.conditions import EVERYTHING, Only, conditions
from collector.voices.segments.queries import Segment, only_of, stores_of
from collector.voices.segments.rules import Places


def heard_of(connection: Connection, asked: Asked, segment: Segment | None, now: datetime) -> tuple[Heard, Only]:
    """What was heard, and what the segment leaves of the voices."""
    if segment is None:
        return heard(connection, asked), EVERYTHING
    if isinstance(segment.rule, Places):
        stores = frozenset(stores_of(connection, asked, segment.rule))
        if asked.place_id in stores:  # a store, of which its touchpoints are known
            return heard(connection, asked), Only(stores)
        found = heard_below(connection, asked)
        return Heard([cell for store in stores for cell in found[store].cells]), Only(stores)
    only = only_of(connection, asked, segment, now)
    return _heard_in_answers(connection, asked, only), only


def comments_by_channel(connection: Connection, asked: Asked, only: Only) -> dict[Channel, int]:
    """How many comments that count came by each."""
    query = (
        select(answer.c.channel, func.count())
        .outerjoin(place, place.c.id == answer.c.store_id)
        .outerjoin(touchpoint, touchpoint.c.id == answer.c.touchpoint_id)
        .where(*conditions(connection, Chosen(asked), only))
        .group_by(answer.c.channel)
    )
    return {Channel(channel): times for channel, times in connection.execute(query)}


def _heard_in_answers(connection: Connection, asked: Asked, only: Only) -> Heard:
    """The ratings that came with these voices, as the roll-up would have them."""
    day = func.date(func.timezone(place.c.time_zone, answer.c.submitted_at))
    of = (day, answer.c.channel, answer.c.question_id, question.c.kind, question.c.buttons)
    query = (
        select(*of, answer.c.button, answer.c.mark, func.count())
        .join(place, place.c.id == answer.c.store_id)
        .join(question, question.c.id == answer.c.question_id)
        .outerjoin(touchpoint, touchpoint.c.id == answer.c.touchpoint_id)
        .where(answer.c.button.is_not(None), *conditions(connection, Chosen(asked, said="all", mark=None), only))
        .group_by(*of, answer.c.button, answer.c.mark)
    )
    cells: dict[tuple[Any, ...], Counter[int]] = {}
    for *key, button, mark, times in connection.execute(query):
        # Under 0: what is not counted.
        cells.setdefault(tuple(key), Counter())[button if mark == AnswerMark.NONE else 0] += times
    return Heard([_cell(asked.place_id, key, counts) for key, counts in cells.items()])


def _cell(place_id: int, key: tuple[Any, ...], counts: Counter[int]) -> Cell:
    day, channel, question_id, kind, buttons = key
    presses = [counts[button] for button in range(1, buttons + 1)]
    return Cell(place_id, day, ALL, Channel(channel), question_id, kind, buttons, presses, marked=counts[0])
