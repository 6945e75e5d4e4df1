"""What the API sends, and what may be asked of it."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from collector.api import cursors
from collector.ratings.kinds import Channel, Mark, TimeQuality, word


class Moment(fields.DateTime):
    """A point in time, ISO 8601 in UTC: 2026-11-22T09:52:01.250Z."""

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


class Cursor(fields.String):
    """A cursor of a list, opened into its key."""

    def __init__(self, *types: type[int | str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.types = types

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return cursors.decode(super()._deserialize(value, attr, data, **kwargs), *self.types)
        except ValueError as problem:
            raise ValidationError("Not a cursor of this list. Use `next` of the page before, unchanged.") from problem


def _about(text: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"description": text, **more}}


def _limit() -> fields.Integer:
    return fields.Integer(load_default=100, validate=validate.Range(1, 1000), **_about("How many at most, 1 … 1000."))


_AFTER = "`next` of the page before; without it, the first page."


class StoresQuery(Schema):
    after = Cursor(int, load_default=(0,), **_about(_AFTER))
    limit = _limit()


class KiosksQuery(Schema):
    after = Cursor(str, load_default=("",), **_about(_AFTER))
    limit = _limit()
    store = fields.Integer(validate=validate.Range(1, 2**31 - 1), **_about("Only kiosks that stand in this store."))


class RatingsQuery(Schema):
    after = Cursor(int, int, int, load_default=(0, 0, 0), **_about(_AFTER))
    limit = _limit()
    store = fields.Integer(validate=validate.Range(1, 2**31 - 1), **_about("Only ratings of this store."))
    kiosk = fields.String(validate=validate.Regexp("^[a-z0-9-]{1,32}$"), **_about("Only ratings of this kiosk."))
    since = fields.AwareDateTime(
        default_timezone=UTC, **_about("Only ratings received at this time or later; UTC where no offset is given.")
    )


class Answer(Schema):
    """Something that is sent. It may get more fields in time, and the document does not forbid them."""

    class Meta:
        unknown = EXCLUDE


class TouchpointSchema(Answer):
    id = fields.Integer(required=True)
    name = fields.String(required=True)


class TodaySchema(Answer):
    date = fields.Date(required=True, **_about("The store's own day."))
    index = fields.Float(required=True, allow_none=True, **_about("0 … 100; null before the first counted rating."))
    margin = fields.Float(required=True, allow_none=True, **_about("Half-width of the index's 95 % interval."))
    ratings = fields.Integer(required=True, **_about("Counted ones."))
    not_counted = fields.Integer(required=True)


class StoreSchema(Answer):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    time_zone = fields.String(required=True, **_about("IANA name."))
    opening_hours = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.List(fields.String())),
        required=True,
        **_about("By weekday (mon … sun); a day that is not there is closed.", example={"mon": [["09:00", "21:00"]]}),
    )


class StoreDetailSchema(StoreSchema):
    touchpoints = fields.List(fields.Nested(TouchpointSchema), required=True)
    today = fields.Nested(TodaySchema, required=True)


class StoresSchema(Answer):
    items = fields.List(fields.Nested(StoreSchema), required=True)
    next = fields.String(required=True, allow_none=True, **_about("Cursor of the next page; null on the last."))


class ConditionSchema(Answer):
    state = fields.String(required=True, validate=validate.OneOf(["online", "asleep", "offline", "silent", "new"]))
    at = Moment(required=True, allow_none=True, **_about("Heard last at; with asleep: until."))


class KioskSchema(Answer):
    id = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["enrolled", "retired"]))
    condition = fields.Nested(ConditionSchema, required=True)
    enrolled_at = Moment(required=True)
    store = fields.Integer(required=True, attribute="store_id")
    touchpoint = fields.String(required=True)
    settings_wanted = fields.Integer(required=True, **_about("Version that it should have."))
    settings_reported = fields.Integer(required=True, allow_none=True, **_about("Version that it says it has."))
    health = fields.Dict(keys=fields.String(), required=True, **_about("As it reported it."))


class KiosksSchema(Answer):
    items = fields.List(fields.Nested(KioskSchema), required=True)
    next = fields.String(required=True, allow_none=True, **_about("Cursor of the next page; null on the last."))


class EpochSchema(Answer):
    epoch = fields.Integer(required=True)
    opened_at = Moment(required=True)
    recorded = fields.Integer(required=True, **_about("Last seq that the kiosk is known to have recorded."))
    received = fields.Integer(required=True, **_about("Everything up to this seq is committed."))
    stored = fields.Integer(required=True)
    put_aside = fields.Integer(required=True)
    lost = fields.Integer(required=True, **_about("Declared lost."))
    on_its_way = fields.Integer(required=True, **_about("Recorded and not yet received."))


class EpochDaySchema(Answer):
    epoch = fields.Integer(required=True)
    day = fields.Date(required=True, **_about("Of the store where the kiosk stands."))
    recorded = fields.Integer(required=True, **_about("As of the end of the day."))
    received = fields.Integer(required=True, **_about("As of the end of the day."))
    stored = fields.Integer(required=True, **_about("On this day."))
    put_aside = fields.Integer(required=True, **_about("On this day."))
    lost = fields.Integer(required=True, **_about("On this day."))


class CompletenessSchema(Answer):
    kiosk = fields.String(required=True)
    epochs = fields.List(fields.Nested(EpochSchema), required=True, **_about("Newest first."))
    days = fields.List(fields.Nested(EpochDaySchema), required=True, **_about("Newest first."))


class RatingSchema(Answer):
    kiosk = fields.String(required=True, **_about("With epoch and seq: which rating this is, for ever."))
    epoch = fields.Integer(required=True)
    seq = fields.Integer(required=True)
    cursor = fields.String(required=True, **_about("`after` for what follows this rating."))
    channel = fields.String(required=True, validate=validate.OneOf([word(each) for each in Channel]))
    store = fields.Integer(required=True)
    touchpoint = fields.Nested(TouchpointSchema, required=True)
    question = fields.Integer(required=True)
    button = fields.Integer(required=True, **_about("1 … `buttons`; 1 is the best."))
    buttons = fields.Integer(required=True)
    score = fields.Float(required=True, **_about("0 … 100."))
    happened_at = Moment(required=True)
    earliest_at = Moment(
        required=True,
        allow_none=True,
        **_about("With an unknown time: it happened between this and `happened_at`."),
    )
    time_quality = fields.String(required=True, validate=validate.OneOf([word(each) for each in TimeQuality]))
    received_at = Moment(required=True)
    counted = fields.Boolean(required=True)
    mark = fields.String(
        required=True,
        validate=validate.OneOf([word(each) for each in Mark]),
        **_about("`counted`, or why it is not counted."),
    )


class RatingsSchema(Answer):
    items = fields.List(fields.Nested(RatingSchema), required=True)
    next = fields.String(
        required=True, **_about("Ask with it again, at once or later: nothing is missed and nothing comes twice.")
    )


class ProblemItemSchema(Answer):
    field = fields.String(required=True)
    detail = fields.String(required=True)
    location = fields.String(data_key="in", required=True)


class ProblemSchema(Answer):
    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    errors = fields.List(fields.Nested(ProblemItemSchema))
