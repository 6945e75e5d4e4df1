"""Customers who have something to say at Riverside."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.cases.submit import submit, tap
from collector.ratings.kinds import Channel
from collector.settings import Settings
from collector.surveys.answers import Reply, Source
from collector.surveys.default import ensure_default
from collector.voices.themes.reading import Reading
from tests.factories import NOW, Shop


@pytest.fixture(autouse=True)
def default(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ensure_default(connection)


@pytest.fixture
def say(engine: Engine, settings: Settings, riverside: Shop) -> Callable[..., int]:
    """Has a customer answer; returns the answer's id."""

    def answer(identity: str, channel: Channel = Channel.POSTER_QR, *, is_tap: bool = False, **more: Any) -> int:
        where = {
            "store_id": more.pop("store", riverside.store),
            "touchpoint_id": more.pop("touchpoint", riverside.exit),
        }
        at = NOW - more.pop("before", timedelta())
        source = Source(identity, channel, reference=more.pop("reference", None), **where)
        reply = Reply(**{"language": "en", "replies": {"1": 4}, **more})
        return (tap if is_tap else submit)(engine, settings, source, reply, at).answer_id

    return answer


@pytest.fixture
def read(engine: Engine) -> Callable[[], None]:
    """Has the jobs read every comment."""

    def everything() -> None:
        reading = Reading(engine)
        with engine.begin() as connection:
            while reading.read(connection):
                pass

    return everything
