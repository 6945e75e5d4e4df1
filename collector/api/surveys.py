"""Surveys and answers: what is asked, what was replied, and voices that came in elsewhere."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from flask import abort
from marshmallow import Schema, fields, validate
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Moment, Sent, Text, about, page_after, page_limit, page_next, row_id
from collector.current import database, now, settings
from collector.places.queries import touchpoints, visible_store
from collector.ratings.kinds import Channel, word
from collector.surveys import queries
from collector.surveys.answers import (
    CONTACT_KEPT,
    LONGEST_COMMENT,
    LONGEST_CONTACT,
    PURPOSE,
    Contact,
    Reply,
    Source,
    submit,
)
from collector.surveys.definition import LANGUAGES
from collector.surveys.queries import survey_at

resources = Resources("Surveys", "What customers are asked behind a QR code, and what they replied.")

#: Channels by which voices come in elsewhere.
ELSEWHERE = (Channel.WEB, Channel.HOTLINE, Channel.EMAIL, Channel.SMS, Channel.MESSENGER, Channel.REVIEW)


def _texts(text: str) -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.String(), required=True, **about(text))


class SurveysQuery(Schema):
    after = page_after(int, default=(0,))
    limit = page_limit()


class ReasonSchema(Sent):
    number = fields.Integer(required=True)
    text = _texts("By language.")


class SurveySchema(Sent):
    id = fields.Integer(required=True)
    place = fields.Integer(
        required=True, attribute="place_id", **about("Holds there and below, but where a place has its own.")
    )
    version = fields.Integer(required=True, **about("The highest of a place is in force."))
    question = _texts("Asked where the rating is not known yet; by language.")
    buttons = fields.Integer(required=True)
    why_good = _texts("By language.")
    reasons_good = fields.List(fields.Nested(ReasonSchema), required=True)
    why_bad = _texts("By language.")
    reasons_bad = fields.List(fields.Nested(ReasonSchema), required=True)
    threshold = fields.Float(required=True, **about("A score below it opens a case even without a word."))


class SurveysSchema(Sent):
    items = fields.List(fields.Nested(SurveySchema), required=True)
    next = page_next()


class AnswersQuery(Schema):
    after = page_after(int, default=(0,))
    limit = page_limit()
    store = row_id("Only answers of this store.")


class AnswerSchema(Sent):
    id = fields.Integer(required=True)
    survey = fields.Integer(required=True, attribute="survey_id")
    channel = fields.Function(lambda row: word(Channel(row.channel)), required=True, metadata={"type": "string"})
    store = fields.Integer(required=True, attribute="store_id")
    touchpoint = fields.Integer(required=True, allow_none=True, attribute="touchpoint_id")
    question = fields.Integer(required=True, allow_none=True, attribute="question_id")
    button = fields.Integer(required=True, allow_none=True)
    score = fields.Float(required=True, allow_none=True, **about("0 … 100."))
    reasons = fields.List(fields.Integer(), required=True, **about("Numbers of the survey's reasons."))
    comment = fields.String(required=True, allow_none=True)
    has_contact = fields.Boolean(required=True, **about("The contact itself is for the people of the place only."))
    language = fields.String(required=True)
    reference = fields.String(required=True, allow_none=True, **about("Its number in the system that it came from."))
    submitted_at = Moment(required=True)
    case = fields.Integer(required=True, allow_none=True, attribute="case_id", **about("The case that it opened."))


class AnswersSchema(Sent):
    items = fields.List(fields.Nested(AnswerSchema), required=True)
    next = fields.String(
        required=True, **about("Ask with it again, at once or later: nothing is missed and nothing comes twice.")
    )


class ContactSchema(Schema):
    address = Text(LONGEST_CONTACT, shortest=3, required=True, **about("E-mail address or phone number."))
    consent = Text(1000, shortest=10, required=True, **about("The words that the customer agreed to."))
    purpose = Text(100, load_default=PURPOSE, **about("What it is for."))
    erase_on = fields.Date(**about("At the latest, and by default, 90 days from now."))


class NewAnswer(Schema):
    channel = fields.String(required=True, validate=validate.OneOf([word(each) for each in ELSEWHERE]))
    store = fields.Integer(required=True, validate=validate.Range(1, 2**31 - 1))
    touchpoint = row_id("Of that store.")
    button = fields.Integer(validate=validate.Range(1), **about("Of the survey's question; 1 is the best."))
    comment = Text(LONGEST_COMMENT)
    contact = fields.Nested(ContactSchema)
    language = fields.String(load_default="en", validate=validate.OneOf(LANGUAGES))
    reference = Text(100, **about("Its number in your system."))


@resources.reads("/surveys", asks=SurveysQuery, sends=SurveysSchema)
def list_surveys(query: dict[str, Any]) -> dict[str, Any]:
    """The surveys that are asked where you see it, all versions, by id."""
    (after,), limit = query["after"], query["limit"]
    with database().connect() as connection:
        found = queries.visible_surveys(connection, viewer().place_id, after=after, limit=limit)
    items = [{**vars(survey), **_definition(survey)} for survey in found]
    return {"items": items, "next": cursors.encode(found[-1].id) if len(found) == limit else None}


def _definition(survey: queries.Survey) -> dict[str, Any]:
    names = ("why_good", "reasons_good", "why_bad", "reasons_bad", "threshold")
    return {name: getattr(survey.definition, name) for name in names}


@resources.reads("/answers", asks=AnswersQuery, sends=AnswersSchema)
def list_answers(query: dict[str, Any]) -> dict[str, Any]:
    """Every answer once, in the order in which they came. Keep `next` and ask again."""
    (after,) = query["after"]
    with database().connect() as connection:
        found = queries.visible_answers(
            connection, viewer().place_id, after=after, limit=query["limit"], store_id=query.get("store")
        )
    return {"items": found, "next": cursors.encode(found[-1].id if found else after)}


@resources.writes("/answers", takes=NewAnswer, sends=AnswerSchema)
def add_answer(asked: dict[str, Any]) -> Any:
    """A voice that came in elsewhere. With the same `Idempotency-Key` it is one answer, however often it is sent: 201,
    and 200 for a repeat."""
    identity = f"api:{idempotency_key()}"
    if "button" not in asked and asked["comment"] is None:
        abort(422, "An answer needs a button or a comment.")
    with database().connect() as connection:
        source = _source(connection, asked, identity)
        if "button" in asked and asked["button"] > survey_at(connection, source.store_id).buttons:
            abort(422, "The survey's question has fewer buttons.")
    submitted = submit(database(), settings(), source, _reply(asked), now())
    if not submitted.is_same:
        abort(422, "This Idempotency-Key was used for another answer. Take a new key for a new answer.")
    with database().connect() as connection:
        row = queries.answer_row(connection, submitted.answer_id)
    return row, HTTPStatus.CREATED if submitted.is_new else HTTPStatus.OK


def _source(connection: Connection, asked: dict[str, Any], identity: str) -> Source:
    store = visible_store(connection, viewer().place_id, asked["store"])
    if store is None:
        abort(422, "There is no such store, or you do not see it.")
    touchpoint_id = asked.get("touchpoint")
    if touchpoint_id is not None and touchpoint_id not in {each.id for each in touchpoints(connection, store.id)}:
        abort(422, "That store has no such touchpoint.")
    channel = next(each for each in ELSEWHERE if word(each) == asked["channel"])
    return Source(identity, channel, store.id, touchpoint_id, reference=asked["reference"])


def _reply(asked: dict[str, Any]) -> Reply:
    contact = None
    if given := asked.get("contact"):
        contact = Contact(given["address"], given["purpose"], given["consent"], _erase_on(given.get("erase_on")))
    return Reply(asked["language"], asked.get("button"), comment=asked["comment"], contact=contact)


def _erase_on(asked: date | None) -> date:
    latest = now().date() + CONTACT_KEPT
    if asked is None:
        return latest
    if not timedelta() < asked - now().date() <= CONTACT_KEPT:
        abort(422, f"A contact is kept for {CONTACT_KEPT.days} days at most: erase_on is to be until {latest}.")
    return asked
