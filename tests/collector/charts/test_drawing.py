"""Each chart as a page has it: a question, an answer, a drawing that is read aloud, and a table."""

import xml.etree.ElementTree as ET
from datetime import date
from typing import Any

import pytest
from flask import Flask, render_template_string

from collector.charts.bars import Item, bars
from collector.charts.distribution import distribution
from collector.charts.gap import Pair, gap_chart
from collector.charts.heat_map import heat_map
from collector.charts.pareto import pareto
from collector.charts.rank import Standing, rank
from collector.charts.trend import Point, trend
from collector.insights.compare import Comparison
from collector.insights.faces import Face
from collector.insights.index import Index

NASTY = '"Queue" <b>& more</b>'
CHARTS: dict[str, Any] = {
    "trend": trend(
        [
            Point(date(2026, 11, 1), date(2026, 11, 7), 71.2, 66, 76, 90),
            Point(date(2026, 11, 8), date(2026, 11, 14), 60, 20, 90, 5, few=True),
            Point(date(2026, 11, 15), date(2026, 11, 21), 78.6, 74, 83, 120, odd=True),
        ],
        split=date(2026, 11, 8),
    ),
    "bars": bars([Item(NASTY, 81, 77, 85, 320, url="/there"), Item("Pick-up", 70, 40, 95, 7, few=True)]),
    "distribution": distribution([("very good", Face.VERY_GOOD, 3), ("bad", Face.BAD, 1)]),
    "pareto": pareto([(NASTY, 8), ("Price", 2)]),
    "heat_map": heat_map({(5, 17): Index(41, 7, 96), (1, 10): Index(88, 8, 40), (2, 10): Index(99, 30, 2)}, (), 10),
    "gap_chart": gap_chart([Pair("How clean it was", 4.4, 3.1, 320, 0.2)], "five"),
}
ANSWERS = {
    "trend": "Last 79. Highest 79 (15–21 Nov), lowest 71 (1–7 Nov).",
    "bars": "81, and nothing to compare it with.",
    "distribution": "Most often: very good, 75 % of 4 answers.",
    "pareto": f"{NASTY}: alone 80 % of the 10 reasons given.",
    "heat_map": "Best: Tue 10:00 to 11:00, index 88 of 40 ratings. Worst: Sat 17:00 to 18:00, index 41 of 96.",
    "gap_chart": "How clean it was falls shortest: −1.3.",
}


def drawn(app: Flask, name: str, chart: Any, **more: str) -> ET.Element:
    """The chart as its macro draws it; it is read as XML, so nothing in it may be left open."""
    with app.test_request_context():
        html = render_template_string(
            f'{{% from "charts/charts.html" import {name} as draw %}}{{{{ draw(chart, "it", "How is it?", **more) }}}}',
            chart=chart,
            more=more,
        )
    assert "style=" not in html
    return ET.fromstring(html.strip())  # noqa: S314 - our own


def texts(part: ET.Element) -> str:
    return " ".join("".join(part.itertext()).split()).replace("\u2009", "").replace("\u00a0", " ")


@pytest.mark.parametrize("name", CHARTS)
def test_it_is_a_question_an_answer_a_drawing_and_a_table(app: Flask, name: str) -> None:
    figure = drawn(app, name, CHARTS[name], about="index of 0 to 100")
    assert figure.tag == "figure"
    assert texts(figure.find("figcaption")) == "How is it? index of 0 to 100"  # type: ignore[arg-type]
    drawing = figure.find("svg")
    assert drawing is not None
    assert drawing.get("role") == "img"
    assert drawing.get("aria-labelledby") == "it-title it-said"
    assert texts(drawing.find("title")) == "How is it?"  # type: ignore[arg-type]
    assert texts(drawing.find("desc")) == ANSWERS[name]  # type: ignore[arg-type]
    table = figure.find("details/table")
    assert table is not None
    assert all(each.get("scope") for each in table.iter("th"))
    rows = table.findall("tbody/tr")
    assert len({len(row) for row in [*rows, *table.findall("thead/tr")]}) == 1
    assert rows


@pytest.mark.parametrize("name", CHARTS)
def test_where_there_is_nothing_it_says_so(app: Flask, name: str) -> None:
    figure = drawn(app, name, None)
    assert figure.find("svg") is None
    assert "Nothing was heard in this time." in texts(figure)


def test_another_answer_may_be_given(app: Flask) -> None:
    figure = drawn(app, "pareto", CHARTS["pareto"], said="It is the queue.")
    assert texts(figure.find("svg/desc")) == "It is the queue."  # type: ignore[arg-type]


def test_a_table_leads_to_where_more_is_said(app: Flask) -> None:
    figure = drawn(app, "bars", CHARTS["bars"])
    link = figure.find(".//table//a")
    assert link is not None
    assert (link.get("href"), texts(link)) == ("/there", NASTY)
    assert "too few" in texts(figure.findall(".//tbody/tr")[1])


def test_places_in_order_are_a_table_with_a_strip_each(app: Flask) -> None:
    chart = rank(
        [Standing(7, NASTY, 1, 80.4, 76, 85, 90, 30, was=74.6, url="/places/7", change=Comparison(15.4, 11, 20))], 72
    )
    table = drawn(app, "rank", chart).find("table")
    assert table is not None
    row = table.find("tbody/tr")
    assert row is not None
    assert texts(row) == f"1 {NASTY} 80 ± 5 90 75 +15 ± 4 30"
    assert row.find("td/svg") is not None


def test_two_hundred_places_are_a_light_page(app: Flask) -> None:
    standings = [
        Standing(n, f"Store {n}", n, 80, 76, 85, 90, 30, 74.6, f"/places/{n}/insights?from=2026-10-26")
        for n in range(200)
    ]
    table = drawn(app, "rank", rank(standings, 72))
    assert len(ET.tostring(table)) < 180_000  # of 200 kB for the heaviest page


def test_a_spark_says_what_it_shows(app: Flask) -> None:
    with app.test_request_context():
        html = render_template_string(
            '{% from "charts/charts.html" import spark %}{{ spark([70, none, 78.6], "Index of three weeks") }}'
            '{{ spark([none], "Nothing") }}'
        )
    assert ET.fromstring(html.strip()).get("aria-label") == "Index of three weeks: from 70 to 79"  # noqa: S314
