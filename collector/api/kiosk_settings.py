"""Settings and secrets of all kiosks of a place: what holds there, whom a change would reach, and the change."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import abort
from marshmallow import fields
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.api.remote import PreferencesSchema, SourceSchema
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Sent, about
from collector.current import database, settings
from collector.fleet import due
from collector.fleet.secrets import rotate
from collector.fleet.settings import groups
from collector.fleet.settings.choices import Level, merged, sources
from collector.fleet.settings.chosen import levels_at, own_choices
from collector.fleet.settings.given import CannotSet
from collector.places.queries import visible_place
from collector.policies.queries import may_give_policy

resources = Resources("Settings of many kiosks", "What holds for all kiosks of a place and below.")


class PlaceChoicesSchema(PreferencesSchema):
    class Meta:
        exclude = ("did",)  # a place says that on a page of its own, for a while (improvements)


class ProblemOfKioskSchema(Sent):
    kiosk = fields.String(required=True, attribute="kiosk_id")
    problem = fields.String(required=True)


class PlaceSettingsSchema(Sent):
    preferences = fields.Dict(keys=fields.String(), required=True, **about("What the place has chosen itself."))
    in_force = fields.Dict(
        keys=fields.String(), required=True, **about("What holds for its kiosks that have no choice of their own.")
    )
    sources = fields.Dict(
        keys=fields.String(), values=fields.Nested(SourceSchema), required=True, **about("Whose choice each is.")
    )
    waiting = fields.Integer(required=True, **about("Kiosks whose new settings are still to be made."))
    problems = fields.List(
        fields.Nested(ProblemOfKioskSchema), required=True, **about("Kiosks that cannot hold what was chosen, and why.")
    )


class ChangeSchema(Sent):
    before = fields.Raw(required=True, allow_none=True, **about("Null: by default."))
    after = fields.Raw(required=True, allow_none=True, **about("Null: by default."))


class AffectedSchema(Sent):
    kiosk = fields.String(required=True)
    store = fields.Integer(required=True)
    changes = fields.Dict(keys=fields.String(), values=fields.Nested(ChangeSchema), required=True)


class KeptSchema(Sent):
    kiosk = fields.String(required=True)
    store = fields.Integer(required=True)
    by = fields.List(fields.Nested(SourceSchema), required=True, **about("Whose nearer choice holds."))


class ReachedSchema(Sent):
    affected = fields.List(fields.Nested(AffectedSchema), required=True)
    kept = fields.List(fields.Nested(KeptSchema), required=True)
    same = fields.List(fields.String(), required=True, **about("Kiosks for which it comes to the same."))


class RotatedSchema(Sent):
    kiosks = fields.Integer(required=True, **about("That get a new secret, a few a second."))
    waiting = fields.Integer(required=True, **about("Of those, whose turn has not come yet."))


@resources.reads("/places/<int:place_id>/kiosk-settings", sends=PlaceSettingsSchema)
def show_place_settings(place_id: int) -> dict[str, Any]:
    """What holds for the kiosks of a place, and how far the last change has come."""
    with database().connect() as connection:
        _visible(connection, place_id)
        return _shown(connection, place_id)


@resources.writes(
    "/places/<int:place_id>/kiosk-settings/preview",
    right="fleet",
    takes=PlaceChoicesSchema,
    sends=ReachedSchema,
    status=HTTPStatus.OK,
)
def preview_place_settings(changed: Mapping[str, Any], place_id: int) -> dict[str, Any]:
    """Whom a change would reach; nothing is changed."""
    with database().begin() as connection:
        _may_give(connection, place_id)
        try:
            found = groups.try_out(connection, settings(), place_id, changed)
        except CannotSet as problem:
            abort(422, str(problem))
    return {
        "affected": [
            {
                "kiosk": each.kiosk_id,
                "store": each.store_id,
                "changes": {name: change._asdict() for name, change in changes.items()},
            }
            for each, changes in found.affected
        ],
        "kept": [
            {"kiosk": each.kiosk_id, "store": each.store_id, "by": [source_of(level) for level in levels]}
            for each, levels in found.kept
        ],
        "same": [each.kiosk_id for each in found.same],
    }


@resources.writes(
    "/places/<int:place_id>/kiosk-settings",
    right="fleet",
    method="PATCH",
    takes=PlaceChoicesSchema,
    sends=PlaceSettingsSchema,
    status=HTTPStatus.OK,
)
def change_place_settings(changed: Mapping[str, Any], place_id: int) -> dict[str, Any]:
    """Choose something for all kiosks of a place and below; null goes back to what holds above. A nearer choice still
    holds. The kiosks get it by and by; the same twice is one change."""
    idempotency_key()
    with database().begin() as connection:
        _may_give(connection, place_id)
        try:
            groups.choose(connection, settings(), place_id, changed, viewer().name)
        except CannotSet as problem:
            abort(422, str(problem))
        return _shown(connection, place_id)


@resources.writes(
    "/places/<int:place_id>/kiosk-secrets", right="fleet", sends=RotatedSchema, status=HTTPStatus.ACCEPTED
)
def rotate_secrets(place_id: int) -> dict[str, Any]:
    """Give every kiosk of a place and below a new secret, once for the same `Idempotency-Key`. Each keeps the old one
    until the new one has worked."""
    key = f"api/{idempotency_key()}"
    with database().begin() as connection:
        _visible(connection, place_id)
        kiosks = rotate(connection, place_id, viewer().name, key)
        return {"kiosks": kiosks, "waiting": due.waiting(connection, place_id, due.SECRET)}


def source_of(level: Level) -> dict[str, Any]:
    """Whose choice it is, as SourceSchema."""
    return {"place": level.place_id, "name": level.name}


def _shown(connection: Connection, place_id: int) -> dict[str, Any]:
    levels = levels_at(connection, place_id)
    return {
        "preferences": own_choices(connection, place_id),
        "in_force": merged(levels),
        "sources": {name: source_of(level) for name, level in sources(levels).items()},
        "waiting": due.waiting(connection, place_id, due.SETTINGS),
        "problems": due.problems(connection, place_id, due.SETTINGS),
    }


def _may_give(connection: Connection, place_id: int) -> None:
    _visible(connection, place_id)
    if not may_give_policy(connection, viewer().place_id, place_id):
        abort(403, "The place above says what holds here.")


def _visible(connection: Connection, place_id: int) -> None:
    if visible_place(connection, viewer().place_id, place_id) is None:
        abort(404, "There is no such place, or you do not see it.")
