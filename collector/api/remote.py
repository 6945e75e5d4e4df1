"""Kiosks from afar: what each should know, what it is told to do, and the firmware that it is offered."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import abort
from marshmallow import Schema, fields, validate
from sqlalchemy import Connection, Row

from collector.accounts.viewer import viewer
from collector.api import cursors
from collector.api.kiosks import enrolled
from collector.api.resources import Resources, idempotency_key
from collector.api.schemas import Cursor, Moment, Sent, Text, about, page_after, page_limit, page_next
from collector.current import database, now, settings
from collector.fleet import commands, releases
from collector.fleet.asked import visible
from collector.fleet.settings.choices import LONGEST, sources
from collector.fleet.settings.chosen import levels_of
from collector.fleet.settings.given import CannotSet, newest_settings, prefer, preferences
from collector.places.hours import WEEKDAYS

resources = Resources("Kiosks from afar", "Settings, commands and firmware for kiosks.")

_LANGUAGE = validate.Regexp("^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")


def _texts(longest: int, text: str, **kwargs: Any) -> fields.Dict:
    """The same words by language."""
    return fields.Dict(
        keys=fields.String(validate=_LANGUAGE),
        values=Text(longest, required=True),
        **{"validate": validate.Length(1, 12), **kwargs, **about(text, example={"uk": "Дякуємо!", "en": "Thank you!"})},
    )


class ReasonsSchema(Schema):
    good = fields.List(_texts(LONGEST["reasons"], "One reason."), required=True, validate=validate.Length(max=6))
    bad = fields.List(_texts(LONGEST["reasons"], "One reason."), required=True, validate=validate.Length(max=6))


class PreferencesSchema(Schema):
    light = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(1, 100),
        **about("Brightness, %; never dark: the light is the promise."),
    )
    sound = fields.Integer(
        strict=True, allow_none=True, validate=validate.Range(0, 100), **about("Loudness, %; 0: silent.")
    )
    repeat = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(0, 60_000),
        **about("Within how many ms a second press is taken for the same person's, and not counted; 0: never."),
    )
    languages = fields.List(
        fields.String(validate=_LANGUAGE),
        allow_none=True,
        validate=validate.Length(1, 6),
        **about("In this order on the screen. By default, those of the question."),
    )
    thanks = _texts(LONGEST["thanks"], "After a press.", allow_none=True)
    tell = _texts(LONGEST["tell"], "Beside the code that follows a bad press.", allow_none=True)
    did = _texts(LONGEST["did"], "You said, we did: at rest.", allow_none=True)
    reasons = fields.Nested(
        ReasonsSchema,
        allow_none=True,
        **about("What a shopper may choose from on a touch screen. By default, as in the survey."),
    )
    weekday_questions = fields.Dict(
        keys=fields.String(validate=validate.OneOf(WEEKDAYS)),
        values=_texts(LONGEST["weekday_questions"], "A question.", required=True),
        allow_none=True,
        **about("Asked instead of the usual question, by weekday.", example={"fri": {"en": "Was it quick today?"}}),
    )


class SourceSchema(Sent):
    place = fields.Integer(required=True, allow_none=True, **about("Null: the kiosk itself."))
    name = fields.String(required=True)


class KioskSettingsSchema(Sent):
    version = fields.Integer(required=True)
    reported = fields.Integer(required=True, allow_none=True, **about("Version that the kiosk says it has."))
    preferences = fields.Dict(keys=fields.String(), required=True, **about("What was chosen for this kiosk."))
    sources = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(SourceSchema),
        required=True,
        **about("By setting, whose choice holds: the kiosk's own, or the nearest place's; the others are by default."),
    )
    settings = fields.Dict(keys=fields.String(), required=True, **about("All that it should have (docs/protocol.md)."))


class CommandsQuery(Schema):
    after = Cursor(int, load_default=(2**31 - 1,), **about("`next` of the page before; without it, the first page."))
    limit = page_limit()


class NewCommand(Schema):
    do = fields.String(required=True, validate=validate.OneOf(commands.BY_HAND))


class CommandSchema(Sent):
    id = fields.Integer(required=True, **about("Grows from command to command of a kiosk."))
    do = fields.String(required=True, validate=validate.OneOf(list(commands.LIFETIMES)))
    state = fields.String(required=True, validate=validate.OneOf(commands.STATES))
    outcome = fields.String(required=True, allow_none=True, **about("What the kiosk said of it; of `log`, its log."))
    author = fields.String(required=True)
    created_at = Moment(required=True)
    expires_at = Moment(required=True, **about("What was not carried out by then is not carried out any more."))
    sent_at = Moment(required=True, allow_none=True)
    finished_at = Moment(required=True, allow_none=True)


class CommandsSchema(Sent):
    items = fields.List(fields.Nested(CommandSchema), required=True, **about("Newest first."))
    next = page_next()


class ReleasesQuery(Schema):
    after = page_after(int, default=(0,))
    limit = page_limit()


class ReleaseSchema(Sent):
    id = fields.Integer(required=True)
    number = fields.Integer(required=True)
    board = fields.String(required=True)
    version = fields.String(required=True)
    published_at = Moment(required=True)


class ReleasesSchema(Sent):
    items = fields.List(fields.Nested(ReleaseSchema), required=True)
    next = page_next()


class Offer(Schema):
    number = fields.Integer(
        required=True,
        strict=True,
        allow_none=True,
        validate=validate.Range(1, 2**31 - 1),
        **about("Of a release for the kiosk's board; null: offer it nothing."),
    )


class OfferedSchema(Sent):
    kiosk = fields.String(required=True)
    release = fields.Integer(required=True, allow_none=True)


@resources.reads("/kiosks/<kiosk_id>/settings", sends=KioskSettingsSchema, scopes=("read", "provision"))
def show_settings(kiosk_id: str) -> dict[str, Any]:
    """What a kiosk should know, and what of it was chosen for this kiosk."""
    with database().connect() as connection:
        return _settings(connection, kiosk_id)


@resources.writes(
    "/kiosks/<kiosk_id>/settings",
    right="fleet",
    method="PATCH",
    takes=PreferencesSchema,
    sends=KioskSettingsSchema,
    status=HTTPStatus.OK,
)
def change_settings(changed: Mapping[str, Any], kiosk_id: str) -> dict[str, Any]:
    """Choose something for one kiosk; null goes back to what holds for its store, or by default. If it is online, it
    has it within a second."""
    with database().begin() as connection:
        enrolled(connection, kiosk_id)
        try:
            prefer(connection, settings(), kiosk_id, changed)
        except CannotSet as problem:
            abort(422, str(problem))
        return _settings(connection, kiosk_id)


def _settings(connection: Connection, kiosk_id: str) -> dict[str, Any]:
    reported = visible(connection, kiosk_id).settings_reported
    newest = newest_settings(connection, kiosk_id)
    if newest is None:
        abort(404, "This kiosk was never given settings.")
    return {
        "version": newest.version,
        "reported": reported,
        "preferences": preferences(connection, kiosk_id),
        "sources": {
            name: {"place": level.place_id, "name": level.name}
            for name, level in sources(levels_of(connection, kiosk_id)).items()
        },
        "settings": newest.settings,
    }


@resources.reads("/kiosks/<kiosk_id>/commands", asks=CommandsQuery, sends=CommandsSchema)
def list_commands(query: dict[str, Any], kiosk_id: str) -> dict[str, Any]:
    """What a kiosk was told to do and what became of it, newest first."""
    (before,), limit = query["after"], query["limit"]
    with database().connect() as connection:
        visible(connection, kiosk_id)
        rows = commands.commands_of(connection, kiosk_id, now(), before=before, limit=limit)
    return {"items": rows, "next": cursors.encode(rows[-1].id) if len(rows) == limit else None}


@resources.writes("/kiosks/<kiosk_id>/commands", right="fleet", takes=NewCommand, sends=CommandSchema)
def order(asked: dict[str, Any], kiosk_id: str) -> Row[Any]:
    """Tell a kiosk to do something; once for the same `Idempotency-Key`. If it is online, it hears of it within a
    second, else when it is back, unless the command's time is over by then."""
    key = f"api/{idempotency_key()}"
    with database().begin() as connection:
        enrolled(connection, kiosk_id)
        made = commands.order(connection, settings(), kiosk_id, asked["do"], viewer().name, now(), key)
    if made is None:
        abort(409, f"{kiosk_id} is retired: it cannot be told anything any more.")
    if (made.kiosk_id, made.do) != (kiosk_id, asked["do"]):
        abort(422, "This Idempotency-Key was used for another command. Take a new key for a new command.")
    return made


@resources.reads("/releases", asks=ReleasesQuery, sends=ReleasesSchema)
def list_releases(query: dict[str, Any]) -> dict[str, Any]:
    """The firmware that was published, by id. `smilepost release publish` brings more."""
    (after,), limit = query["after"], query["limit"]
    with database().connect() as connection:
        rows = releases.releases(connection, after=after, limit=limit)
    return {"items": rows, "next": cursors.encode(rows[-1].id) if len(rows) == limit else None}


@resources.writes("/kiosks/<kiosk_id>/release", right="fleet", takes=Offer, sends=OfferedSchema, status=HTTPStatus.OK)
def offer(asked: dict[str, Any], kiosk_id: str) -> dict[str, Any]:
    """Offer a release to one kiosk. It fetches it by itself, tries it, and goes back by itself where it does not work;
    `release_reported` of the kiosk, and `update` in its health, tell how far it is."""
    with database().begin() as connection:
        to = enrolled(connection, kiosk_id)
        try:
            releases.offer(connection, to, asked["number"])
        except releases.CannotOffer as problem:
            abort(422, str(problem))
    return {"kiosk": kiosk_id, "release": asked["number"]}
