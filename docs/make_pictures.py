"""`make pictures`: the shop floor and a survey of its code, taken from the running product."""

import random
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser import chromium, follow, scan, sign_in
from tests.installation import KIOSKS, Installation

FOLDER = Path(__file__).with_name("pictures")
PRESSES = 40


def main() -> None:
    with tempfile.TemporaryDirectory() as data, Installation(Path(data)) as installation, chromium() as browser:
        staff, floor = window(browser, 1100, 760), window(browser, 1100, 1000)
        sign_in(staff, installation.sign_in_link)
        choose_password(staff, installation)
        floor.goto(f"http://localhost:{installation.settings.floor_port}/")
        floor.get_by_text("ready", exact=True).nth(1).wait_for()
        chance = random.Random(8)
        for _ in range(PRESSES):
            button = chance.choices([1, 2, 3, 4], [60, 20, 10, 10])[0]
            installation.run("simulate", "press", chance.choice(KIOSKS), str(button))

        staff.goto(installation.settings.url)
        staff.get_by_role("button", name="Print review slip").click()
        expect(floor.get_by_alt_text("A printed slip")).to_have_count(1)
        kiosk = floor.locator("#riverside-exit")
        kiosk.get_by_role("button", name="very bad").click()
        code = kiosk.get_by_role("img", name="QR code")
        code.wait_for()
        floor.screenshot(path=FOLDER / "shop-floor.png", full_page=True)

        customer = window(browser, 390, 844)
        follow(customer, scan(code), installation.settings.port)
        customer.get_by_text("Long queue").click()
        customer.locator("textarea").fill("Only one till was open, and the queue reached the fridges.")
        customer.screenshot(path=FOLDER / "survey.png")


def window(browser: Browser, width: int, height: int) -> Page:
    return browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=1.5).new_page()


def choose_password(page: Page, installation: Installation) -> None:
    """So that no banner asks for one."""
    page.goto(f"{installation.settings.url}/account")
    for field in page.locator("input[type=password]").all():
        field.fill("a picture's password")
    page.get_by_role("button", name="Keep this password").click()


main()
