"""The feed: every event once, in one order, whatever commits when."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from collector.notify.tables import outbox
from collector.notify.webhooks import replay
from collector.queue.tables import job
from collector.settings import Settings
from tests.collector.notify.conftest import Asks, happens, relayed, working
from tests.factories import Shop, make_shop


@pytest.fixture
def head_office(asks: Callable[..., Asks], riverside: Shop) -> Asks:
    return asks(riverside.organisation, "read")


def ids(ask: Asks, after: str | None = None, limit: int = 100) -> tuple[list[str], str]:
    answer = ask("GET", "cases/feed", limit=limit, **({"after": after} if after else {}))
    assert answer.status_code == 200, answer.text
    return [event["id"] for event in answer.json["items"]], answer.json["next"]


def test_an_event_is_a_cloud_event(engine: Engine, riverside: Shop, head_office: Asks, settings: Settings) -> None:
    with engine.begin() as connection:
        happens(connection, riverside, 184)
        at = connection.scalar(select(outbox.c.at))
    relayed(engine)
    answer = head_office("GET", "cases/feed")
    assert answer.json["items"] == [
        {
            "specversion": "1.0",
            "id": "case-184-opened",
            "source": settings.url,
            "type": "smilepost.case.opened",
            "subject": "cases/184",
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "data": {"case": 184, "store": riverside.store, "step": 0},
        }
    ]


def test_what_commits_late_comes_late_and_nothing_is_missed(engine: Engine, riverside: Shop, head_office: Asks) -> None:
    assert ids(head_office)[0] == []
    with engine.connect() as slow:
        happens(slow, riverside, 1)  # its number is drawn first, it commits last
        with engine.begin() as quick:
            happens(quick, riverside, 2)
        assert relayed(engine) == 1
        seen, after = ids(head_office)
        assert seen == ["case-2-opened"]
        with engine.begin() as quick:
            happens(quick, riverside, 3)
        slow.commit()
    assert ids(head_office, after) == ([], after)  # not before they have a position
    assert relayed(engine) == 2
    seen, after = ids(head_office, after)
    assert seen == ["case-1-opened", "case-3-opened"]
    assert ids(head_office, after) == ([], after)
    assert ids(head_office)[0] == ["case-2-opened", "case-1-opened", "case-3-opened"]


def test_pages_join_without_a_seam(engine: Engine, riverside: Shop, head_office: Asks) -> None:
    with engine.begin() as connection:
        for number in range(7):
            happens(connection, riverside, number)
    relayed(engine)
    seen: list[str] = []
    after = None
    for length in (3, 3, 1, 0):
        page, after = ids(head_office, after, limit=3)
        assert len(page) == length
        seen += page
    assert seen == [f"case-{number}-opened" for number in range(7)]


def test_what_is_rolled_back_never_happened_and_a_repeat_is_no_second_event(
    engine: Engine, riverside: Shop, head_office: Asks
) -> None:
    with engine.connect() as connection:
        happens(connection, riverside, 1)
        connection.rollback()
    for _ in range(2):
        with engine.begin() as connection:
            happens(connection, riverside, 2)
            happens(connection, riverside, 2)
    relayed(engine)
    assert ids(head_office)[0] == ["case-2-opened"]
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(outbox)) == 1


def test_a_place_hears_of_itself_and_below(engine: Engine, riverside: Shop, asks: Callable[..., Asks]) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
        happens(connection, riverside, 1)
        happens(connection, hillside, 2)
        happens(connection, riverside, 3)
    relayed(engine)
    assert ids(asks(riverside.organisation))[0] == ["case-1-opened", "case-2-opened", "case-3-opened"]
    assert ids(asks(riverside.region))[0] == ["case-1-opened", "case-3-opened"]
    assert ids(asks(hillside.store))[0] == ["case-2-opened"]


def test_who_may_not_and_what_cannot_be_asked(riverside: Shop, head_office: Asks, asks: Callable[..., Asks]) -> None:
    assert asks(riverside.organisation, "metrics")("GET", "cases/feed").status_code == 403
    assert head_office("GET", "cases/feed", after="nonsense").status_code == 422
    assert head_office("GET", "cases/feed", limit=0).status_code == 422
    assert head_office("GET", "cases/feed", aftr="").status_code == 422


def test_a_consumer_that_was_away_for_a_week_catches_up(
    engine: Engine, riverside: Shop, head_office: Asks, receives: Callable[..., Any], settings: Settings
) -> None:
    """Events of seven days, on two ways, with a receiver that is back in the end: each once, under one id."""
    hook, receiver, port = receives(riverside.organisation)
    seen, after = ids(head_office)
    expected = []
    for day in range(7):
        for number in range(40):
            with engine.begin() as connection:
                expected.append(happens(connection, riverside, 100 * day + number))
                happens(connection, riverside, 100 * day + number)  # whoever says it twice says it once
        relayed(engine)
    with engine.begin() as connection:  # as after a week of tries in vain
        connection.execute(update(job).values(state="failed", attempts=10, outcome="The receiver cannot be reached."))
        connection.execute(update(outbox).values(at=outbox.c.at - timedelta(days=7)))
    while True:
        more, after = ids(head_office, after, limit=100)
        if not more:
            break
        seen += more
    assert seen == expected
    with engine.begin() as connection:
        assert replay(connection, hook, by="a test") == len(expected)
    with working(settings, engine), receiver.running(port):
        assert receiver.wait_for(lambda: len(receiver.events) == len(expected))
    assert sorted(event["id"] for event in receiver.events) == sorted(expected)
    assert ids(head_office, after)[0] == []
