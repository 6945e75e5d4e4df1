"""Settings of many kiosks and of one, and new secrets: by hand on a phone, without scripts, after a look whom it
reaches."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from collector.fleet.registry import enrolment
from collector.settings import Settings
from collector.surveys.default import ensure_default
from tests.factories import Shop


def test_a_technician_dims_the_lights(
    open_window: Callable[..., Page], engine: Engine, settings: Settings, riverside: Shop
) -> None:
    with engine.begin() as connection:
        asked = ensure_default(connection)
        enrolment.enrol(connection, settings, "exit-1", riverside.exit, asked)
        enrolment.enrol(connection, settings, "till-1", riverside.checkout, asked)
    page = open_window(riverside.organisation, "technician", scripts=False, width=360)
    # One kiosk stands in a dark corner.
    page.goto("/kiosks/till-1")
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_label("Brightness of the lights").check()
    page.get_by_label("Percent, from 1 to 100").fill("0")
    page.get_by_role("button", name="Save for this kiosk").click()
    expect(page.get_by_role("alert")).to_contain_text("One setting does not fit")
    page.get_by_label("Percent, from 1 to 100").fill("20")
    page.get_by_role("button", name="Save for this kiosk").click()
    expect(page.get_by_role("status")).to_contain_text("It gets it now, or as soon as it is online.")
    # For all others of the place something else is chosen; first it is said whom that reaches.
    page.goto(f"/places/{riverside.organisation}/kiosk-settings")
    page.get_by_label("Brightness of the lights").check()
    page.get_by_label("Percent, from 1 to 100").fill("60")
    page.get_by_role("button", name="Look whom it reaches").click()
    expect(page.get_by_text("1 kiosk changes. For 1 something nearer holds.")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="exit-1")).to_contain_text("→ 60")
    page.get_by_role("button", name="Save for 1 kiosk").click()
    expect(page.get_by_role("status").first).to_be_visible()
    expect(page.get_by_text("Chosen for Smilepost and all below it by")).to_be_visible()
    page.get_by_role("link", name="Region of Riverside").click()
    expect(page.get_by_text("otherwise 60")).to_be_visible()
    page.goto("/kiosks/till-1")
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("button", name="Back to what holds above").click()
    page.goto("/kiosks/till-1/settings")
    expect(page.get_by_label("Brightness of the lights")).not_to_be_checked()
    # A technician has left: each kiosk signs in with a new secret from now on.
    page.goto(f"/places/{riverside.organisation}/kiosk-settings")
    page.get_by_role("link", name="Give new secrets").click()
    page.get_by_role("button", name="Give new secrets to 2 kiosks").click()
    expect(page.get_by_role("status")).to_contain_text("They get new secrets now, a few a second.")
