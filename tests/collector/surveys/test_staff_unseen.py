"""What one of the staff said is on no page: what is shown of them is the figures of many."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import Engine

from collector.cases.submit import submit
from collector.ratings.kinds import Channel
from collector.settings import Settings
from collector.surveys.answers import Reply, Source
from collector.surveys.definition import Definition, Enps, Reason, Reasons
from tests.collector.surveys.asking import ask, make_staff_room
from tests.factories import NOW, Shop, add_up, make_kiosk, make_ratings

Browser = Callable[..., FlaskClient]

WHY = Reasons(
    2, {"en": "Why?"}, {"en": "Why not?"}, (Reason(1, {"en": "Good boss"}),), (Reason(2, {"en": "My manager shouts"}),)
)


def test_a_reason_that_one_of_the_staff_gave_is_on_no_page(
    engine: Engine, settings: Settings, riverside: Shop, browser: Browser
) -> None:
    with engine.begin() as connection:
        room = make_staff_room(connection, riverside)
        staff = Definition((Enps(1, {"en": "Would you recommend us as a place to work?"}), WHY))
        ask(connection, riverside.organisation, definition=staff, audience="staff", touchpoint_id=room)
        make_ratings(connection, make_kiosk(connection, riverside), [1] * 30)
        add_up(connection)
    said = Reply("en", replies={"1": 1}, reasons=(2,))
    submit(engine, settings, Source("poster:1", Channel.POSTER_QR, riverside.store, room), said, NOW)
    store, day = f"/places/{riverside.store}", NOW.date()
    pages = [
        f"/stores/{riverside.store}",
        f"{store}/insights",
        f"{store}/insights?touchpoint={room}",
        f"{store}/report?period=day&day={day}",
        f"{store}/voices",
        f"{store}/channels",
    ]
    above = f"/places/{riverside.organisation}"
    many = [f"{above}/today", f"{above}/insights", f"{above}/report?period=day&day={day}", f"{above}/voices"]
    for role, place_id, paths in (
        ("store", riverside.store, pages),
        ("technician", riverside.organisation, [*pages, *many]),
        ("head-office", riverside.organisation, [*pages, *many]),
    ):
        client = browser(place_id, role)
        for path in paths:
            answer = client.get(path, follow_redirects=True)
            assert answer.status_code in {200, 403, 404}, path
            assert "shouts" not in answer.text, (role, path)
        assert client.get(pages[0], follow_redirects=True).status_code == 200
