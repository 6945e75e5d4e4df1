"""A release goes out by a real browser: who is affected, the first kiosk, a halt, on again, and back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.collector.fleet.rollout.conftest import Region


@pytest.mark.parametrize(("width", "scripts"), [(360, False), (1440, True)])
def test_a_release_is_begun_halts_goes_on_and_is_taken_back(
    open_window: Callable[..., Page], region: Region, width: int, *, scripts: bool
) -> None:
    region.kiosks("k-1", "k-2", "k-3")
    page = open_window(region.shop.organisation, "technician", scripts=scripts, width=width)
    page.goto("/releases")
    page.get_by_label("Release").select_option("12")
    page.get_by_label("To the kiosks of").select_option(str(region.shop.region))
    page.get_by_role("button", name="See who is affected").click()
    expect(page.get_by_text("3 kiosks can take it: 3 × virtual (0.2.0).")).to_be_visible()
    page.get_by_role("button", name="Begin with k-").click()
    page.wait_for_url("**/roll-outs/*")
    rollout_id = int(page.url.rpartition("/")[2])
    region.look(rollout_id)
    [first] = region.steps(rollout_id)
    # The first one fails: it halts by itself, and somebody looks and lets it go on.
    region.say(first, update="Release 12 has gone back: it cannot be started: ImportError")
    region.look(rollout_id)
    if not scripts:
        page.reload()
    expect(page.get_by_text("Halted").first).to_be_visible(timeout=15_000)
    page.get_by_role("link", name="Go on").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("link", name="Go on")).to_have_count(0)
    page.get_by_role("link", name="Back to the release before").click()
    page.get_by_role("button", name="Back to the release before").click()
    expect(page.get_by_text("Taken back", exact=True)).to_be_visible()
    page.get_by_role("link", name="All releases").click()
    expect(page.get_by_role("link", name="Release 12 to Region of Riverside")).to_be_visible()
