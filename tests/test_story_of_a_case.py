"""The story of an unhappy voice, in a browser and on a telephone: somebody acts, the customer hears of it, and the shop
can prove it. Days pass by the test clock; codes are read from pictures, and links are tapped where they arrive."""

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import Connection, Engine, select
from sqlalchemy.pool import NullPool

from collector import clock
from collector.accounts.sessions import make_sign_in_link
from collector.database import make_engine
from collector.places.tables import place, touchpoint
from collector.settings import Settings
from collector.surveys.tables import question
from printer.codes import Press, decode
from tests.browser import chromium, follow, scan, sign_in, window
from tests.conftest import port_settings
from tests.factories import Shop, make_account, make_kiosk, make_ratings
from tests.installation import Installation
from tests.waiting import until

KYIV = ZoneInfo("Europe/Kyiv")
DAY = timedelta(days=1)
#: As the customer types it, and as it is written to.
TYPED, NUMBER = "050 123 45 67", "+380501234567"
#: What is pressed within an hour: before, and after the cure.
UNHAPPY, HAPPY = [4, 4, 3, 4, 1, 3], [1, 1, 2, 1, 1, 2]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("case")
    settings = Settings.load(environ={}, data=data, clock_file=data / "clock", **port_settings())
    # It is ten in the morning: nobody is to be disturbed at night, and so no message would come.
    here = datetime.now(UTC).astimezone(KYIV)
    ten = here.replace(hour=10, minute=0, second=0, microsecond=0)
    clock.move(settings, (ten if ten > here else ten + DAY) - here)
    with Installation(data, settings) as installation:
        yield installation


@pytest.fixture(scope="module")
def engine(installation: Installation) -> Iterator[Engine]:
    engine = make_engine(installation.settings, poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def shop(engine: Engine) -> Shop:
    """Riverside, by its numbers."""
    with engine.connect() as connection:
        places = {row.kind: row.id for row in connection.execute(select(place.c.kind, place.c.id))}
        points = {row.name: row.id for row in connection.execute(select(touchpoint.c.name, touchpoint.c.id))}
        asked = connection.execute(select(question.c.id).where(question.c.kind == "smileys")).scalar_one()
    return Shop(places["organisation"], places["region"], places["store"], points["Checkout"], points["Exit"], asked)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


FIVE_MINUTES = timedelta(minutes=5)
_uptimes = itertools.count(60_000, 300_000)


@contextmanager
def signed_in(browser: Browser, installation: Installation, engine: Engine, place_id: int, name: str) -> Iterator[Page]:
    """A window of somebody of a place."""
    with engine.begin() as connection:
        make_account(connection, place_id, name)
        secret = make_sign_in_link(connection, name)
    with window(browser) as page:
        sign_in(page, f"{installation.settings.url}/sign-in/link/{secret}")
        yield page


def press_at(connection: Connection, cursor_id: int, buttons: list[int], happened: datetime) -> None:
    """A kiosk's hour: every five minutes somebody presses."""
    for number, button in enumerate(buttons):
        uptime = next(_uptimes)
        make_ratings(connection, cursor_id, [button], happened=happened + number * FIVE_MINUTES, uptime=uptime)


@dataclass(frozen=True)
class Cast:
    """Who is in the story: the people, each at a window, and the house."""

    installation: Installation
    engine: Engine
    shop: Shop
    #: Of a kiosk that has been at the exit for longer: its cursor.
    older: int
    store: Page
    region: Page
    office: Page
    floor: Page
    customer: Page

    @property
    def address(self) -> str:
        """Of the case, for the staff."""
        return f"{self.installation.settings.url}/cases/1"

    def case(self) -> dict[str, Any]:
        return dict(self.installation.get("cases/1"))

    def happened(self) -> list[str]:
        """The kinds of the case's events."""
        return [event["kind"] for event in self.installation.get("cases/1/events")["items"]]

    def pass_time(self, span: str) -> None:
        self.installation.run("simulate", "time", span)

    def arrived(self, count: int) -> Locator:
        """The newest message on the customer's phone, when so many have come."""
        messages = self.floor.locator("#phone").get_by_role("listitem").filter(has_text=NUMBER)
        expect(messages).to_have_count(count, timeout=30_000)
        return messages.first

    def tap(self, message: Locator) -> None:
        """Open the link in a message, as the phone does."""
        link = message.get_by_role("link").first.get_attribute("href")
        assert link is not None
        assert link.startswith(f"http://localhost:{self.installation.settings.port}/Q/")
        self.customer.goto(link)

    def resolve(self, words: str) -> None:
        """Head office takes it and says what was done; until the customer has heard from us, that is in the list."""
        self.office.get_by_role("button", name="Take it").click()
        form = self.office.locator("#resolve")
        if not form.get_by_role("button").is_visible():
            self.office.locator("summary", has_text="Resolve it").click()
        form.get_by_label("How it was resolved").fill(words)
        form.get_by_role("button", name="Resolve").click()
        until(lambda: self.case()["state"] == "resolved", "the case to be resolved")


@pytest.fixture(scope="module")
def cast(installation: Installation, browser: Browser, engine: Engine, shop: Shop) -> Iterator[Cast]:
    """Everybody at their window, at a store whose customers have rarely been happy for four weeks."""
    with engine.begin() as connection:
        older = make_kiosk(connection, shop, "riverside-exit-2", touchpoint=shop.exit, state=None)
        for day in range(7, 35):
            press_at(connection, older, UNHAPPY, clock.now(installation.settings) - day * DAY)
    with (
        signed_in(browser, installation, engine, shop.store, "Olena") as store,
        signed_in(browser, installation, engine, shop.region, "Taras") as region,
        signed_in(browser, installation, engine, shop.organisation, "Iryna") as office,
        window(browser) as floor,
        window(browser, 390, 844, "uk-UA") as customer,
    ):
        floor.goto(f"http://localhost:{installation.settings.floor_port}/")
        yield Cast(installation, engine, shop, older, store, region, office, floor, customer)


def test_an_unhappy_voice_is_answered_in_time_and_the_shop_can_prove_it(cast: Cast) -> None:
    complain(cast)
    nobody_acts(cast)
    head_office_resolves_it(cast)
    customer_is_not_content(cast)
    it_is_resolved_for_good(cast)
    customer_says_how_it_is_now(cast)
    the_cure_has_worked(cast)
    assert [kind for kind in cast.happened() if kind not in {"reminded", "replied"}] == [
        *("opened", "climbed", "climbed", "taken", "resolved", "reopened", "taken", "resolved", "recovered")
    ]


def complain(cast: Cast) -> None:
    """A customer presses the worst smiley, scans the kiosk's screen, and says why and how to reach them."""
    customer = cast.customer
    follow(customer, code_of_a_press(cast.floor.locator("#riverside-exit")), cast.installation.settings.port)
    customer.get_by_text("Довга черга").click()
    customer.locator("#comment").fill("Одна каса на весь магазин")
    customer.locator("#contact").fill(TYPED)
    customer.locator("input[name=consent]").check()
    customer.get_by_role("button", name="Надіслати").click()
    expect(customer.locator("a.button")).to_be_visible()
    cast.tap(cast.arrived(1))
    expect(customer.get_by_text("Одна каса на весь магазин")).to_be_visible()


def code_of_a_press(kiosk: Locator) -> str:
    """Press the worst smiley and scan the code that the kiosk then shows.

    Where this machine is so busy that the press's own code is late, the kiosk shows the touchpoint's: then the next
    customer presses.
    """
    expect(kiosk.get_by_text("connected")).to_be_visible(timeout=20_000)
    while True:
        expect(kiosk.locator(".screen")).to_have_attribute("data-kind", "rest", timeout=30_000)
        kiosk.get_by_role("button", name="very bad").click()
        code = kiosk.get_by_role("img", name="QR code")
        expect(code).to_be_visible(timeout=20_000)
        link = scan(code)
        if isinstance(decode(link.rpartition("/")[2]).content, Press):
            return link


def nobody_acts(cast: Cast) -> None:
    """The store has it; then the region; then head office."""
    cast.store.goto(f"{cast.installation.settings.url}/cases")
    cast.store.get_by_role("link", name="#1").first.click()
    expect(cast.store.get_by_text("Одна каса на весь магазин")).to_be_visible()
    expect(cast.store.get_by_text("nobody has taken it yet")).to_be_visible()
    expect(cast.store.get_by_text("050 ")).to_be_visible()
    expect(cast.store.get_by_text(TYPED)).to_have_count(0)  # until somebody says that they look
    for page, whose in ((cast.region, cast.shop.region), (cast.office, cast.shop.organisation)):
        cast.pass_time("+25h")
        until(lambda: cast.case()["place"] == whose, "the case to climb")  # noqa: B023
        page.goto(cast.address)
        expect(page.locator(".ladder [aria-current]").get_by_text("nobody has taken it yet")).to_be_visible()


def head_office_resolves_it(cast: Cast) -> None:
    """The customer hears of it, and of nobody's name."""
    cast.resolve("Відтепер із п'ятої працює друга каса.")
    told = cast.arrived(2)
    expect(told).to_contain_text("друга каса")
    cast.tap(told)
    expect(cast.customer.get_by_text("Відтепер із п'ятої працює друга каса.")).to_be_visible()
    assert not any(name in cast.customer.content() for name in ("Iryna", "Olena", "Taras"))


def customer_is_not_content(cast: Cast) -> None:
    """The case is open again, with what they miss."""
    cast.customer.locator("summary", has_text="Ні").click()
    cast.customer.locator("#missing").fill("Сьогодні о шостій була одна")
    cast.customer.get_by_role("button", name="Відкрити знову").click()
    until(lambda: cast.case()["state"] == "open", "the case to be open again")
    cast.office.goto(cast.address)
    expect(cast.office.get_by_text("Сьогодні о шостій була одна")).to_be_visible()


def it_is_resolved_for_good(cast: Cast) -> None:
    cast.resolve("Змінний розклад виправлено.")
    expect(cast.arrived(3)).to_contain_text("розклад")


def customer_says_how_it_is_now(cast: Cast) -> None:
    """A day later they are asked, by the channel that they chose."""
    cast.pass_time("+25h")
    cast.tap(cast.arrived(4))
    cast.customer.locator("#recovery").get_by_role("button").first.click()
    until(lambda: "recovered" in cast.happened(), "the answer to how it is now")


def the_cure_has_worked(cast: Cast) -> None:
    """The index in the same hours, before the case and since it was resolved."""
    cast.pass_time("+7d")
    with cast.engine.begin() as connection:
        for day in (2, 3, 4, 5, 6):
            press_at(connection, cast.older, HAPPY, clock.now(cast.installation.settings) - day * DAY)
    cast.pass_time("+2m")  # once a minute it is added up
    proof = cast.store.locator("figure.proof")

    def is_proved() -> bool:
        cast.store.goto(cast.address)
        return proof.is_visible()

    until(is_proved, "the proof")
    expect(proof).to_contain_text(re.compile(r"\d+ points better: more than chance\."))
    before, after = (int(found) for found in re.findall(r"(?:before|after): (\d+)", proof.inner_text()))
    assert before < 50 < after
