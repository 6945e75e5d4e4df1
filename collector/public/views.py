"""`/Q/CODE`: the page behind a code. Looking at it changes nothing; only a form that is sent does."""

import dataclasses
import secrets
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask_limiter.util import get_remote_address
from limits import parse, parse_many
from sqlalchemy import Connection

from collector.cases.queries import Progress, progress
from collector.current import database, now, settings
from collector.insights.faces import Face, face
from collector.limits import limiter
from collector.links import keys
from collector.places.queries import Site, site
from collector.public import form
from collector.public.resolve import Meaning, Refusal, resolve
from collector.public.words import NAMES, Words, choose
from collector.ratings.kinds import Channel
from collector.surveys.answers import (
    CONTACT_KEPT,
    LONGEST_COMMENT,
    LONGEST_CONTACT,
    PURPOSE,
    Contact,
    Reply,
    Source,
    Submitted,
    is_answered,
    submit,
)
from collector.surveys.definition import in_language
from collector.surveys.queries import Survey, survey_at
from collector.surveys.scale import is_bad
from printer.codes import Case, Poster, Press, Receipt

pages = Blueprint(
    "public", __name__, template_folder="templates", static_folder="static", static_url_path="/static/public"
)

#: What is said of a code that leads nowhere, and the status.
_REFUSALS = {Refusal.UNKNOWN: ("unknown", 404), Refusal.EXPIRED: ("expired", 410), Refusal.NOT_YET: ("not yet", 202)}
_CHANNELS = {Poster: Channel.POSTER_QR, Press: Channel.KIOSK_QR, Receipt: Channel.RECEIPT_QR}


#: Wrong codes from one address before it is told to wait. A code that is right is answered all the same: behind one
#: address there may be a whole shop, and 64 bits cannot be guessed.
_WRONG_CODES = parse("30 per 15 minutes")
#: Answers that a poster, the only code that may be answered again and again, takes from one address. A whole shop may
#: be behind an address, but no queue is longer than this at a single poster.
_POSTER_ANSWERS = parse_many("60 per minute; 600 per hour")


@pages.get("/Q/<code>")
@pages.get("/q/<code>")
def show(code: str) -> Response:
    with database().connect() as connection:
        meaning = resolve(connection, settings(), code, now())
        if isinstance(meaning, Refusal):
            return _refuse(meaning)
        if isinstance(meaning.content, Case):
            return _case_page(progress(connection, meaning.content.case_id))
        if not isinstance(meaning.content, Poster) and is_answered(connection, _identity(meaning)):
            return _page("notice", status=410, what="used")
        return _survey_page(connection, meaning, nonce=secrets.token_urlsafe(16))


@pages.post("/Q/<code>")
@pages.post("/q/<code>")
def send(code: str) -> Response:
    with database().connect() as connection:
        meaning = resolve(connection, settings(), code, now(), is_open=True)
        if isinstance(meaning, Refusal):
            return _refuse(meaning)
        if isinstance(meaning.content, Case):
            return _case_page(progress(connection, meaning.content.case_id))
        survey = survey_at(connection, meaning.store_id)
        shop = site(connection, meaning.store_id, meaning.touchpoint_id)
        filled = form.read(request.form, survey.buttons, now().astimezone(shop.zone).date())
        try:
            form.check(filled, asks_rating=meaning.rated is None)
        except form.Unfinished as reason:
            return _survey_page(connection, meaning, filled=filled, todo=str(reason), nonce=filled.nonce, status=422)
        if isinstance(meaning.content, Poster) and not _is_let_in(meaning.content):
            return _survey_page(connection, meaning, filled=filled, todo="many answers", nonce=filled.nonce, status=429)
    submitted = submit(database(), settings(), _source(meaning, filled), _reply(survey, meaning, filled, shop), now())
    if not submitted.is_same:
        if not isinstance(meaning.content, Poster):
            return _page("notice", status=410, what="used")
        # The last customer's form, filled in anew by the next one: an answer of its own.
        own = dataclasses.replace(filled, nonce=secrets.token_urlsafe(16))
        submitted = submit(database(), settings(), _source(meaning, own), _reply(survey, meaning, own, shop), now())
    return _thanks_page(shop, submitted, has_contact=bool(filled.contact))


@pages.after_request
def keep_out_of_lists(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _is_let_in(poster: Poster) -> bool:
    whom = "poster", str(poster.touchpoint_id), get_remote_address()
    return all(limiter.limiter.hit(limit, *whom) for limit in _POSTER_ANSWERS)


def _source(meaning: Meaning, filled: form.Filled) -> Source:
    content = meaning.content
    return Source(
        identity=_identity(meaning, filled.nonce),
        channel=_CHANNELS[type(content)],
        store_id=meaning.store_id,
        touchpoint_id=meaning.touchpoint_id,
        press=content if isinstance(content, Press) else None,
        rated=meaning.rated,
        receipt=content if isinstance(content, Receipt) else None,
    )


def _identity(meaning: Meaning, nonce: str = "") -> str:
    match meaning.content:
        case Press(cursor_id, seq):
            return f"press:{cursor_id}:{seq}"
        case Receipt(signer_id, day, serial):
            return f"receipt:{signer_id}:{day}:{serial}"
    # Whoever sends a form that is not ours gets a number of their own.
    return f"poster:{nonce if form.NONCE.fullmatch(nonce) else secrets.token_urlsafe(16)}"


def _reply(survey: Survey, meaning: Meaning, filled: form.Filled, shop: Site) -> Reply:
    words = _words()
    score = meaning.rated.score if meaning.rated else survey.score(filled.button or 1)
    contact = None
    if filled.contact and filled.erase_on:
        consent = words("consent", shop=shop.store, day=words.day(filled.erase_on))
        contact = Contact(filled.contact, PURPOSE, consent, filled.erase_on)
    return Reply(
        language=words.language,
        button=None if meaning.rated else filled.button,
        reasons=form.fitting_reasons(filled, survey.definition, score),
        comment=filled.comment or None,
        contact=contact,
    )


def _survey_page(
    connection: Connection,
    meaning: Meaning,
    *,
    nonce: str,
    filled: form.Filled | None = None,
    todo: str | None = None,
    status: int = 200,
) -> Response:
    survey = survey_at(connection, meaning.store_id)
    shop = site(connection, meaning.store_id, meaning.touchpoint_id)
    words = _words()
    rated = meaning.rated
    erase_on = now().astimezone(shop.zone).date() + CONTACT_KEPT
    return _page(
        "survey",
        status=status,
        shop=shop,
        question=in_language(survey.question, words.language),
        faces=[] if rated else _faces(survey),
        pressed=face(rated.button, rated.buttons) if rated else None,
        whys=_whys(survey, words.language, rated.score if rated else None),
        erase_on=erase_on,
        consent=words("consent", shop=shop.store, day=words.day(erase_on)),
        nonce=nonce,
        longest_comment=LONGEST_COMMENT,
        longest_contact=LONGEST_CONTACT,
        filled=filled,
        todo=todo,
    )


def _faces(survey: Survey) -> list[tuple[int, Face, bool]]:
    """The buttons of the question, from the best: number, face, whether it is a bad one."""
    buttons = range(1, survey.buttons + 1)
    return [(button, face(button, survey.buttons), is_bad(survey.score(button))) for button in buttons]


def _whys(survey: Survey, language: str, score: float | None) -> list[dict[str, Any]]:
    """The questions for reasons that can be asked: both where the rating is not known yet."""
    definition = survey.definition
    both = (
        ("bad", definition.why_bad, definition.reasons_bad),
        ("good", definition.why_good, definition.reasons_good),
    )
    return [
        {
            "kind": kind,
            "question": in_language(why, language),
            "reasons": [(reason.number, in_language(reason.text, language)) for reason in reasons],
        }
        for kind, why, reasons in both
        if score is None or (kind == "bad") == is_bad(score)
    ]


def _thanks_page(shop: Site, submitted: Submitted, *, has_contact: bool) -> Response:
    link = None
    if submitted.case_id is not None:
        with database().connect() as connection:
            code = keys.sign(connection, settings(), Case(submitted.case_id))
        link = keys.address(settings(), code), f"/Q/{code}"
    return _page("thanks", shop=shop, link=link, has_contact=has_contact, final=True)


def _case_page(shown: Progress) -> Response:
    return _page("case", case=shown)


def _refuse(refusal: Refusal) -> Response:
    if refusal is Refusal.UNKNOWN and not limiter.limiter.hit(_WRONG_CODES, "codes", get_remote_address()):
        return _page("notice", status=429, what="too often")
    what, status = _REFUSALS[refusal]
    response = _page("notice", status=status, what=what)
    if refusal is Refusal.NOT_YET:
        response.headers["Refresh"] = "3"
    return response


def _words() -> Words:
    asked = request.form.get("lang") or request.args.get("lang")
    return Words(choose(asked, [tag for tag, _ in request.accept_languages]))


def _page(template: str, *, status: int = 200, **values: Any) -> Response:
    page = render_template(f"public/{template}.html", words=_words(), languages=NAMES, **values)
    return make_response(page, status)
