"""Answers: what customers replied, and voices that came in elsewhere."""

from collections.abc import Mapping
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort
from marshmallow import Schema, fields, validate
from sqlalchemy import Connection, Row

from collector.accounts.viewer import viewer
from collector.addresses import NoAddress, normalised
from collector.api import cursors
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Moment, Sent, Text, about, page_after, page_limit, row_id
from collector.cases.answers import visible_answer, visible_answers
from collector.cases.submit import submit
from collector.current import database, now, settings
from collector.places.queries import touchpoints, visible_store, zone_of
from collector.ratings.kinds import Channel, word
from collector.ratings.past import IsArchived
from collector.surveys.answers import (
    CONTACT_KEPT,
    LONGEST_COMMENT,
    LONGEST_CONTACT,
    PURPOSE,
    Contact,
    Reply,
    Source,
    answer_of,
)
from collector.surveys.definition import LANGUAGES
from collector.surveys.marking import mark
from collector.surveys.marks import AnswerMark
from collector.surveys.queries import NothingAsked, Survey, survey_at, survey_version_of
from collector.surveys.rated import first_rating, replies_of

resources = Resources("Answers", "What customers replied behind a QR code, and voices that came in elsewhere.")

#: Channels by which voices come in elsewhere.
ELSEWHERE = (Channel.WEB, Channel.HOTLINE, Channel.EMAIL, Channel.SMS, Channel.MESSENGER, Channel.REVIEW)
_MARKS = {word(each): each for each in AnswerMark}
_REPLIES = "By the keys of the survey's scales (`scales` in `/surveys`), in the numbers that customers see."


class AnswersQuery(Schema):
    after = page_after(int, default=(0,))
    limit = page_limit()
    store = row_id("Only answers of this store.")


class AnswerSchema(Sent):
    id = fields.Integer(required=True)
    survey = fields.Integer(required=True, attribute="version_id", **about("`id` in `/surveys`."))
    channel = fields.Function(lambda row: word(Channel(row.channel)), required=True, metadata={"type": "string"})
    store = fields.Integer(required=True, attribute="store_id")
    touchpoint = fields.Integer(required=True, allow_none=True, attribute="touchpoint_id")
    question = fields.Integer(required=True, allow_none=True, attribute="question_id")
    button = fields.Integer(required=True, allow_none=True)
    score = fields.Float(required=True, allow_none=True, **about("0 … 100."))
    replies = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True, **about(_REPLIES))
    reasons = fields.List(fields.Integer(), required=True, **about("Numbers of the survey's reasons."))
    comment = fields.String(required=True, allow_none=True)
    has_contact = fields.Boolean(required=True, **about("The contact itself is for the people of the place only."))
    language = fields.String(required=True)
    reference = fields.String(required=True, allow_none=True, **about("Its number in the system that it came from."))
    submitted_at = Moment(required=True, **about("The first tap."))
    completed_at = Moment(required=True, allow_none=True)
    is_partial = fields.Function(
        lambda row: row.completed_at is None,
        required=True,
        data_key="partial",
        metadata={"type": "boolean", "description": "Only the first tap is there, so far."},
    )
    mark = fields.Function(
        lambda row: word(AnswerMark(row.mark)),
        required=True,
        metadata={"type": "string", "enum": list(_MARKS), "description": "Why its ratings are not counted, if so."},
    )
    case = fields.Integer(required=True, allow_none=True, attribute="case_id", **about("The case that it opened."))


class AnswersSchema(Sent):
    items = fields.List(fields.Nested(AnswerSchema), required=True)
    next = fields.String(
        required=True,
        **about(
            "Ask with it again, at once or later: nothing is missed. What was completed or marked since comes again."
        ),
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
    button = fields.Integer(validate=validate.Range(1), **about("Of the survey's first question; 1 is the best."))
    replies = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 4)),
        values=fields.Integer(strict=True, validate=validate.Range(0, 10)),
        load_default=dict,
        **about(_REPLIES + " The first question's may be here or in `button`."),
    )
    reasons = fields.List(
        fields.Integer(strict=True),
        load_default=list,
        validate=validate.Length(max=12),
        **about("Numbers of the survey's reasons."),
    )
    comment = Text(LONGEST_COMMENT)
    contact = fields.Nested(ContactSchema)
    language = fields.String(load_default="en", validate=validate.OneOf(LANGUAGES))
    reference = Text(100, **about("Its number in your system."))


class MarkSchema(Schema):
    mark = fields.String(required=True, validate=validate.OneOf(list(_MARKS)))


@resources.reads("/answers", right="voices", asks=AnswersQuery, sends=AnswersSchema)
def list_answers(query: dict[str, Any]) -> dict[str, Any]:
    """Customers' answers in the order in which they came or were changed. Keep `next` and ask again. What staff said is
    anonymous, and not among them."""
    (after,) = query["after"]
    with database().connect() as connection:
        found = visible_answers(
            connection, viewer().place_id, after=after, limit=query["limit"], store_id=query.get("store")
        )
    return {"items": found, "next": cursors.encode(found[-1].position if found else after)}


@resources.reads("/answers/<int:answer_id>", right="voices", sends=AnswerSchema)
def show_answer(answer_id: int) -> Row[Any]:
    """One answer."""
    with database().connect() as connection:
        return _answer(connection, answer_id)


@resources.writes("/answers", right="act", takes=NewAnswer, sends=AnswerSchema)
def add_answer(asked: dict[str, Any]) -> Any:
    """A voice that came in elsewhere. With the same `Idempotency-Key` it is one answer, however often it is sent: 201,
    and 200 for a repeat."""
    identity = f"api:{idempotency_key()}"
    if "button" not in asked and not asked["replies"] and asked["comment"] is None:
        abort(422, "An answer needs a button, a reply or a comment.")
    with database().connect() as connection:
        store_id, touchpoint_id = _place(connection, asked)
        known = answer_of(connection, identity)
        try:
            # A repeat is measured by what was asked when it was first sent.
            version_id = known.version_id if known else survey_at(connection, store_id, now(), touchpoint_id).id
        except NothingAsked:
            abort(422, "No survey is asked there.")
        survey = survey_version_of(connection, version_id)
        zone = zone_of(connection, store_id)
    reply = _reply(asked, survey, zone)
    channel = next(each for each in ELSEWHERE if word(each) == asked["channel"])
    source = Source(identity, channel, store_id, touchpoint_id, reference=asked["reference"], survey=survey)
    submitted = submit(database(), settings(), source, reply, now())
    if not submitted.is_same:
        abort(422, "This Idempotency-Key was used for another answer. Take a new key for a new answer.")
    with database().connect() as connection:
        row = _answer(connection, submitted.answer_id)
    return row, HTTPStatus.CREATED if submitted.is_new else HTTPStatus.OK


@resources.writes(
    "/answers/<int:answer_id>/mark", right="act", takes=MarkSchema, sends=AnswerSchema, status=HTTPStatus.OK
)
def mark_answer(asked: dict[str, Any], answer_id: int) -> Row[Any]:
    """Say that an answer is spam, or that it is none (`none`). A repeat changes nothing."""
    idempotency_key()
    with database().begin() as connection:
        _answer(connection, answer_id)
        try:
            mark(connection, answer_id, _MARKS[asked["mark"]], viewer().name)
        except IsArchived:
            abort(409, "Its ratings are in an archive file. Bring the month back to mark it.")
        return _answer(connection, answer_id)


def _answer(connection: Connection, answer_id: int) -> Row[Any]:
    found = visible_answer(connection, viewer().place_id, answer_id) if answer_id < 2**31 else None
    if found is None:
        abort(404, "There is no such answer, or you do not see it.")
    return found


def _place(connection: Connection, asked: Mapping[str, Any]) -> tuple[int, int | None]:
    store = visible_store(connection, viewer().place_id, asked["store"])
    if store is None:
        abort(422, "There is no such store, or you do not see it.")
    wanted = asked.get("touchpoint")
    theirs = {each.id for each in touchpoints(connection, store.id) if each.audience == "customers"}
    if wanted is not None and wanted not in theirs:
        abort(422, "That store has no such touchpoint for customers.")
    return store.id, wanted


def _reply(asked: Mapping[str, Any], survey: Survey, zone: ZoneInfo) -> Reply:
    if "button" in asked and asked["button"] > survey.buttons:
        abort(422, "The survey's question has fewer buttons.")
    contact = None
    if given := asked.get("contact"):
        try:
            normalised(given["address"], zone)
        except NoAddress as reason:
            abort(422, str(reason))
        contact = Contact(given["address"], given["purpose"], given["consent"], _erase_on(given.get("erase_on")))
    reply = Reply(
        asked["language"],
        asked.get("button"),
        asked["reasons"],
        asked["comment"],
        contact,
        asked["replies"],
    )
    said = replies_of(survey, reply, is_pressed=False)
    if left_out := asked["replies"].keys() - said.keys():
        abort(422, f"The survey does not ask that, or its scale has no such step: {', '.join(sorted(left_out))}.")
    if "button" in asked and any(said[key] != value for key, value in asked["replies"].items()):
        abort(422, "The button and the reply to the first question are not the same.")
    rated = first_rating(survey, said)
    fitting = {reason.number for reason in survey.definition.reasons(rated.score if rated else None)}
    if not fitting.issuperset(asked["reasons"]):
        abort(422, "The survey has no such reasons for this rating.")
    return reply


def _erase_on(asked: date | None) -> date:
    latest = now().date() + CONTACT_KEPT
    if asked is None:
        return latest
    if not timedelta() < asked - now().date() <= CONTACT_KEPT:
        abort(422, f"A contact is kept for {CONTACT_KEPT.days} days at most: erase_on is to be until {latest}.")
    return asked
