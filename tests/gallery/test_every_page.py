"""Every page, opened by somebody who may: it answers, nothing on it breaks or is held back, an accessibility checker
has nothing to say by day or by night, nothing is beside a narrow screen, and it is light enough for a bad line."""

import re
from collections import Counter

import pytest
from playwright.sync_api import Browser

from tests.gallery.held_to import Watched
from tests.gallery.pages import Group, Page, groups
from tests.gallery.show import Show
from tests.gallery.work import PEOPLE

#: By how its address looks: no page for a person to read.
NO_PAGES = {
    "parts that a page fetches to stay up to date": r"/now$",
    "files": r"\.(csv|pdf|png|webp|svg|jpg|<any\(pdf, png\):form>)$|/files/|/static/|/cloudprnt$|/posters/.*/preview$",
    "for programs": r"^/(api/v1/.*|healthz|readyz|metrics)$",
    "on to another page": r"^/$|^/sign-in/organisation(/back)?$|^/voices$|^/stores/<int:store_id>/today$",
}

#: What a page says by itself, and no customer or person has written.
SAID_BY_US = "h2, h3, th, label, legend, summary, button, figcaption, nav a:not([lang])"
NAMES = {name for name, _, _ in PEOPLE}
#: Of Sunrise Market, and the same in every language.
OWN_NAMES = {
    "Riverside",
    "Hillside",
    "Station",
    "Left bank",
    "Right bank",
    "Checkout",
    "Exit",
    "Entrance",
    "Bakery",
    "Staff room",
}


def test_every_address_is_in_the_list_or_no_page(show: Show) -> None:
    router = show.app.url_map.bind("localhost")
    listed = {
        router.match(page.path.format_map(show.ids).partition("?")[0])[0] for group in groups() for page in group.pages
    }
    left = {
        rule.rule
        for rule in show.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in listed
    }
    unknown = {rule for rule in left if not any(re.search(pattern, rule) for pattern in NO_PAGES.values())}
    assert not unknown, f"say in pages.txt who sees it and what for: {unknown}"
    names = Counter(page.name for group in groups() for page in group.pages)
    assert max(names.values()) == 1, names.most_common(3)


@pytest.mark.parametrize("group", groups(), ids=lambda group: group.title)
def test_pages(show: Show, chrome: Browser, group: Group) -> None:
    troubles = []
    with (
        show.window(chrome, group.reader, 1280, "light") as day,
        show.window(chrome, group.reader, 390, "dark") as night,
    ):
        windows = Watched(day), Watched(night)
        for number, page in enumerate(group.pages):
            for window in windows if page.is_main else windows[number % 2 :][:1]:
                troubles += [f"{page.name}: {trouble}" for trouble in window.open(show.url(page))]
    assert not troubles, "\n".join(troubles)


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_the_most_used_pages_in(show: Show, chrome: Browser, language: str) -> None:
    """What they say by themselves is in the reader's language, and longer words still fit a phone and a tablet."""
    troubles = []
    for reader, pages in _most_used().items():
        with show.window(chrome, reader, 1024, "light") as context:
            window = Watched(context)
            for page in pages:
                said = []
                for spoken in ("en", language):
                    show.speak(reader, spoken)
                    window.page.goto(show.url(page))
                    said.append(set(window.page.locator(SAID_BY_US).all_inner_texts()))
                left = {text for text in said[0] & said[1] if re.search(r"[a-z]{3}", text)} - OWN_NAMES
                troubles += [f"{page.name}: {text!r} is in English" for text in left]
                troubles += [f"{page.name}: {each}" for width in (360, 1024) for each in window.beside(width)]
            show.speak(reader, "en")
    assert not troubles, "\n".join(troubles)


def _most_used() -> dict[str, list[Page]]:
    """Of everybody who is signed in."""
    return {group.reader: [page for page in group.pages if page.is_main] for group in groups() if group.reader in NAMES}
