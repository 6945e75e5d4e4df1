"""What a reply needs besides its own rows."""

import pytest
from psycopg.errors import CheckViolation
from sqlalchemy import Engine, func, select, text

from collector.cases.submit import tap
from collector.ratings.kinds import Channel
from collector.ratings.partitions import Month
from collector.ratings.tables import rating
from collector.settings import Settings
from collector.surveys.answers import Reply, Source
from collector.surveys.default import ensure_default
from tests.factories import NOW, Shop


def test_a_months_partition_that_is_gone_is_made_anew(engine: Engine, settings: Settings, riverside: Shop) -> None:
    def answer(form: str) -> None:
        tap(engine, settings, Source(f"poster:{form}", Channel.POSTER_QR, riverside.store), Reply("en", 1), NOW)

    with engine.begin() as connection:
        ensure_default(connection)
    answer("1")
    with engine.begin() as connection:
        connection.execute(text(f"DROP TABLE {Month.of(NOW).table}"))
    with pytest.raises(CheckViolation):
        answer("2")
    answer("2")
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(rating)) == 1
