"""You said, we did: what is shown where, for how long, and how kiosks and slips come to say it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update

from collector.clock import now as clock_now
from collector.fleet.credentials import Credentials
from collector.fleet.settings.given import newest_settings, prefer
from collector.fleet.settings.improvements import Kiosks
from collector.fleet.tables import kiosk_settings
from collector.improvements.changes import LONGEST, CannotShow, add, end
from collector.improvements.queries import current
from collector.improvements.tables import improvement
from collector.places.tables import place, touchpoint
from collector.settings import Settings
from collector.slips.review import issue_review_slip
from collector.surveys.definition import Texts
from tests.collector.pages import send
from tests.factories import NOW, Shop, make_shop

DAY = timedelta(days=1)
TILL = {"en": "You said: long queues. Now a third till is open.", "uk": "Ви казали: черги. Тепер є третя каса."}

Say = Callable[..., int]


@pytest.fixture
def say(engine: Engine) -> Say:
    """Has a place say something."""

    def said(place_id: int, text: Texts = TILL, touchpoint_id: int | None = None, **how: Any) -> int:
        with engine.begin() as connection:
            about = {"place_id": place_id, "touchpoint_id": touchpoint_id, "case_id": None, "author": "Ann"}
            return add(connection, **{**about, "text": text, "now": NOW, **how})

    return said


@pytest.fixture
def shown(engine: Engine) -> Callable[..., str | None]:
    """What is said at a touchpoint in English."""

    def at(store_id: int, touchpoint_id: int | None = None, now: datetime = NOW) -> str | None:
        with engine.connect() as connection:
            text = current(connection, store_id, touchpoint_id, now)
        return text["en"] if text else None

    return at


def test_the_nearest_and_newest_is_shown(riverside: Shop, say: Say, shown: Callable[..., str | None]) -> None:
    assert shown(riverside.store) is None
    say(riverside.organisation, {"en": "everywhere"}, now=NOW - DAY)
    assert shown(riverside.store, riverside.exit) == "everywhere"
    say(riverside.store, {"en": "here"}, now=NOW - 3 * DAY)
    say(riverside.store, {"en": "here, newer"}, now=NOW - 2 * DAY)
    say(riverside.store, {"en": "at the exit"}, riverside.exit, now=NOW - 4 * DAY)
    assert shown(riverside.store, riverside.exit) == "at the exit"
    assert shown(riverside.store, riverside.checkout) == "here, newer"
    assert shown(riverside.store) == "here, newer"


def test_it_is_over_after_its_days_or_when_somebody_says_so(
    riverside: Shop, say: Say, shown: Callable[..., str | None], engine: Engine
) -> None:
    first = say(riverside.store, days=10)
    assert shown(riverside.store, now=NOW + 9 * DAY)
    assert shown(riverside.store, now=NOW + 10 * DAY) is None
    with engine.begin() as connection:
        beside = make_shop(connection, "Lakeside", beside=riverside)
        assert not end(connection, first, beside.store, NOW + DAY, "Ann")
        assert end(connection, first, riverside.region, NOW + DAY, "Ann")
        assert not end(connection, first, riverside.region, NOW + DAY, "Ann")
    assert shown(riverside.store, now=NOW + DAY) is None
    assert shown(beside.store) is None


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"text": {"en": "  "}}, "one language at least"),
        ({"text": {"en": "x" * (LONGEST + 1)}}, "120 characters"),
        ({"text": {"tlh": "nuqneH"}}, "not tlh"),
        ({"days": 0}, "1 … 365 days"),
        ({"days": 366}, "1 … 365 days"),
        ({"touchpoint_id": 2**31 - 1}, "not one of this store"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_sentence(
    riverside: Shop, say: Say, engine: Engine, changed: dict[str, Any], why: str
) -> None:
    with pytest.raises(CannotShow, match=why):
        say(riverside.store, **changed)
    with engine.connect() as connection:
        assert connection.execute(select(improvement)).all() == []


def did(engine: Engine) -> Any:
    with engine.connect() as connection:
        newest = newest_settings(connection, "exit-1")
    assert newest is not None
    return newest.settings["did"]


def test_kiosks_say_it_and_stop_saying_it(engine: Engine, settings: Settings, shop: Credentials) -> None:
    now, kiosks = clock_now(settings), Kiosks(engine, settings)
    with engine.begin() as connection:
        store = connection.execute(select(place.c.id).where(place.c.kind == "store")).scalar_one()
        about = {"touchpoint_id": None, "case_id": None, "author": "Ann"}
        shown = add(connection, place_id=store, text={**TILL, "de": "Nun sind drei Kassen offen."}, now=now, **about)
    kiosks.look(now)
    assert did(engine) == TILL  # in its own languages, which German is not
    with engine.connect() as connection:
        versions = len(connection.execute(select(kiosk_settings)).all())
        assert connection.execute(select(improvement.c.begun_at, improvement.c.ended_at)).one() == (now, None)
    kiosks.look(now)
    with engine.begin() as connection:
        assert len(connection.execute(select(kiosk_settings)).all()) == versions
        end(connection, shown, store, now, "Ann")
    kiosks.look(now)
    assert did(engine) == {}
    with engine.connect() as connection:
        assert connection.execute(select(improvement.c.ended_at)).scalar_one() == now


def test_it_ends_at_kiosks_by_itself(engine: Engine, settings: Settings, shop: Credentials) -> None:
    now = clock_now(settings)
    with engine.begin() as connection:
        store = connection.execute(select(place.c.id).where(place.c.kind == "store")).scalar_one()
        about = {"touchpoint_id": None, "case_id": None, "author": "Ann", "days": 1}
        add(connection, place_id=store, text=TILL, now=now - DAY + timedelta(seconds=30), **about)
    Kiosks(engine, settings).look(now)
    assert did(engine) == TILL
    # The day is over: what the kiosks should have is reckoned anew, whichever process does it.
    with engine.begin() as connection:
        connection.execute(update(improvement).values(until=now))
    Kiosks(engine, settings).look(now)
    assert did(engine) == {}


def test_another_touchpoint_and_own_words_are_left_alone(engine: Engine, settings: Settings, shop: Credentials) -> None:
    now = clock_now(settings)
    about = {"case_id": None, "author": "Ann", "text": TILL, "now": now}
    with engine.begin() as connection:
        elsewhere = connection.execute(select(touchpoint).where(touchpoint.c.name != "Exit")).first()
        assert elsewhere
        add(connection, place_id=elsewhere.store_id, touchpoint_id=elsewhere.id, **about)
    Kiosks(engine, settings).look(now)
    assert did(engine) == {}
    with engine.begin() as connection:
        prefer(connection, settings, "exit-1", {"did": {"en": "Our own words."}})
        add(connection, place_id=elsewhere.store_id, touchpoint_id=None, **about)
    Kiosks(engine, settings).look(now)
    assert did(engine) == {"en": "Our own words."}


def test_a_kiosk_without_room_keeps_what_it_has_and_holds_up_nobody(
    engine: Engine, settings: Settings, shop: Credentials
) -> None:
    now = clock_now(settings)
    with engine.begin() as connection:
        store = connection.execute(select(place.c.id).where(place.c.kind == "store")).scalar_one()
        filled = {"tell": {"en": "x" * 4200}}
        prefer(connection, settings, "exit-1", filled)
        about = {"touchpoint_id": None, "case_id": None, "author": "Ann", "now": now}
        add(connection, place_id=store, text={"en": "x" * 120, "uk": "ї" * 120}, **about)
    Kiosks(engine, settings).look(now)
    with engine.connect() as connection:
        assert connection.execute(select(improvement.c.begun_at)).scalar_one() == now


def test_a_slip_says_it_in_its_language(engine: Engine, settings: Settings, riverside: Shop, say: Say) -> None:
    say(riverside.store, TILL)
    with engine.begin() as connection:
        for language, said in (("en", TILL["en"]), ("uk", TILL["uk"]), ("de", None)):
            issued = issue_review_slip(
                connection, settings, riverside.store, None, key=language, now=NOW + DAY, language=language
            )
            assert issued.slip.did == said


Browser = Callable[[int], FlaskClient]


def test_the_page_shows_adds_and_ends(browser: Browser, riverside: Shop, engine: Engine) -> None:
    client, page = browser(riverside.store), f"/places/{riverside.store}/improvements"
    assert "Nothing." in client.get(page).text
    typed = {"text-en": TILL["en"], "text-uk": TILL["uk"], "touchpoint": str(riverside.exit), "days": "14"}
    assert send(client, page, **typed).status_code == 302
    shown = client.get(page).text
    assert TILL["uk"] in shown
    assert f'lang="uk">{TILL["uk"]}' in shown
    with engine.connect() as connection:
        row = connection.execute(select(improvement)).one()
    assert (row.touchpoint_id, row.until - row.since) == (riverside.exit, 14 * DAY)
    assert list(row.text) == ["uk", "en"]
    ended = send_to(client, page, f"/improvements/{row.id}/end")
    assert ended.headers["Location"] == page
    after = client.get(page).text
    assert "Nothing." in after
    assert TILL["uk"] in after  # below what is over


def test_what_does_not_fit_is_said_and_kept(browser: Browser, riverside: Shop) -> None:
    answer = send(
        browser(riverside.store), f"/places/{riverside.store}/improvements", **{"text-en": "Said", "days": "0"}
    )
    assert answer.status_code == 422
    assert "1 … 365 days" in answer.text
    assert 'value="Said"' in answer.text


def test_others_neither_see_nor_change_it(browser: Browser, riverside: Shop, say: Say, engine: Engine) -> None:
    shown = say(riverside.store)
    with engine.begin() as connection:
        beside = make_shop(connection, "Lakeside", beside=riverside)
    stranger = browser(beside.store)
    assert stranger.get(f"/places/{riverside.store}/improvements").status_code == 404
    own = f"/places/{beside.store}/improvements"
    assert TILL["uk"] not in stranger.get(own).text
    assert send_to(stranger, own, f"/improvements/{shown}/end").status_code == 404
    wrong = {"text-en": "Ours", "days": "5", "touchpoint": str(riverside.exit)}
    assert send(stranger, own, **wrong).status_code == 422
    head = browser(riverside.organisation)
    assert TILL["uk"] in head.get("/improvements", follow_redirects=True).text


def send_to(client: FlaskClient, page: str, path: str) -> Any:
    """Send a form of a page that leads elsewhere."""
    token = client.get(page).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    return client.post(path, data={"csrf_token": token})
