"""`/Q/CODE`: the page behind a code. Looking at it changes nothing; only what is sent does."""

from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from collector.current import database, now, settings
from collector.links import keys
from collector.links.resolve import WRITING_TIME, Refusal, resolve
from collector.public import case, stopping
from collector.public.page import page, pages, refuse
from collector.public.picture import LARGEST_SENT
from collector.public.visit import Visit
from printer.codes import Case, NotACode, decode

__all__ = ["pages"]


@pages.get("/q/<code>")
@pages.get("/Q/<code>")
def show(code: str) -> Response:
    with database().connect() as connection:
        meaning = resolve(connection, settings(), code, now())
        if isinstance(meaning, Refusal):
            return refuse(meaning)
        if isinstance(meaning.content, Case):
            return case.show(connection, code, meaning.content.case_id)
        visit = Visit(connection, code, meaning)
    return visit.look()


@pages.post("/q/<code>")
@pages.post("/Q/<code>")
def send(code: str) -> AnyResponse:
    with database().connect() as connection:
        meaning = resolve(connection, settings(), code, now(), late=WRITING_TIME)
        if isinstance(meaning, Refusal):
            return refuse(meaning)
        visit = None if isinstance(meaning.content, Case) else Visit(connection, code, meaning)
    if isinstance(meaning.content, Case):
        return case.send(code, meaning.content.case_id)
    assert visit is not None  # noqa: S101 - whatever is no case is a survey
    return visit.send()


@pages.route("/q/<code>/stop", methods=["GET", "POST"])
@pages.route("/Q/<code>/stop", methods=["GET", "POST"])
def stop(code: str) -> Response:
    return stopping.stop(code) if request.method == "POST" else stopping.ask(code)


@pages.route("/q/<code>/erase", methods=["GET", "POST"])
@pages.route("/Q/<code>/erase", methods=["GET", "POST"])
def erase(code: str) -> AnyResponse:
    with database().connect() as connection:
        meaning = resolve(connection, settings(), code, now())
    if isinstance(meaning, Refusal) or not isinstance(meaning.content, Case):
        return refuse(meaning if isinstance(meaning, Refusal) else Refusal.UNKNOWN)
    if request.method == "POST":
        return case.erase(code, meaning.content.case_id)
    return page("erase", code=code)


@pages.url_value_preprocessor
def let_pictures_in(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """A case's customer may send pictures; before anything of them is read, the code's signature is looked at."""
    if request.method != "POST" or request.endpoint != "public.send" or values is None:
        return
    try:
        claim = decode(values["code"])
    except NotACode:
        return
    if not isinstance(claim.content, Case):
        return
    if claim.is_signed_by(keys.key(settings(), keys.COLLECTOR, claim.key_number)):
        request.max_content_length = LARGEST_SENT + 2**16
