"""A kiosk from afar, in a whole installation: told to blink, tested, set, given a new secret; every press counts."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import chromium, window
from tests.installation import Installation
from tests.waiting import until

KIOSK = "kiosks/riverside-exit"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("fleet")) as installation:
        until(lambda: is_online(installation), "the kiosk")
        yield installation


@pytest.fixture(scope="module")
def floor(installation: Installation) -> Iterator[Page]:
    with chromium() as browser, window(browser) as page:
        page.goto(f"http://localhost:{installation.settings.floor_port}/")
        yield page


def is_online(installation: Installation) -> bool:
    return bool(installation.get(KIOSK)["condition"]["state"] == "online")


def told(installation: Installation, do: str) -> dict[str, Any]:
    """Give a command and return it once it has an outcome."""
    given = installation.write(f"{KIOSK}/commands", {"do": do})

    def outcome() -> dict[str, Any] | None:
        found = [each for each in installation.get(f"{KIOSK}/commands")["items"] if each["id"] == given["id"]]
        return found[0] if found and found[0]["state"] in {"done", "failed", "expired"} else None

    return until(outcome, f"the outcome of {do}")


def test_a_kiosk_blinks_so_that_it_is_found(installation: Installation, floor: Page) -> None:
    command = told(installation, "identify")
    assert command["state"] == "done", command
    expect(floor.locator("#riverside-exit[data-light=on]")).to_be_visible()
    expect(floor.locator("#riverside-exit[data-light=off]")).to_be_visible(timeout=15_000)


def test_it_tests_itself_and_tells_its_log(installation: Installation) -> None:
    assert "flash reads what was written" in told(installation, "self-test")["outcome"]
    assert told(installation, "log")["state"] == "done"


def test_new_settings_are_on_its_screen_at_once(installation: Installation, floor: Page) -> None:
    words = {"did": {"en": "You said: cold. Now it is warm."}, "languages": ["en"]}
    installation.write(f"{KIOSK}/settings", words, method="PATCH")
    expect(floor.locator("#riverside-exit").get_by_text("Now it is warm.")).to_be_visible()


def test_a_new_secret_costs_no_press(installation: Installation) -> None:
    before = len(list(installation.ratings()))
    assert told(installation, "secret")["state"] == "done"
    until(lambda: is_online(installation), "the kiosk")
    installation.run("simulate", "press", "riverside-exit", "1")
    until(lambda: len(list(installation.ratings())) == before + 1, "the rating")


def test_a_restart_from_afar_is_told_as_one(installation: Installation) -> None:
    assert told(installation, "reboot")["outcome"] == "Restarted."
    until(lambda: is_online(installation), "the kiosk")
    installation.run("simulate", "press", "riverside-exit", "2")
