"""The customers' pages in a real browser, on a small phone: an accessibility checker, fingers, old browsers' rules."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, update

from collector.cases.changes.closing import resolve
from collector.cases.changes.conditional import Doer
from collector.places.tables import touchpoint
from collector.public.page import pages as public_pages
from collector.settings import Settings
from collector.surveys.default import ensure_default
from collector.surveys.definition import Ces, Comment, ContactDetails, Enps, Gap, Nps, Smileys, Stars
from tests.browser import examine
from tests.collector.customers import Phone, ask, case_code
from tests.factories import NOW, Shop

PHONE = {"width": 320, "height": 640}
CSS = Path(public_pages.root_path) / "static" / "public.css"


#: What a finger is to meet and is less than 48 px wide or high. Whatever lies in a label is as large as that.
TOO_SMALL = """() => {
  const labels = ".steps label, .reasons label, .consent";
  return [...document.querySelectorAll(`a, button, summary, input:not([type=hidden]), textarea, ${labels}`)]
    .filter(each => each.offsetParent && (each.matches("label") || !each.closest(labels)))
    .filter(each => Math.min(each.getBoundingClientRect().height, each.getBoundingClientRect().width) < 47.9)
    .map(each => each.outerHTML)
}"""


#: Words of reasons that go on in another line.
BROKEN = """() => [...document.querySelectorAll(".reasons span")].flatMap(each =>
  [...each.textContent.matchAll(/\\p{L}+/gu)].filter(word => {
    const range = document.createRange();
    range.setStart(each.firstChild, word.index);
    range.setEnd(each.firstChild, word.index + word[0].length);
    return range.getClientRects().length > 1;
  }).map(word => word[0]))"""


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, open_window: Callable[..., Page]) -> Page:
    """A small phone, by day and by night."""
    return open_window(**PHONE, colours=request.param, language="de-DE")


@pytest.fixture
def every_type(engine: Engine, riverside: Shop) -> None:
    """A survey with each type of question."""
    why = Smileys(5, {"en": "And the bread?", "de": "Und das Brot?"}, buttons=5)
    scales = [kind(number, {"de": "Wie war das?"}) for number, kind in enumerate((Nps, Ces, Stars, Gap), 1)]
    with engine.begin() as connection:
        ask(connection, riverside.store, *scales, why, Comment(6), ContactDetails(7))


def tap(thing: Locator) -> None:
    """Tap what leads to another page, and wait for it."""
    with thing.page.expect_navigation():
        thing.click()


def examine_touch(page: Page) -> None:
    """No target that is too small for a finger either."""
    page.evaluate("Promise.all(document.getAnimations().map(each => each.finished))")
    examine(page)
    assert page.evaluate(TOO_SMALL) == []


@pytest.mark.usefixtures("phone")
def test_a_survey_from_scan_to_thanks(page: Page, poster: str) -> None:
    page.goto(f"/Q/{poster}")
    expect(page.get_by_role("heading", name="Wie war Ihr Besuch heute?")).to_be_visible()
    examine_touch(page)
    tap(page.get_by_role("button", name="sehr schlecht"))
    expect(page.get_by_role("status")).to_have_text("Ihre Antwort: sehr schlecht")
    examine_touch(page)
    page.get_by_label("Lange Schlange").check()
    page.get_by_label("In Ihren Worten").fill("Nur eine Kasse war offen.")
    consent = page.get_by_label("Ich bin einverstanden")
    expect(consent).to_be_hidden()
    page.get_by_label("E-Mail oder Telefon").fill("oksana@example.org")
    expect(consent).to_be_visible()
    examine_touch(page)
    with page.expect_navigation():
        page.get_by_label("E-Mail oder Telefon").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("brauchen wir Ihr Ja")
    examine_touch(page)
    tap(page.get_by_role("button", name="Polski"))
    expect(page.get_by_label("Własnymi słowami")).to_have_value("Nur eine Kasse war offen.")
    page.get_by_label("Zgadzam się").check()
    tap(page.get_by_role("button", name="Wyślij"))
    expect(page.get_by_role("heading", name="Dziękujemy!")).to_be_visible()
    examine_touch(page)
    tap(page.get_by_role("link", name="Zobacz, co się dzieje"))
    expect(page.get_by_role("heading", name="Co się dzieje z Twoim zgłoszeniem")).to_be_visible()
    examine_touch(page)


@pytest.mark.usefixtures("phone", "every_type")
def test_every_type_of_question(page: Page, poster: str) -> None:
    page.goto(f"/Q/{poster}")
    examine_touch(page)
    tap(page.get_by_role("button", name="3 von 10"))
    examine_touch(page)
    page.get_by_label("7 von 7").check()
    page.get_by_label("2 von 5").first.check()
    page.get_by_label("sehr gut").check()
    examine_touch(page)
    tap(page.get_by_role("button", name="Senden"))
    examine_touch(page)


def test_the_staffs_survey(page: Page, phone: Phone, poster: str, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        connection.execute(update(touchpoint).where(touchpoint.c.id == riverside.exit).values(audience="staff"))
        ask(connection, riverside.organisation, Enps(1, {"en": "Would you recommend us?"}), audience="staff")
    page.goto(f"/Q/{poster}?kiosk=1")
    examine_touch(page)
    tap(page.get_by_role("button", name="9 von 10"))
    examine_touch(page)
    tap(page.get_by_role("button", name="Senden"))
    examine_touch(page)
    tap(page.get_by_role("link", name="Nächste Person"))
    expect(page.get_by_role("button", name="9 von 10")).to_be_visible()


def test_a_case_until_it_is_settled(
    page: Page, phone: Phone, poster: str, engine: Engine, settings: Settings, riverside: Shop
) -> None:
    code = case_code(phone.answer(poster, 4, comment="Cold soup.", contact="oksana@example.org", agrees=True))
    page.goto(f"/Q/{code}")
    page.get_by_text("Möchten Sie mehr sagen?").click()
    page.get_by_label("In Ihren Worten").fill("Am Freitag um sechs.")
    examine_touch(page)
    tap(page.get_by_role("button", name="Senden"))
    expect(page.get_by_role("status")).to_have_text("Das Geschäft hat es jetzt.")
    with engine.begin() as connection:
        assert resolve(connection, settings, 1, Doer("Olena", riverside.store, NOW), "Der Kessel ist neu.")
    page.reload()
    expect(page.get_by_text("Der Kessel ist neu.")).to_be_visible()
    page.get_by_text("Nein, etwas fehlt").click()
    examine_touch(page)
    tap(page.get_by_role("button", name="sehr gut"))
    expect(page.get_by_role("status")).to_contain_text("Das Geschäft sieht das.")
    tap(page.get_by_role("button", name="Ja, erledigt"))
    expect(page.get_by_role("status")).to_contain_text("Schön, dass es erledigt ist.")
    examine_touch(page)
    tap(page.get_by_role("link", name="Keine Nachrichten mehr"))
    examine_touch(page)
    tap(page.get_by_role("button", name="Alle Nachrichten beenden"))
    examine_touch(page)
    page.goto(f"/Q/{code}")
    tap(page.get_by_role("link", name="Meine Daten löschen"))
    examine_touch(page)
    tap(page.get_by_role("button", name="Jetzt löschen"))
    expect(page.get_by_role("status")).to_have_text("Es ist gelöscht.")
    examine_touch(page)


@pytest.mark.usefixtures("phone")
@pytest.mark.parametrize("path", ["/Q/hello", "/Q/hello/stop", "/q/hello/erase"])
def test_codes_that_lead_nowhere(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.get_by_role("heading", name="Dieser Code führt nirgendwohin.")).to_be_visible()
    examine_touch(page)


def test_from_right_to_left(page: Page, phone: Phone, poster: str, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ask(
            connection,
            riverside.store,
            Nps(1, {"ar": "هل توصي بنا؟"}),
            Smileys(2, {"ar": "كيف كانت زيارتك؟"}),
            Comment(3),
        )
    page.goto(f"/Q/{poster}?lang=ar")
    nought, one = (page.get_by_role("button", name=f"{number} of 10", exact=True) for number in (0, 1))
    boxes: list[Any] = [each.bounding_box() for each in (nought, one)]
    assert boxes[0]["x"] > boxes[1]["x"]
    examine_touch(page)
    tap(nought)
    examine_touch(page)


@pytest.mark.usefixtures("phone")
def test_motion_is_short_and_only_for_whoever_wants_it(open_window: Callable[..., Page], poster: str) -> None:
    page = open_window()
    for wants, name in (("no-preference", "slide"), ("reduce", "none")):
        page.emulate_media(reduced_motion=wants)
        page.goto(f"/Q/{poster}")
        page.get_by_role("button", name="very good").click()
        form = page.locator("#answer")
        expect(form).to_have_css("animation-name", name)
        if name == "slide":
            expect(form).to_have_css("animation-duration", "0.2s")


def test_an_old_phone_understands_the_styles() -> None:
    """Safari 12 and Chrome 69, of 2018: what they do not know stands where they skip it, or not at all."""
    css = re.sub(r"/\*.*?\*/", "", CSS.read_text(), flags=re.DOTALL)
    plain = re.sub(r"@supports selector[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", css)
    assert not re.search(r":(?:has|is|where|focus-visible)\b|\binset\b|aspect-ratio|@layer|@container|clamp\(|&", plain)
    # The gap between flexible boxes came later than that between cells of a grid, whose name it took over.
    assert not re.search(r"(?<!grid-)gap:", plain)
    assert not re.search(r"(?:margin|padding|border)-(?:inline|block)(?!-(?:start|end))", plain)


@pytest.mark.parametrize("language", ["uk", "en", "pl", "de", "ru"])
def test_words_of_reasons_stay_whole(page: Page, poster: str, engine: Engine, language: str) -> None:
    with engine.begin() as connection:
        ensure_default(connection)
    page.goto(f"/Q/{poster}?lang={language}")
    tap(page.locator("button.step").last)
    expect(page.locator(".reasons label")).not_to_have_count(0)
    for width in (320, 360, 400, 440, 480, 520):
        page.set_viewport_size({"width": width, "height": 640})
        assert (width, page.evaluate(BROKEN)) == (width, [])
