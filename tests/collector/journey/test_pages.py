"""A store's touchpoints as a customer meets them, and what was said at each."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, update

from collector.cases.submit import submit
from collector.cases.tables import cases
from collector.insights.asked import Asked
from collector.journey.stops import Cases, journey
from collector.places.tables import touchpoint
from collector.ratings.kinds import Channel, Mark
from collector.settings import Settings
from collector.surveys.answers import Reply, Source
from collector.surveys.definition import Gap, Smileys
from printer.codes import Press
from tests.collector.customers import Phone, ask, code_of, words
from tests.factories import NOW, Shop, make_kiosk, make_ratings, make_shop

Browser = Callable[..., FlaskClient]
QUESTIONS = (Smileys(1, {"en": "How?"}), Gap(2, {"en": "How clean it was"}))


def pressed(engine: Engine, shop: Shop, at: int, buttons: list[int], **how: object) -> None:
    with engine.begin() as connection:
        make_ratings(connection, make_kiosk(connection, shop, touchpoint=at), buttons, **how)


def test_in_the_order_in_which_a_customer_meets_them(
    engine: Engine, settings: Settings, browser: Browser, riverside: Shop
) -> None:
    pressed(engine, riverside, riverside.exit, [1] * 60)
    pressed(engine, riverside, riverside.checkout, [4] * 20 + [1] * 10)
    pressed(engine, riverside, riverside.checkout, [1], mark=Mark.TEST)
    with engine.begin() as connection:
        ask(connection, riverside.store, *QUESTIONS)
        connection.execute(update(touchpoint).where(touchpoint.c.id == riverside.exit).values(position=0))
        staff = {"store_id": riverside.store, "name": "Staff room", "position": 9, "audience": "staff"}
        connection.execute(insert(touchpoint).values(staff))
        values = {"store_id": riverside.store, "place_id": riverside.store, "touchpoint_id": riverside.checkout}
        for number, state in enumerate(("open", "resolved")):
            case = {**values, "state": state, "identity": f"hand:{number}", "opened_at": NOW - timedelta(hours=1)}
            connection.execute(insert(cases).values(case))
    for number in range(3):
        source = Source(f"a{number}", Channel.POSTER_QR, riverside.store, riverside.checkout)
        submit(engine, settings, source, Reply("en", replies={"1": 4, "2e": 5, "2p": 3}), NOW)
    with engine.connect() as connection:
        found = journey(connection, Asked(riverside.store, NOW.date(), NOW.date()), ZoneInfo("Europe/Kyiv"))
    exit_, checkout = found.stops
    assert (exit_.name, checkout.name) == ("Exit", "Checkout")
    assert (checkout.heard.counted, checkout.heard.marked, checkout.cases) == (33, 1, Cases(opened=5, waiting=4))
    assert found.weakest == checkout
    assert checkout.gap
    assert (checkout.gap.value, exit_.gap, [pair.gap for pair in found.pairs]) == (-2.0, None, [-50.0])
    page = words(browser(riverside.store, "store").get(f"/stores/{riverside.store}/journey"))
    assert page.index("Exit 100") < page.index("Checkout 30")
    assert "Checkout is below the rest of the store: more than chance." in page
    assert "4 cases wait 5 opened" in page
    assert "Expected 5.0, found 3.0 of 5 · 3 customers · too few to compare" in page
    assert "Staff room" not in page


def test_one_click_to_its_ratings(engine: Engine, settings: Settings, browser: Browser, riverside: Shop) -> None:
    pressed(engine, riverside, riverside.exit, [1] * 70, happened=NOW - timedelta(hours=2))
    pressed(engine, riverside, riverside.exit, [4], delay=timedelta(days=2), happened=NOW - timedelta(days=3))
    pressed(engine, riverside, riverside.exit, [2], mark=Mark.TEST)
    # A kiosk lay in a drawer for seven weeks: what it brings is found where it happened.
    drawer = NOW - timedelta(days=60)
    pressed(engine, riverside, riverside.exit, [1, 4], delay=timedelta(days=50), happened=drawer)
    with engine.begin() as connection:
        ask(connection, riverside.store, *QUESTIONS)
    source = Source("a", Channel.RECEIPT_QR, riverside.store, riverside.exit)
    submit(engine, settings, source, Reply("en", replies={"1": 4}, comment="Cold soup."), NOW)
    client = browser(riverside.store, "store")
    path = f"/touchpoints/{riverside.exit}/ratings"
    page = client.get(path)
    assert page.text.count('class="face') == 50 + 1  # and the logo's
    assert "Cold soup." in words(page)
    assert "not counted: a test" in words(page)
    further = page.text.split("after=")[1].split('"')[0]
    rest = client.get(f"{path}?after={further}")
    assert rest.text.count('class="face') == 23 + 1
    assert "came in late" in words(rest)
    assert "Earlier ones" not in rest.text
    assert client.get(f"{path}?which=unhappy").text.count('class="face') == 2 + 1
    assert client.get(f"{path}?which=marked&after=x").text.count('class="face') == 1 + 1
    then = f"{path}?from={drawer:%Y-%m-%d}&to={drawer:%Y-%m-%d}"
    assert client.get(then).text.count('class="face') == 2 + 1
    assert client.get(f"{then}&which=unhappy").text.count('class="face') == 1 + 1
    assert "None in this time." in words(client.get(f"{path}?from=2026-01-01&to=2026-01-02"))
    assert "Cold soup." not in words(browser(riverside.store, "technician").get(path))


def test_what_was_written_after_a_press_stands_with_it(
    engine: Engine, settings: Settings, browser: Browser, riverside: Shop, phone: Phone
) -> None:
    with engine.begin() as connection:
        journal = make_kiosk(connection, riverside)
        make_ratings(connection, journal, [1, 4])
    phone.answer(code_of(engine, settings, Press(journal, 2)), comment="Only one till was open.")
    page = words(browser(riverside.store, "store").get(f"/touchpoints/{riverside.exit}/ratings"))
    assert "very bad · Kiosk buttons Only one till was open." in page


def test_only_ones_own(engine: Engine, browser: Browser, riverside: Shop, phone: Phone) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
        made = insert(touchpoint).values(store_id=riverside.store, name="Staff room", position=3, audience="staff")
        staff = connection.execute(made.returning(touchpoint.c.id)).scalar_one()
    client = browser(riverside.store)
    for path in (
        f"/stores/{hillside.store}/journey",
        f"/stores/{riverside.region}/journey",
        f"/touchpoints/{hillside.exit}/ratings",
        f"/touchpoints/{staff}/ratings",
    ):
        assert client.get(path).status_code == 404
    assert phone.client.get(f"/stores/{riverside.store}/journey").status_code == 302
