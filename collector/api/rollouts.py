"""Roll-outs: a release to the kiosks of a place, in stages."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import abort
from marshmallow import Schema, fields, validate
from sqlalchemy import Connection

from collector import clock
from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Moment, Sent, about, page_after, page_limit, page_next
from collector.current import database, now, settings
from collector.fleet.rollout import changes
from collector.fleet.rollout.plan import Plan
from collector.fleet.rollout.queries import Rollout, kiosks_of, visible_rollout, visible_rollouts
from collector.fleet.rollout.steps import State
from collector.places.queries import visible_place

resources = Resources("Roll-outs", "A release to the kiosks of a place: to one, to some, to all.")

_DAY = 86_400
Change = Callable[[Connection, int, str, datetime, str], None]


def _whole(least: int, most: int, text: str) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(least, most), **about(text))


class PlanSchema(Schema):
    percent = fields.Float(validate=validate.Range(0.1, 100), **about("Share of the kiosks in the second stage."))
    least = _whole(1, 10_000, "How many are in the second stage at least.")
    soak = _whole(0, 30 * _DAY, "So many seconds a stage is watched after its last kiosk was done.")
    silence = _whole(1, 30 * _DAY, "A kiosk that is not heard for so many seconds counts as silent; 1200 or more.")
    patience = _whole(1, 30 * _DAY, "Within so many seconds a kiosk that is online has to begin.")
    failures = _whole(0, 10_000, "So many kiosks may fail or fall silent after the first stage …")
    failing = fields.Float(validate=validate.Range(0, 100), **about("… or this percentage of those offered it."))
    starts = _whole(0, 1000, "So often a kiosk may start by itself more than before.")
    at_once = _whole(1, 10_000, "So many fetch it at a time.")
    away = _whole(1, 30 * _DAY, "So many seconds a stage waits for those that are away.")


class NewRollout(Schema):
    number = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, 2**31 - 1), **about("Of the release.")
    )
    place = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, 2**31 - 1),
        **about("Region, store or organisation: the kiosks there and below."),
    )
    plan = fields.Nested(PlanSchema, load_default=dict, **about("What is not said is as usual."))


class StageSchema(Sent):
    stage = fields.Integer(required=True, **about("0: one kiosk, 1: some, 2: all."))
    kiosks = fields.Dict(
        keys=fields.String(validate=validate.OneOf(list(State))),
        values=fields.Integer(),
        required=True,
        **about("How many are where."),
    )


class RolloutSchema(Sent):
    id = fields.Integer(required=True)
    number = fields.Integer(required=True)
    place = fields.Integer(required=True, attribute="place_id")
    state = fields.String(required=True, validate=validate.OneOf(["running", "halted", "done", "ended", "back"]))
    stage = fields.Integer(required=True, **about("0: one kiosk, 1: some, 2: all."))
    stages = fields.List(fields.Nested(StageSchema), required=True, attribute="by_stage")
    plan = fields.Nested(PlanSchema, required=True)
    why = fields.String(
        required=True, allow_none=True, **about("Why it halted, ended or went back, or who did not come.")
    )
    author = fields.String(required=True)
    created_at = Moment(required=True)
    stage_since = Moment(required=True)
    finished_at = Moment(required=True, allow_none=True)


class RolloutsQuery(Schema):
    after = page_after(int, default=(2**31 - 1,))
    limit = page_limit()


class RolloutsSchema(Sent):
    items = fields.List(fields.Nested(RolloutSchema), required=True, **about("Newest first."))
    next = page_next()


class MemberSchema(Sent):
    kiosk = fields.String(required=True, attribute="kiosk_id")
    stage = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(State)))
    said = fields.String(required=True, allow_none=True, **about("What it said of it last."))
    before = fields.Integer(required=True, allow_none=True, **about("The release that it ran when this began."))
    since = Moment(required=True)
    offered_at = Moment(required=True, allow_none=True)


class RolloutQuery(Schema):
    after = page_after(int, str, default=(0, ""))
    limit = page_limit()


class RolloutWithKiosks(Sent):
    rollout = fields.Nested(RolloutSchema, required=True)
    items = fields.List(fields.Nested(MemberSchema), required=True, **about("Its kiosks, by stage and id."))
    next = page_next()


@resources.reads("/rollouts", asks=RolloutsQuery, sends=RolloutsSchema)
def list_rollouts(query: dict[str, Any]) -> dict[str, Any]:
    """The roll-outs to your place and below, newest first."""
    (before,), limit = query["after"], query["limit"]
    with database().connect() as connection:
        found = visible_rollouts(connection, viewer().place_id, before=before, limit=limit)
    return {"items": found, "next": cursors.encode(found[-1].id) if len(found) == limit else None}


@resources.reads("/rollouts/<int:rollout_id>", asks=RolloutQuery, sends=RolloutWithKiosks)
def show_rollout(query: dict[str, Any], rollout_id: int) -> dict[str, Any]:
    """One, with where each of its kiosks is."""
    after, limit = query["after"], query["limit"]
    with database().connect() as connection:
        found = _visible(rollout_id)
        rows = kiosks_of(connection, viewer().place_id, rollout_id, after=after, limit=limit)
    end = cursors.encode(rows[-1].stage, rows[-1].kiosk_id) if len(rows) == limit else None
    return {"rollout": found, "items": rows, "next": end}


@resources.writes("/rollouts", right="fleet", takes=NewRollout, sends=RolloutSchema)
def begin(asked: dict[str, Any]) -> Rollout:
    """Begin to bring a release to the kiosks of a place and below; once for the same `Idempotency-Key`. First one gets
    it, then some, then all others; it halts by itself where kiosks fail, start again and again, or fall silent."""
    key = f"api/{idempotency_key()}"
    with database().begin() as connection:
        if visible_place(connection, viewer().place_id, asked["place"]) is None:
            abort(422, "There is no such place, or you do not see it.")
        try:
            rollout_id, _ = changes.begin(
                connection, asked["place"], asked["number"], Plan(**asked["plan"]), viewer().name, _time(), key
            )
        except changes.CannotChange as problem:
            abort(409, str(problem))
    return _visible(rollout_id)


@resources.writes("/rollouts/<int:rollout_id>/go-on", right="fleet", sends=RolloutSchema, status=HTTPStatus.OK)
def go_on(rollout_id: int) -> Rollout:
    """Go on after a halt. The kiosks that caused it do not count any more."""
    return _changed(rollout_id, changes.go_on)


@resources.writes("/rollouts/<int:rollout_id>/end", right="fleet", sends=RolloutSchema, status=HTTPStatus.OK)
def end(rollout_id: int) -> Rollout:
    """Offer it to nobody any more. The kiosks that run it go on running it."""
    return _changed(rollout_id, changes.end)


@resources.writes("/rollouts/<int:rollout_id>/back", right="fleet", sends=RolloutSchema, status=HTTPStatus.OK)
def go_back(rollout_id: int) -> Rollout:
    """Offer it to nobody any more, and have each kiosk that has taken it run again what it ran before."""
    return _changed(rollout_id, changes.go_back)


def _changed(rollout_id: int, change: Change) -> Rollout:
    key = f"api/{idempotency_key()}"
    _visible(rollout_id)
    with database().begin() as connection:
        try:
            change(connection, rollout_id, viewer().name, _time(), key)
        except changes.CannotChange as problem:
            abort(409, str(problem))
    return _visible(rollout_id)


def _visible(rollout_id: int) -> Rollout:
    with database().connect() as connection:
        found = visible_rollout(connection, viewer().place_id, rollout_id)
    if found is None:
        abort(404, "There is no such roll-out, or you do not see it.")
    return found


def _time() -> datetime:
    return now() - clock.ahead(settings())
