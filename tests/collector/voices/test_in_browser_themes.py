"""A theme of a store's own in a real browser without scripts: its words are kept, and voices are found by it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.factories import Shop


def test_a_theme_is_made_used_and_ended(
    open_window: Callable[..., Page], riverside: Shop, say: Callable[..., int], read: Callable[[], None]
) -> None:
    for number, words in enumerate(("A parrot sat on the bread.", "Whose parrot is it?", "Parrot!")):
        say(f"a{number}", comment=words)
    read()
    page = open_window(riverside.organisation, "head-office", scripts=False, width=360)
    page.goto(f"/places/{riverside.store}/themes")
    page.get_by_role("region", name="What else is often said?").get_by_role("link", name="parrot").click()
    expect(page.get_by_role("heading", name="3 voices")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Listen for something else").click()
    page.get_by_label("Name").fill("Parrots")
    page.get_by_role("button", name="Listen for it", exact=True).click()
    expect(page.get_by_text("At least one word, in whatever language.")).to_be_visible()
    page.get_by_label("English").fill("parrot*, cockatoo")
    page.get_by_role("button", name="Listen for it", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Comments are read anew by these words")
    read()
    page.goto(f"/places/{riverside.store}/voices")
    page.get_by_role("link", name="Parrots").first.click()
    expect(page.get_by_role("heading", name="3 voices")).to_be_visible()
    page.goto(f"/places/{riverside.store}/themes")
    page.get_by_role("link", name="Parrots").click()
    page.get_by_role("button", name="Listen for it no more").click()
    expect(page.get_by_role("status")).to_contain_text("“Parrots” is no theme here any more.")
    page.get_by_role("button", name="Do as the place above").click()
    expect(page.get_by_text("As above this place.").last).to_be_visible()
