"""The product's circle in a real browser: press, code, answer, case, ladder, resolved, and the customer hears of it;
and a slip from the store page to the answer. Every code is read from a picture."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from simulators.webhook_receiver import Receiver
from tests.browser import chromium, follow, scan, sign_in, window
from tests.conftest import free_ports
from tests.installation import Installation
from tests.waiting import until


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("circle")) as installation:
        yield installation


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def staff(installation: Installation, browser: Browser) -> Iterator[Page]:
    """A window at the store page."""
    with window(browser) as page:
        sign_in(page, installation.sign_in_link)
        yield page


def test_unhappy_press_becomes_a_case_that_head_office_resolves(
    installation: Installation, browser: Browser, staff: Page
) -> None:
    receiver = Receiver()
    [port] = free_ports(1)
    with (
        receiver.running(port) as url,
        window(browser) as floor,
        window(browser, 390, 844, "uk-UA") as phone,
    ):
        receiver.secrets.append(installation.write("webhooks", {"url": url})["secret"])

        # A customer presses the worst smiley, scans the kiosk's screen and says why.
        floor.goto(f"http://localhost:{installation.settings.floor_port}/")
        kiosk = floor.locator("#riverside-exit")
        expect(kiosk.get_by_text("connected")).to_be_visible(timeout=20_000)
        kiosk.get_by_role("button", name="very bad").click()
        code = kiosk.get_by_role("img", name="QR code")
        expect(code).to_be_visible()
        follow(phone, scan(code), installation.settings.port)
        expect(phone.get_by_text("Riverside", exact=True)).to_be_visible()
        phone.get_by_text("Довга черга").click()
        phone.locator("textarea").fill("Одна каса на весь магазин")
        phone.locator("#contact").fill("olena@example.com")
        phone.locator("input[name=consent]").check()
        phone.get_by_role("main").get_by_role("button").last.click()
        case_link = phone.locator("a.button").get_attribute("href")
        phone.locator("a.button").click()
        expect(phone.get_by_text("Одна каса на весь магазин")).to_be_visible()

        # The store sees it and acts; the address is shown to whoever says that they look.
        staff.goto(f"{installation.settings.url}/cases")
        staff.get_by_role("link", name="#1").first.click()
        expect(staff.get_by_text("Одна каса на весь магазин")).to_be_visible()
        staff.get_by_role("button", name="Show").click()
        expect(staff.get_by_text("olena@example.com")).to_be_visible()
        staff.goto(f"{installation.settings.url}/cases/1")
        staff.get_by_role("button", name="Take it").click()
        staff.locator("summary", has_text="Resolve it").click()
        form = staff.locator("#resolve")
        form.get_by_label("How it was resolved").fill("We open a second till from five o'clock.")
        form.get_by_role("button", name="Resolve").click()
        until(lambda: case(installation)["state"] == "resolved", "the case to be resolved")

        # The customer sees it, without any name.
        phone.goto(f"http://localhost:{installation.settings.port}{case_link}")
        expect(phone.get_by_text("We open a second till from five o'clock.")).to_be_visible()
        assert "owner" not in phone.content()

        # The central queue has heard of every step, by both ways; the feed has them in order.
        kinds = ["opened", "taken", "resolved"]
        assert receiver.wait_for(lambda: len(receiver.events) == len(kinds))
        fed = installation.get("cases/feed")["items"]
        assert [event["type"] for event in fed] == [f"smilepost.case.{kind}" for kind in kinds]
        assert sorted(event["id"] for event in receiver.events) == sorted(event["id"] for event in fed)
        assert "olena@example.com" not in json.dumps(fed)


def test_slip_leads_to_one_answer(installation: Installation, browser: Browser, staff: Page) -> None:
    with window(browser) as floor, window(browser, 390, 844) as phone, window(browser, 390, 844) as second_phone:
        staff.goto(installation.settings.url)
        staff.get_by_role("button", name="Print review slip").click()
        floor.goto(f"http://localhost:{installation.settings.floor_port}/")
        strip = floor.get_by_alt_text("A printed slip")
        expect(strip).to_have_count(1)
        link = scan(strip)
        follow(phone, link, installation.settings.port)
        phone.get_by_role("button", name="very good").click()
        expect(phone.get_by_text("Your answer: very good")).to_be_visible()
        follow(second_phone, link, installation.settings.port)
        expect(second_phone.get_by_text("Your answer: very good")).to_be_visible()
        second_phone.locator("textarea").fill("This is the second phone.")
        phone.get_by_role("main").get_by_role("button").last.click()
        expect(phone.get_by_text("Thank you")).to_be_visible()
        second_phone.get_by_role("main").get_by_role("button").last.click()
        expect(second_phone.get_by_text("This code has been answered.")).to_be_visible()
        follow(phone, link, installation.settings.port)
        expect(phone.get_by_text("This code has been answered.")).to_be_visible()
        answers = installation.get("answers")["items"]
        assert [answer["channel"] for answer in answers].count("receipt-qr") == 1


def case(installation: Installation) -> dict[str, Any]:
    return dict(installation.get("cases/1"))
