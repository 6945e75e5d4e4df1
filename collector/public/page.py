"""What all pages of customers share: their frame, their language, and what is said where there is nothing to show."""

from collections.abc import Collection, Mapping
from typing import Any

import structlog
from flask import Blueprint, Response, make_response, render_template, request
from flask_limiter.util import get_remote_address
from limits import parse
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import LanguageAccept
from werkzeug.exceptions import HTTPException

from collector.accounts.guard import guard
from collector.limits import limiter
from collector.links.resolve import Refusal
from collector.public.words import NAMES, Words, choose, direction, name_of
from collector.surveys.queries import NothingAsked

log = structlog.get_logger()

pages = Blueprint(
    "public", __name__, template_folder="templates", static_folder="static", static_url_path="/static/public"
)
guard(pages, see="nothing")

#: Wrong codes from one address before it is told to wait. A code that is right is answered all the same: behind one
#: address there may be a whole shop, and 64 bits cannot be guessed.
_WRONG_CODES = parse("30 per 15 minutes")
#: What is said of a code that leads nowhere, and the status.
_REFUSALS = {Refusal.UNKNOWN: ("unknown", 404), Refusal.EXPIRED: ("expired", 410), Refusal.NOT_YET: ("not yet", 202)}
#: What is said of what else can go wrong, by its status.
_TROUBLES = {413: "too large", 429: "too often", 500: "broken", 503: "away"}


class Speech:
    """The languages of one page: which it is in, and which it could be in."""

    def __init__(self, asked: str | None, accepted: LanguageAccept, others: Collection[str] = ()) -> None:
        wanted = [tag for tag, quality in accepted if quality > 0]
        #: What was chosen; it may be one that only the survey is in.
        self.language = choose(asked, wanted, others)
        #: Ours, in that language or the nearest that we have.
        self.words = Words(self.language)
        self.direction = direction(self.language)
        others = [tag for tag in others if tag not in NAMES]
        self.offered = {tag: name_of(tag) for tag in (*NAMES, *others) if tag != self.language}

    def said(self, texts: Mapping[str, str]) -> tuple[str, str | None]:
        """A survey's own words, and the language that they are in where it is not that of the page's own words."""
        tag = next((tag for tag in (self.language, "en") if texts.get(tag)), next(iter(texts), ""))
        return texts.get(tag, ""), None if tag == self.words.language else tag


def speech(others: Collection[str] = ()) -> Speech:
    """Of the page that is asked for.

    Parameters
    ----------
    others: languages that the survey is in besides ours.
    """
    asked = request.form.get("to") or request.form.get("lang") or request.args.get("lang")
    return Speech(asked, request.accept_languages, others)


def page(template: str, *, status: int = 200, spoken: Speech | None = None, **values: Any) -> Response:
    """A page of `templates/public`."""
    return make_response(render(template, spoken or speech(), **values), status)


def render(template: str, spoken: Speech, **values: Any) -> str:
    """Its HTML."""
    return render_template(f"public/{template}.html", speech=spoken, words=spoken.words, **values)


def notice(what: str, status: int, spoken: Speech | None = None) -> Response:
    """A page that only says something: two sentences of the words."""
    return page("notice", status=status, spoken=spoken, what=what)


def refuse(refusal: Refusal) -> Response:
    """Say of a code that it leads nowhere; to whoever tries many, to wait."""
    if refusal is Refusal.UNKNOWN and not limiter.limiter.hit(_WRONG_CODES, "codes", get_remote_address()):
        return notice("too often", 429)
    what, status = _REFUSALS[refusal]
    response = notice(what, status)
    if refusal is Refusal.NOT_YET:
        response.headers["Refresh"] = "3"
    return response


@pages.after_request
def keep_out_of_lists(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@pages.errorhandler(HTTPException)
def explain(exception: HTTPException) -> Response | HTTPException:
    """Say what happened in the customer's language."""
    status = exception.code or 500
    # What was sent may be the trouble: it is not looked at.
    spoken = Speech(request.args.get("lang"), request.accept_languages)
    return exception if status < 400 else notice(_TROUBLES.get(status, "strange"), status, spoken)


@pages.errorhandler(NothingAsked)
def explain_no_survey(_exception: NothingAsked) -> Response:
    return notice("nothing", 404)


@pages.errorhandler(OperationalError)
def explain_no_database(exception: OperationalError) -> Response:
    log.error("the database does not answer", problem=str(exception.orig).strip())
    return notice("away", 503)
