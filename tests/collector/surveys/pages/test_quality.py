"""Service quality: what customers expected, what it was like, and the chart of the gaps."""

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import Engine

from collector.cases.submit import submit
from collector.ratings.kinds import Channel
from collector.settings import Settings
from collector.surveys.answers import Reply, Source
from collector.surveys.definition import Gap, Smileys
from collector.surveys.gap import Gap as Found
from collector.surveys.gap import QuestionGap
from collector.surveys.pages import gap_chart
from tests.collector.customers import words
from tests.collector.surveys.asking import ask
from tests.factories import NOW, Shop, make_shop

Browser = Callable[[int], FlaskClient]
QUESTIONS = (Smileys(1, {"en": "How?"}), Gap(2, {"en": "How clean it was"}), Gap(3, {"en": "How friendly we were"}))


def test_the_chart_and_its_table(browser: Browser, engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.organisation, *QUESTIONS)
        hillside = make_shop(connection, "Hillside", beside=riverside)
    head = browser(riverside.organisation)
    assert "Nobody has said in this time" in words(head.get("/quality"))
    for at, (clean, friendly) in enumerate(((2, 5), (3, 5), (2, 4), (3, 4))):
        replies = {"1": 2, "2e": 5, "2p": clean, "3e": 4, "3p": friendly}
        source = Source(f"a{at}", Channel.POSTER_QR, riverside.store, riverside.exit)
        submit(engine, settings, source, Reply("en", replies=replies), NOW - timedelta(days=20 * at))
    page = head.get("/quality")
    shown = words(page)
    assert "How clean it was: expected 5.0, found 2.5." in shown
    assert "How clean it was 5.0 2.5 −2.5" in shown
    assert "How friendly we were 4.0 4.5 +0.5" in shown
    assert shown.index("How clean") < shown.index("How friendly")
    assert 'role="img" aria-labelledby="gaps-title gaps-words"' in page.text
    assert "How clean it was 5.0 2.5 −2.5" in words(head.get("/quality?days=365&place=" + str(riverside.store)))
    assert "(2)" in words(head.get("/quality?days=30"))
    assert "Nobody has said in this time" in words(head.get(f"/quality?place={hillside.store}"))
    neighbour = words(browser(hillside.store).get(f"/quality?place={riverside.store}"))
    assert "Service quality Hillside" in neighbour
    assert "Nobody has said in this time" in neighbour


def test_marks_stand_inside_the_chart() -> None:
    [row] = gap_chart.draw([QuestionGap({"en": "?"}, Found(5.0, 1.0, -4.0, 2.0, 3))])
    assert (row.expectation, row.perception) == (97.0, 3.0)
    assert (row.band, row.band_width) == (3.0, 47.0)
    assert gap_chart.x(3) == 50


def test_who_is_not_signed_in_is_asked_to(visitor: FlaskClient) -> None:
    for path in ("/quality", "/staff", "/stores/1/staff"):
        assert "/sign-in" in visitor.get(path).location
