"""What all resources share of what is asked and sent: times, cursors, pages, problems."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from collector.api import cursors
from collector.moments import iso

_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def about(text: str, **more: Any) -> dict[str, Any]:
    """What the OpenAPI document says of a field."""
    return {"metadata": {"description": text, **more}}


class Moment(fields.DateTime):
    """A point in time, ISO 8601 in UTC: 2026-11-22T09:52:01.250Z."""

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else iso(value)


class Text(fields.String):
    """Words that somebody sends, without the space around them.

    Blank words are refused where the field is required; elsewhere they are as good as none. What no database keeps is
    refused as well: NUL, and halves of surrogate pairs.
    """

    def __init__(
        self, longest: int, *, shortest: int = 1, checks: Sequence[Callable[[str], object]] = (), **kwargs: Any
    ) -> None:
        if not kwargs.get("required"):
            kwargs.setdefault("load_default", None)
        length: Callable[[str], object] = validate.Length(shortest, longest)
        super().__init__(validate=[length, *checks], **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if _NO_TEXT.search(text):
            raise ValidationError("Holds what is no text: a NUL character, or half of a surrogate pair.")
        return text.strip() or ("" if self.required else self.load_default)

    def _validate(self, value: Any) -> None:
        if value is not None:
            super()._validate(value)


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


def page_after(*types: type[int | str], default: Any) -> Cursor:
    """Where a page of a list begins.

    Parameters
    ----------
    types: of each part of the list's key.
    default: the key before all others.
    """
    return Cursor(*types, load_default=default, **about("`next` of the page before; without it, the first page."))


def page_limit() -> fields.Integer:
    """How long a page of a list is."""
    return fields.Integer(load_default=100, validate=validate.Range(1, 1000), **about("How many at most, 1 … 1000."))


def row_id(text: str) -> fields.Integer:
    """An id that a query asks for."""
    return fields.Integer(validate=validate.Range(1, 2**31 - 1), **about(text))


def page_next() -> fields.String:
    """The cursor at the end of a page of a list that ends."""
    return fields.String(required=True, allow_none=True, **about("Cursor of the next page; null on the last."))


class Sent(Schema):
    """Something that is sent. It may get more fields in time, and the document does not forbid them."""

    class Meta:
        unknown = EXCLUDE


class TouchpointSchema(Sent):
    id = fields.Integer(required=True)
    name = fields.String(required=True)


class ProblemItemSchema(Sent):
    field = fields.String(required=True)
    detail = fields.String(required=True)
    location = fields.String(data_key="in", required=True)


class ProblemSchema(Sent):
    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    errors = fields.List(fields.Nested(ProblemItemSchema))
