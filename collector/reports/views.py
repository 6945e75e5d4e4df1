"""A place's report as a page, as PDF and as a poster."""

import io
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.charts import trend as charts
from collector.current import database, now
from collector.insights.compare import FEWEST
from collector.places.queries import Place, visible_above
from collector.places.seen import seen_place
from collector.posters.pdf import pdf
from collector.posters.pictures import preview
from collector.reports import subscription_views
from collector.reports.days import PERIODS, Days, Period, days_with, last_over
from collector.reports.gather import gather
from collector.reports.letter import as_file, cases_said, file_name
from collector.reports.poster import SIZES, poster
from collector.reports.report import Report
from collector.reports.sentences import change_said, change_short, tables
from collector.reports.words import LANGUAGES, Speech
from collector.slips.style import style_of

pages = Blueprint("reports", __name__, template_folder="templates")
guard(pages, choose_for_others="shape")

#: Dots per inch of the picture on the page; and no report goes further back.
_PREVIEW, _EARLIEST = 40, date(2020, 1, 1)

subscription_views.add_to(pages)


@dataclass(frozen=True)
class Asked:
    """Which days of which place, and in which language."""

    place: Place
    days: Days
    #: The newest that there can be: the one that is running.
    newest: Days
    language: str


@pages.get("/places/<int:place_id>/report")
def report(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        asked = _asked(connection, place_id, _reader_language())
        found = gather(connection, asked.place, asked.days, asked.language, now())
        above = visible_above(connection, viewer().place_id, place_id)
        wall = style_of(connection, place_id).language
    speech = Speech(asked.language)
    return render_template(
        "reports/report.html",
        report=found,
        place=asked.place,
        above=above,
        days=asked.days,
        is_running=asked.days.last >= now().astimezone(asked.place.zone).date(),
        has_later=asked.days.first < asked.newest.first,
        has_earlier=asked.days.first > _EARLIEST,
        earlier=days_with(asked.days.period, asked.days.first - timedelta(days=1)),
        later=asked.days.after,
        periods=PERIODS,
        speech=speech,
        trend=_trend(found),
        change=change_said(found, speech),
        change_short=change_short,
        tables=tables(found, speech),
        cases=cases_said(found, speech),
        wall=wall if wall in LANGUAGES else "en",
        languages=LANGUAGES,
        sizes=tuple(SIZES),
    )


@pages.get("/places/<int:place_id>/report.pdf")
def report_pdf(place_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        asked = _asked(connection, place_id, _reader_language())
        found = gather(connection, asked.place, asked.days, asked.language, now())
    file = as_file(found, Speech(asked.language))
    return send_file(io.BytesIO(file.content), file.type, as_attachment=True, download_name=file.name)


@pages.get("/places/<int:place_id>/results/<any(a4, a3):size>.pdf")
def results_pdf(place_id: int, size: str) -> ResponseReturnValue:
    page, name = _results(place_id, size)
    return send_file(io.BytesIO(page), "application/pdf", as_attachment=True, download_name=name)


@pages.get("/places/<int:place_id>/results/preview.webp")
def results_preview(place_id: int) -> ResponseReturnValue:
    page, _ = _results(place_id, "a4")
    return send_file(io.BytesIO(preview(page, _PREVIEW)), "image/webp")


def _results(place_id: int, size: str) -> tuple[bytes, str]:
    """The poster of a place's results, and what to call the file."""
    with database().connect() as connection:
        asked = _asked(connection, place_id, style_of(connection, place_id).language)
        found = gather(connection, asked.place, asked.days, asked.language, now(), is_for_customers=True)
    speech = Speech(asked.language)
    title = f"{found.place} · {speech.words.results} · {speech.days(found.days)}"
    sheet = poster(found, speech, size)
    return pdf(sheet, title, language=speech.language), file_name(found, f"results {size}")


def _asked(connection: Connection, place_id: int, language: str) -> Asked:
    """What the address asks for; what makes no sense in it is left out."""
    place = seen_place(connection, place_id)
    today = now().astimezone(place.zone).date()
    period: Period = next((each for each in PERIODS if each == request.args.get("period")), "day")
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        day = last_over(period, today).first
    wanted = request.args.get("language", "")
    return Asked(
        place,
        days_with(period, min(max(day, _EARLIEST), today)),
        days_with(period, today),
        wanted if wanted in LANGUAGES else language,
    )


def _reader_language() -> str:
    language = get_locale().language if get_locale() else "en"
    return language if language in LANGUAGES else "en"


def _trend(found: Report) -> charts.Trend | None:
    points = [
        charts.Point(
            first=point.day,
            last=point.day,
            value=point.index.value if point.index else None,
            low=point.index.low if point.index else None,
            high=point.index.high if point.index else None,
            count=point.index.count if point.index else 0,
            few=point.index is not None and point.index.count < FEWEST,
        )
        for point in found.trend
    ]
    return charts.trend(points)
