"""A store that was heard of for weeks, and others beside it."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from collector.ratings.partitions import ensure_partitions
from collector.ratings.relay import advance
from tests.factories import NOW, Shop, add_up, make_kiosk, make_ratings, make_shop, press

#: Days that are heard of, and since how many of them the queue is shorter.
DAYS, BETTER_SINCE = 77, 14


@pytest.fixture
def heard_of(engine: Engine, riverside: Shop) -> Shop:
    """Riverside: 30 ratings a day, better from the 9th on; Saturday the 14th was bad, and Monday the 9th quiet.
    The Harbour has twelve, all of them happy; nobody has been heard at the Lake."""
    with engine.begin() as connection:
        driver = connection.connection.driver_connection
        exit = make_kiosk(connection, riverside)
        for month in range(4):
            ensure_partitions(driver, NOW - timedelta(days=28 * month))
        for back in range(DAYS, 0, -1):
            happy = 24 if back < BETTER_SINCE else 18
            buttons = {8: [4] * 26 + [1] * 4, 13: [1, 1, 4]}.get(back, [1] * happy + [4] * (30 - happy))
            press(connection, exit, buttons, happened=NOW - timedelta(days=back))
        checkout = make_kiosk(connection, riverside, touchpoint=riverside.checkout)
        press(connection, checkout, [4] * 20 + [1] * 10, happened=NOW - timedelta(days=2))
        advance(driver)
        harbour = make_shop(connection, "Harbour", beside=riverside)
        make_ratings(connection, make_kiosk(connection, harbour), [1] * 12, happened=NOW - timedelta(days=1))
        make_shop(connection, "Lake", beside=riverside)
        add_up(connection)
    return riverside
