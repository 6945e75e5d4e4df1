"""Presses of a kiosk at Riverside with the rhythm that they had."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from tests.collector.pressing import Send, send_presses
from tests.factories import NOW, Shop, make_kiosk


@pytest.fixture
def kiosk(engine: Engine, riverside: Shop) -> int:
    """Its journal."""
    with engine.begin() as connection:
        return make_kiosk(connection, riverside)


@pytest.fixture
def send(engine: Engine, kiosk: int) -> Send:
    """Has the kiosk press its buttons at these seconds since 11:52 (NOW); all in one frame, received at the last of
    them, or `delay` later."""

    def press(
        *seconds: float,
        buttons: Sequence[int] = (),
        repeats: Sequence[float] = (),
        delay: timedelta = timedelta(),
        journal: int = kiosk,
        stuck: int | None = None,
        start: datetime = NOW,
    ) -> None:
        with engine.begin() as connection:
            send_presses(connection, journal, seconds, buttons, repeats, delay, stuck, start)

    return press
