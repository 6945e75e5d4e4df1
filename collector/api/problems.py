"""Problem documents (RFC 9457): what is said to a program when something cannot be done."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response, json
from werkzeug.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


def problem(status: int, title: str, detail: str | None = None, **more: Any) -> Response:
    """A problem document.

    Parameters
    ----------
    title: what kind of problem, the same each time.
    detail: what it is this time, and what to do.
    more: further members, as `errors`.
    """
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    text = json.dumps({name: value for name, value in body.items() if value is not None})
    return Response(text, status, mimetype=MEDIA_TYPE)


def of_exception(exception: HTTPException) -> Response:
    """The problem document of an exception of Flask's, with the headers that belong to it (Allow, Retry-After …)."""
    status = exception.code or 500
    data = getattr(exception, "data", None) or {}
    if status == 422 and "messages" in data:
        errors = list(_fields(data["messages"]))
        response = problem(422, "Unprocessable Content", "Some values do not fit; `errors` names each.", errors=errors)
    else:
        # What stands in an exception of the program itself is nobody else's business.
        detail = "It has been written down. Try again later." if status == 500 else exception.description
        response = problem(status, exception.name, detail)
    for name, value in exception.get_headers():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


def _fields(messages: Mapping[str, Any], inside: str = "") -> Iterator[dict[str, str]]:
    """Marshmallow's nested messages, flat: by location, then field, then item."""
    for name, value in messages.items():
        # The first level is where the value stood (query, json …).
        path = f"{inside}.{name}" if inside else str(name)
        if isinstance(value, Mapping):
            yield from _fields(value, path)
        else:
            place, _, field = path.partition(".")
            yield {"in": place, "field": field, "detail": " ".join(map(str, value))}
