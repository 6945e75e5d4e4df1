"""Surveys: what is asked, and how another system makes and publishes one."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from flask import abort
from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Moment, Sent, Text, about, page_after, page_limit, page_next, row_id
from collector.current import database, now
from collector.places.queries import touchpoints, visible_place
from collector.places.tables import AUDIENCES
from collector.surveys import publish, queries
from collector.surveys.definition import Definition
from collector.surveys.publish import LONGEST_NAME, NothingLeft, Unpublishable
from collector.surveys.schedule import Schedule
from collector.surveys.versions import Listed, one_survey

resources = Resources("Surveys", "What customers and staff are asked.")


class Document(fields.Field):  # type: ignore[type-arg] # of marshmallow's own parameter
    """A document of ours in JSON, whose shape a struct says."""

    def __init__(self, shape: type[msgspec.Struct], text: str, **kwargs: Any) -> None:
        super().__init__(**kwargs, metadata={"type": "object", "additionalProperties": {}, "description": text})
        self.shape = shape

    def _serialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return msgspec.to_builtins(value)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        try:
            return msgspec.convert(value, self.shape)
        except msgspec.ValidationError as problem:
            raise ValidationError(str(problem)) from problem


def _texts(text: str) -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.String(), required=True, **about(text))


def _definition(**kwargs: Any) -> Document:
    text = (
        "Its questions, in order, each with a number of its own and words by language, and which answers open a case. "
        'A question: {"type": "smileys", "number": 1, "text": {"en": "How was it?"}, "buttons": 4}; further types: '
        "nps, ces, stars, gap, enps (for staff), reasons, comment, contact. `/surveys` shows whole ones."
    )
    return Document(Definition, text, **kwargs)


def _schedule(**kwargs: Any) -> Document:
    text = "When it is asked, in the place's time: since, until (days), weekdays (mon … sun), hours ([HH:MM, HH:MM])."
    return Document(Schedule, text, **kwargs)


class SurveysQuery(Schema):
    after = page_after(int, default=(0,))
    limit = page_limit()


class ReasonSchema(Sent):
    number = fields.Integer(required=True)
    text = _texts("By language.")


class ScaleSchema(Sent):
    key = fields.String(required=True, **about("By which `replies` name it."))
    kind = fields.String(required=True)
    text = _texts("By language.")
    lowest = fields.Integer(required=True)
    highest = fields.Integer(required=True)
    question = fields.Integer(required=True, **about("`question` of its ratings."))


class SurveySchema(Sent):
    id = fields.Integer(required=True, **about("Of this version; answers name it."))
    survey = fields.Integer(required=True, attribute="survey_id", **about("The same in all its versions."))
    place = fields.Integer(
        required=True, attribute="place_id", **about("Holds there and below, but where a place has its own.")
    )
    touchpoint = fields.Integer(
        required=True, allow_none=True, attribute="touchpoint_id", **about("Holds at this one only.")
    )
    audience = fields.String(required=True, validate=validate.OneOf(AUDIENCES))
    name = fields.String(required=True)
    schedule = _schedule(required=True)
    version = fields.Integer(required=True, **about("The highest of a survey is asked."))
    question = _texts("The first; asked where the rating is not known yet; by language.")
    buttons = fields.Integer(required=True, **about("Of the first question."))
    scales = fields.List(fields.Nested(ScaleSchema), required=True)
    why_good = _texts("By language.")
    reasons_good = fields.List(fields.Nested(ReasonSchema), required=True)
    why_bad = _texts("By language.")
    reasons_bad = fields.List(fields.Nested(ReasonSchema), required=True)
    threshold = fields.Float(required=True, **about("A score below it opens a case even without a word."))
    definition = _definition(required=True)


class SurveysSchema(Sent):
    items = fields.List(fields.Nested(SurveySchema), required=True)
    next = page_next()


class VersionSchema(Sent):
    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    author = fields.String(required=True, allow_none=True)
    created_at = Moment(required=True)
    published_at = Moment(required=True, allow_none=True, **about("Null: a draft."))
    definition = _definition(required=True)


class WholeSchema(Sent):
    survey = fields.Integer(required=True, attribute="id")
    place = fields.Integer(required=True, attribute="place_id")
    touchpoint = fields.Integer(required=True, allow_none=True, attribute="touchpoint_id")
    audience = fields.String(required=True, validate=validate.OneOf(AUDIENCES))
    name = fields.String(required=True)
    schedule = _schedule(required=True)
    retired_at = Moment(required=True, allow_none=True)
    versions = fields.List(fields.Nested(VersionSchema), required=True, **about("The newest first."))


class NewSurvey(Schema):
    place = fields.Integer(required=True, validate=validate.Range(1, 2**31 - 1))
    touchpoint = row_id("Of that store; without it, all that have none of their own.")
    audience = fields.String(load_default="customers", validate=validate.OneOf(AUDIENCES))
    name = Text(LONGEST_NAME, required=True)
    schedule = _schedule(load_default=Schedule())
    definition = _definition(required=True)


class Draft(Schema):
    definition = _definition(required=True)


class NewSchedule(Schema):
    schedule = _schedule(required=True)


@resources.reads("/surveys", asks=SurveysQuery, sends=SurveysSchema)
def list_surveys(query: dict[str, Any]) -> dict[str, Any]:
    """The surveys that are asked where you see it, all published versions, by id."""
    (after,), limit = query["after"], query["limit"]
    with database().connect() as connection:
        found = queries.visible_surveys(connection, viewer().place_id, after=after, limit=limit)
    items = [_as_asked(survey) for survey in found]
    return {"items": items, "next": cursors.encode(found[-1].id) if len(found) == limit else None}


@resources.reads("/surveys/<int:survey_id>", sends=WholeSchema)
def show_survey(survey_id: int) -> Listed:
    """One survey with its versions; drafts are for the people of its place."""
    with database().connect() as connection:
        return _survey(connection, survey_id)


@resources.writes("/surveys", right="shape", takes=NewSurvey, sends=WholeSchema)
def make_survey(asked: dict[str, Any]) -> Listed:
    """A new survey, as a draft: nobody is asked before it is published."""
    key = f"api/{idempotency_key()}"
    with database().begin() as connection:
        where = visible_place(connection, viewer().place_id, asked["place"])
        if where is None:
            abort(422, "There is no such place, or you do not see it.")
        _check_touchpoint(connection, asked)
        values: dict[str, Any] = {name: asked[name] for name in ("name", "audience", "schedule", "definition")}
        values |= {"touchpoint_id": asked.get("touchpoint"), "author": viewer().name, "key": key}
        made = _survey(connection, publish.make_survey(connection, where.id, **values))
    first = made.versions[-1]
    there = made.place_id, made.touchpoint_id, made.audience, made.name
    if there != (where.id, asked.get("touchpoint"), asked["audience"], asked["name"]) or (
        first.published_at is None and first.definition != asked["definition"]
    ):
        abort(422, "This Idempotency-Key was used for another survey. Take a new key for a new request.")
    return made


@resources.writes(
    "/surveys/<int:survey_id>/draft", right="shape", method="PUT", takes=Draft, sends=WholeSchema, status=HTTPStatus.OK
)
def save_draft(asked: dict[str, Any], survey_id: int) -> Listed:
    """What it is to ask next; a repeat changes nothing."""
    idempotency_key()
    with database().begin() as connection:
        _ours(connection, survey_id)
        publish.save_draft(connection, survey_id, asked["definition"], viewer().name)
        return _survey(connection, survey_id)


@resources.writes("/surveys/<int:survey_id>/publish", right="shape", sends=WholeSchema, status=HTTPStatus.OK)
def publish_draft(survey_id: int) -> Listed:
    """Ask what the draft says from now on; without a draft nothing changes. Its rules that open cases may add to those
    of the place above; fewer than those has only what is published from above."""
    idempotency_key()
    with database().begin() as connection:
        draft = _ours(connection, survey_id).draft
        try:
            if draft:
                publish.publish(connection, draft.id, now(), viewer().place_id, by=viewer().name)
        except Unpublishable as problem:
            abort(422, str(problem))
        return _survey(connection, survey_id)


@resources.writes(
    "/surveys/<int:survey_id>/schedule",
    right="shape",
    method="PUT",
    takes=NewSchedule,
    sends=WholeSchema,
    status=HTTPStatus.OK,
)
def change_schedule(asked: dict[str, Any], survey_id: int) -> Listed:
    """When it is asked, from now on."""
    idempotency_key()
    with database().begin() as connection:
        _ours(connection, survey_id)
        try:
            publish.change_schedule(connection, survey_id, asked["schedule"])
        except NothingLeft as problem:
            abort(409, str(problem))
        return _survey(connection, survey_id)


@resources.writes("/surveys/<int:survey_id>", right="shape", method="DELETE", sends=WholeSchema, status=HTTPStatus.OK)
def retire_survey(survey_id: int) -> Listed:
    """Ask it no more. It stays, with its answers."""
    idempotency_key()
    with database().begin() as connection:
        _ours(connection, survey_id)
        try:
            publish.retire(connection, survey_id, now(), viewer().name)
        except NothingLeft as problem:
            abort(409, str(problem))
        return _survey(connection, survey_id)


def _as_asked(survey: queries.Survey) -> dict[str, Any]:
    why = survey.definition.why
    return {
        **vars(survey),
        "question": survey.question,
        "buttons": survey.buttons,
        "scales": [
            {
                **scale._asdict(),
                "lowest": scale.replies[0],
                "highest": scale.replies[-1],
                "question": survey.questions[scale.key],
            }
            for scale in survey.definition.scales
        ],
        "why_good": why.why_good if why else {},
        "reasons_good": why.good if why else (),
        "why_bad": why.why_bad if why else {},
        "reasons_bad": why.bad if why else (),
        "threshold": survey.definition.opens.below,
    }


def _check_touchpoint(connection: Connection, asked: Mapping[str, Any]) -> None:
    wanted = asked.get("touchpoint")
    if wanted is None:
        return
    theirs = {each.id: each.audience for each in touchpoints(connection, asked["place"])}
    if theirs.get(wanted) != asked["audience"]:
        abort(422, "That place has no such touchpoint for this audience.")


def _survey(connection: Connection, survey_id: int) -> Listed:
    found = one_survey(connection, viewer().place_id, survey_id) if survey_id < 2**31 else None
    if found is None:
        abort(404, "There is no such survey, or you do not see it.")
    return found


def _ours(connection: Connection, survey_id: int) -> Listed:
    found = _survey(connection, survey_id)
    if not found.is_ours:
        abort(403, "This survey is of a place above yours: only its people change it.")
    if found.retired_at:
        abort(409, "This survey is asked no more.")
    return found
