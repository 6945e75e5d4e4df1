"""`make pictures`: the pictures of the documents, taken from the running product."""

import random
import tempfile
from pathlib import Path

from tests.browser import chromium, sign_in
from tests.installation import KIOSKS, Installation

FOLDER = Path(__file__).with_name("pictures")
PRESSES = 40


def main() -> None:
    chance = random.Random(8)
    with (
        tempfile.TemporaryDirectory() as data,
        Installation(Path(data)) as installation,
        chromium() as browser,
    ):
        page = browser.new_context(viewport={"width": 1100, "height": 760}, device_scale_factor=1.5).new_page()
        sign_in(page, installation.sign_in_link)
        page.goto(f"{installation.settings.url}/account")
        for field in page.locator("input[type=password]").all():
            field.fill("a picture's password")
        page.get_by_role("main").get_by_role("button").last.click()
        for _ in range(PRESSES):
            button = chance.choices([1, 2, 3, 4], [60, 20, 10, 10])[0]
            installation.run("simulate", "press", chance.choice(KIOSKS), str(button))
        page.goto(installation.settings.url)
        page.get_by_text(f"{PRESSES} ratings").wait_for()
        page.screenshot(path=FOLDER / "store-page.png")
        page.goto(f"http://localhost:{installation.settings.floor_port}/")
        page.get_by_text("ready", exact=True).nth(1).wait_for()
        kiosk = page.locator("#riverside-exit")
        kiosk.get_by_role("button", name="very good").click()
        kiosk.get_by_text("recorded", exact=True).wait_for()
        page.screenshot(path=FOLDER / "shop-floor.png")


main()
