"""Lists of what was heard: ratings one by one and by day, and answers; what the staff answered is in none."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select

from collector.cases.tables import cases
from collector.ingest.tables import cursor
from collector.insights.tables import place_day
from collector.places.queries import ever_below
from collector.places.tables import place, touchpoint
from collector.ratings.kinds import Channel, Mark, TimeQuality
from collector.ratings.tables import rating
from collector.reports.exports.listed import Listed, Span, columns, local, pairs, plain, within, words
from collector.surveys.marks import AnswerMark
from collector.surveys.tables import answer, question, survey, survey_version


def _ratings(place_id: int, span: Span | None) -> Select[Any]:
    return (
        select(rating, place.c.name, place.c.time_zone, touchpoint.c.name.label("touchpoint"))
        .add_columns(question.c.text, question.c.buttons, question.c.kind, cursor.c.kiosk_id, cursor.c.epoch)
        .join(place, place.c.id == rating.c.store_id)
        .join(question, question.c.id == rating.c.question_id)
        .outerjoin(touchpoint, touchpoint.c.id == rating.c.touchpoint_id)
        .outerjoin(cursor, cursor.c.id == rating.c.cursor_id)
        .where(ever_below(place_id), *within(rating.c.received_at, span), question.c.kind != "enps")
        .where(func.coalesce(touchpoint.c.audience, "customers") == "customers")
    )


def _rating(row: Row[Any]) -> Sequence[object]:
    zone = row.time_zone
    return (
        row.name,
        row.touchpoint,
        words(row.text),
        row.kind,
        row.button,
        row.buttons,
        round(row.score, 1),
        Channel(row.channel),
        local(row.happened_at, zone),
        local(row.received_at, zone),
        TimeQuality(row.time_quality),
        Mark(row.mark),
        row.kiosk_id,
        row.epoch,
        row.seq,
    )


def _days(place_id: int, span: Span | None) -> Select[Any]:
    found = (
        select(place_day, place.c.name, touchpoint.c.name.label("touchpoint"))
        .add_columns(question.c.text, question.c.kind, question.c.buttons)
        .join(place, place.c.id == place_day.c.place_id)
        .join(question, question.c.id == place_day.c.question_id)
        .outerjoin(touchpoint, touchpoint.c.id == place_day.c.touchpoint_id)
        # What stands for all touchpoints together is their sum: only the parts are told.
        .where(ever_below(place_id), place.c.kind == "store", place_day.c.touchpoint_id >= 0)
        .order_by(place.c.name, place_day.c.place_id, place_day.c.day, place_day.c.touchpoint_id)
    )
    return found.where(place_day.c.day >= span[0].date(), place_day.c.day < span[1].date()) if span else found


#: The largest scale: 0 … 10.
_BUTTONS = 11


def _day(row: Row[Any]) -> Sequence[object]:
    counted = [*row.counted[: row.buttons], *[None] * (_BUTTONS - row.buttons)]
    about = (row.name, row.day, row.touchpoint, words(row.text), row.kind, row.buttons, Channel(row.channel))
    return (*about, row.marked, sum(row.counted), *counted)


def _answers(place_id: int, span: Span | None) -> Select[Any]:
    return (
        select(answer, place.c.name, place.c.time_zone, touchpoint.c.name.label("touchpoint"))
        .add_columns(survey.c.name.label("survey"), survey_version.c.version, cases.c.id.label("case"))
        .join(place, place.c.id == answer.c.store_id)
        .join(survey_version, survey_version.c.id == answer.c.version_id)
        .join(survey, survey.c.id == survey_version.c.survey_id)
        .outerjoin(touchpoint, touchpoint.c.id == answer.c.touchpoint_id)
        .outerjoin(cases, cases.c.answer_id == answer.c.id)
        .where(ever_below(place_id), *within(answer.c.submitted_at, span), survey.c.audience == "customers")
        .order_by(answer.c.id)
    )


def _answer(row: Row[Any]) -> Sequence[object]:
    zone = row.time_zone
    return (
        row.id,
        row.name,
        row.touchpoint,
        Channel(row.channel),
        local(row.submitted_at, zone),
        local(row.completed_at, zone),
        f"{row.survey} {row.version}",
        round(row.score, 1) if row.score is not None else None,
        " ".join(map(str, row.reasons)),
        pairs(row.replies),
        row.comment,
        row.language,
        row.reference,
        AnswerMark(row.mark),
        row.case,
    )


HEARD = {
    "ratings": Listed(
        columns(
            "store touchpoint question kind button buttons score channel happened received time mark kiosk epoch seq"
        ),
        "look",
        plain(_ratings, _rating),
    ),
    "days": Listed(
        (
            *columns("store day touchpoint question kind buttons channel marked counted"),
            *(f"button_{number}" for number in range(1, _BUTTONS + 1)),
        ),
        "look",
        plain(_days, _day),
    ),
    "answers": Listed(
        columns(
            "id store touchpoint channel submitted completed survey score reasons replies comment language reference"
            " mark case"
        ),
        "voices",
        plain(_answers, _answer),
        personal=True,
    ),
}
