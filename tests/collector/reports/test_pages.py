"""A report as a page, as PDF and as a poster; and who gets which."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from pypdfium2 import PdfDocument
from sqlalchemy import Engine

from collector.reports.words import LANGUAGES
from tests.collector.pages import send
from tests.factories import NOW, Shop, add_up, make_account, make_kiosk, make_ratings, make_shop

Browser = Callable[..., FlaskClient]


def paper(file: bytes) -> tuple[list[tuple[float, float]], str]:
    """The pages' sizes in mm, and what can be read."""
    with PdfDocument(file) as document:
        text = " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document)
        return [tuple(round(side / 72 * 25.4) for side in page.get_size()) for page in document], text  # type: ignore[misc]


def test_a_report_at_once(browser: Browser, rated: Shop) -> None:
    olha = browser(rated.store, "store")
    page = olha.get(f"/places/{rated.store}/report").text
    for said in ("Saturday, 21 November 2026", '<span class="figure">78</span>', "± 9", "Long queue", "Exit"):
        assert said in page
    assert "Checkout" in page  # where nobody rated
    week = olha.get(f"/places/{rated.store}/report?period=week&day=2026-11-19").text
    assert "16–22 Nov 2026" in week
    assert "1 day with shut doors is not counted." in week
    assert "These days are not over yet." in week
    assert "Later" not in week
    file = olha.get(f"/places/{rated.store}/report.pdf?period=month&day=2026-11-01")
    sizes, text = paper(file.data)
    assert file.headers["Content-Disposition"].endswith("filename=Riverside-month-2026-11-01.pdf")
    assert sizes == [(210, 297)]
    for said in ("Monthly report · November 2026", "Exit", "Long queue 1", "Came in 1", "A second till is open."):
        assert said in text
    for nonsense in ("period=century", "day=2026-13-45", "day=9999-12-31", "day=0001-01-01", "period=month&day=%00"):
        assert olha.get(f"/places/{rated.store}/report?{nonsense}").status_code in {200, 400}


def test_a_region_and_the_organisation_are_rolled_up(browser: Browser, rated: Shop, engine: Engine) -> None:
    with engine.begin() as connection:
        names = [make_shop(connection, f"Harbour {number}", beside=rated).store for number in range(40)]
        add_up(connection)
    boss = browser(rated.organisation, "head-office")
    page = boss.get(f"/places/{rated.organisation}/report?period=week&day=2026-11-16").text
    assert page.index("Riverside") < page.index("Harbour 7")  # whoever was rated first
    assert "Which stores need somebody?" not in page
    file = boss.get(f"/places/{rated.organisation}/report.pdf?period=week&day=2026-11-16")
    sizes, text = paper(file.data)
    assert len(sizes) > 1
    assert text.count("Harbour") == len(names)
    # The head of the table stands on each sheet that it goes on to.
    assert text.count("Place 0 100 Index Ratings Change") == len(sizes)


def test_stores_that_got_worse_stand_apart(browser: Browser, rated: Shop, engine: Engine) -> None:
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, make_shop(connection, "Harbour", beside=rated), "harbour-1")
        for ago, button in ((9, 1), (2, 4)):
            make_ratings(connection, kiosk, [button] * 30, happened=NOW - timedelta(days=ago))
        add_up(connection)
    boss, path = browser(rated.organisation, "head-office"), f"/places/{rated.organisation}/report"
    page = boss.get(f"{path}?period=week&day=2026-11-16").text
    order = [page.index(said) for said in ("Which stores need somebody?", "Harbour", "The other stores", "Riverside")]
    assert order == sorted(order)
    _sizes, text = paper(boss.get(f"{path}.pdf?period=week&day=2026-11-16").data)
    assert "Which stores need somebody?" in text
    assert "The other stores" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_results_for_the_wall(browser: Browser, rated: Shop, language: str) -> None:
    olha = browser(rated.store, "store")
    asked = f"period=month&day=2026-11-01&language={language}"
    for size, millimetres in (("a4", (210, 297)), ("a3", (297, 420))):
        sizes, text = paper(olha.get(f"/places/{rated.store}/results/{size}.pdf?{asked}").data)
        assert sizes == [millimetres]
        assert "Riverside" in text
        assert "80" in text
    # What was done is said in those languages alone in which somebody wrote it.
    assert ("Відкрито другу касу." in text, "A second till is open." in text) == (language == "uk", language == "en")
    picture = olha.get(f"/places/{rated.store}/results/preview.webp?{asked}")
    assert picture.content_type == "image/webp"


def test_nobody_reads_a_report_of_another_place(browser: Browser, rated: Shop, engine: Engine) -> None:
    with engine.begin() as connection:
        harbour = make_shop(connection, "Harbour", beside=rated)
    there = browser(harbour.store)
    for path in ("report", "report.pdf", "results/a4.pdf", "results/preview.webp"):
        for place_id in (rated.store, rated.region, rated.organisation, 9999):
            assert there.get(f"/places/{place_id}/{path}").status_code == 404
    assert browser(rated.store).get(f"/places/{rated.store}/results/a9.pdf").status_code == 404


def test_one_chooses_ends_and_brings_back(browser: Browser, rated: Shop, engine: Engine) -> None:
    olha, boss = browser(rated.store, "store"), browser(rated.region, "region")
    form = {"place": str(rated.store), "period": "week", "key": "one form"}
    for _ in range(2):  # a double tap
        assert send(olha, "/reports", **form).location == "/reports"
    page = olha.get("/reports").text
    assert page.count('id="report-') == 1
    assert "there is no e-mail address" in page
    assert "One for somebody else" not in page
    # A store manager chooses for nobody else, and ends nothing that is not theirs.
    assert send(olha, "/reports", **{**form, "place": str(rated.region), "key": "k"}).status_code == 404
    with engine.begin() as connection:
        taras = make_account(connection, rated.store, "Taras", role="email-only")
        stranger = make_account(connection, make_shop(connection, "Harbour", beside=rated).store, "Stranger")
    others = {**form, "person": str(taras), "key": "for Taras"}
    token = {"csrf_token": re.findall(r'csrf_token" value="([^"]+)', page)[0]}
    assert olha.post("/reports/others", data={**token, **others}).status_code == 403
    assert send(boss, "/reports").status_code == 400
    chosen = {"csrf_token": re.findall(r'csrf_token" value="([^"]+)', boss.get("/reports").text)[0], **others}
    assert boss.post("/reports/others", data=chosen).status_code == 302
    too_high = boss.post("/reports/others", data={**chosen, "place": str(rated.region), "key": "k2"})
    assert too_high.status_code == 422
    assert "They do not see Region of Riverside" in too_high.text
    assert boss.post("/reports/others", data={**chosen, "person": str(stranger), "key": "k3"}).status_code == 404
    page = boss.get("/reports").text
    assert "every week, to Taras" in page
    ids = re.findall(r'id="report-(\d+)"', page)
    assert len(ids) == 2
    assert "Taras" not in olha.get("/reports").text
    his = max(ids, key=int)
    assert olha.post(f"/reports/{his}/end", data=token).status_code == 404
    ended = boss.post(f"/reports/{his}/end", data=chosen, follow_redirects=True).text
    assert "It is sent no more." in ended
    assert "Bring back: Riverside, Taras" in ended
    again = boss.post(f"/reports/{his}/back", data=chosen, follow_redirects=True).text
    assert "It is sent again" in again
    assert "End it: Riverside, Taras" in again
