"""A person says what is spam."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Row, select

from collector.cases.submit import submit, tap
from collector.database import connect
from collector.ratings.kinds import Channel, Mark
from collector.ratings.rollup import differences
from collector.ratings.tables import rating, rating_hour
from collector.settings import Settings
from collector.surveys.answers import Reply, Source
from collector.surveys.marking import mark
from collector.surveys.marks import AnswerMark
from collector.surveys.tables import answer
from tests.collector.surveys.asking import EVERYTHING, ask
from tests.factories import NOW, Shop


@pytest.fixture
def source(engine: Engine, riverside: Shop) -> Source:
    with engine.begin() as connection:
        ask(connection, riverside.organisation, definition=EVERYTHING)
    return Source("poster:1", Channel.POSTER_QR, riverside.store, riverside.exit)


def test_ratings_and_roll_up_follow_a_persons_mark(engine: Engine, settings: Settings, source: Source) -> None:
    tap(engine, settings, source, Reply("en", 2), NOW)
    done = submit(engine, settings, source, Reply("en", replies={"3": 9}), NOW + timedelta(hours=3))
    submit(engine, settings, Source("poster:2", Channel.POSTER_QR, source.store_id), Reply("en", 1), NOW)
    for wanted, counts in ((AnswerMark.SPAM, (1, 2)), (AnswerMark.MASHING, (1, 2)), (AnswerMark.NONE, (3, 0))):
        for changes in (True, False):
            with engine.begin() as connection:
                assert mark(connection, done.answer_id, wanted, "Olena") is changes
        with engine.connect() as connection:
            row = connection.execute(select(answer).where(answer.c.id == done.answer_id)).one()
            rolled = connection.execute(select(rating_hour.c.counted, rating_hour.c.marked)).all()
            marks = set(connection.scalars(select(rating.c.mark).where(rating.c.seq == done.answer_id)))
        assert row.mark == wanted
        assert (sum(each.counted for each in rolled), sum(each.marked for each in rolled)) == counts
        assert marks == {{AnswerMark.NONE: 0, AnswerMark.SPAM: Mark.SPAM, AnswerMark.MASHING: Mark.MASHING}[wanted]}
        with connect(settings, autocommit=True) as checking:
            assert not differences(checking, NOW - timedelta(days=1), NOW + timedelta(days=1))


def test_what_is_no_spam_after_all_is_looked_at(engine: Engine, settings: Settings, source: Source) -> None:
    spam = "See www.example.com, that is what I got from you!"
    done = submit(engine, settings, source, Reply("en", 4, comment=spam), NOW)
    assert done.case_id is None

    def row() -> Row[Any]:
        with engine.connect() as connection:
            return connection.execute(select(answer)).one()

    assert (row().mark, row().examined_at) == (AnswerMark.SPAM, NOW)
    before = row().position
    with engine.begin() as connection:
        mark(connection, done.answer_id, AnswerMark.NONE, "Olena")
    assert (row().mark, row().examined_at) == (AnswerMark.NONE, None)
    assert row().position > before  # whoever pages through the answers hears of it
