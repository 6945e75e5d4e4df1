"""A customer with a code of a survey: looks, taps, fills in, sends. Looking changes nothing."""

import dataclasses

from flask import Response, make_response, request, url_for
from flask_limiter.util import get_remote_address
from limits import parse_many
from sqlalchemy import Connection

from collector.cases.submit import submit, tap
from collector.contacts.policy import ContactPolicy
from collector.current import database, now, settings
from collector.forms import NONCE, new_nonce
from collector.limits import limiter
from collector.links import keys
from collector.links.resolve import Meaning
from collector.places.queries import site
from collector.policies.queries import policy_at
from collector.public import form
from collector.public.page import Speech, notice, speech
from collector.public.survey import Asked, first_page, rest_page, score_of, thanks_page
from collector.ratings.kinds import Channel
from collector.surveys import devices
from collector.surveys.answers import PURPOSE, Consent, Contact, Reply, Source, Submitted, answer_of
from collector.surveys.queries import Survey, survey_at, survey_version_of
from printer.codes import Case, Poster, Press, Receipt

_CHANNELS = {Poster: Channel.POSTER_QR, Press: Channel.KIOSK_QR, Receipt: Channel.RECEIPT_QR}
#: Answers that a poster, the only code that may be answered again and again, takes from one address. A whole shop may
#: be behind an address, but no queue is longer than this at a single poster.
_POSTER_ANSWERS = parse_many("60 per minute; 600 per hour")
#: Seconds until a screen in the shop is ready for the next person: after the thanks, and where somebody went away.
_NEXT, _LEFT_ALONE = 8, 120


class Visit:
    """One request of such a customer."""

    def __init__(self, connection: Connection, code: str, meaning: Meaning) -> None:
        self._code, self._meaning = code, meaning
        self._nonce = request.form.get("form", "")
        if not NONCE.fullmatch(self._nonce):
            # Whoever sends a form that is not ours gets a number of their own.
            self._nonce = new_nonce()
        self._row = answer_of(connection, self._identity)
        self._survey = self._asked_survey(connection)
        shop = site(connection, meaning.store_id, meaning.touchpoint_id)
        self._asked = Asked(
            self._survey.definition,
            self._survey.audience,
            shop,
            now().astimezone(shop.zone).date(),
            is_kiosk="kiosk" in request.args and self._is_poster,
        )
        if self._asked.asks_contact and (self._row or meaning.rated or request.method == "POST"):
            policy = policy_at(connection, meaning.store_id, "contacts", ContactPolicy)
            may = policy.review_link is not None and "review" in policy.purposes
            back = not {"progress", "outcome"}.isdisjoint(policy.purposes)
            self._asked = dataclasses.replace(self._asked, asks_review=may, writes_back=back)
        self._speech: Speech = speech(self._asked.languages)

    def look(self) -> Response:
        """One question; for whoever has answered it, all others."""
        if self._row and self._row.completed_at:
            return self._done()
        if self._row or self._meaning.rated:
            return self._rest(self._filled())
        return self._first()

    def send(self) -> Response:
        """The first tap, another language, or everything."""
        filled = self._filled()
        if not self._has_rating(filled):
            return self._first("choose a face", 422)
        if "to" in request.form:
            return self._rest(filled)
        has_rest = "rest" in request.form
        completes = has_rest and self._row is not None and self._row.completed_at is None
        if self._is_poster and not completes and not self._is_let_in():
            return self._rest(filled, "many answers", 429) if has_rest else self._first("many answers", 429)
        if not has_rest:
            return self._tap(filled)
        try:
            form.check(filled, self._asked.shop.zone)
        except form.Unfinished as reason:
            return self._rest(filled, str(reason), 422)
        return self._submit(filled)

    def _tap(self, filled: form.Filled) -> Response:
        tapped = tap(database(), settings(), self._source(), self._reply(filled), now())
        if tapped.is_complete:
            if not self._asked.is_kiosk:
                return self._done()
            # The last customer's page, tapped by the next one: an answer of its own.
            filled = self._begin_anew(filled)
            tap(database(), settings(), self._source(), self._reply(filled), now())
            return self._rest(filled, slides=True)
        if not tapped.is_new:
            with database().connect() as connection:
                # Of two taps at once the first one counts, and both see it.
                self._row = answer_of(connection, self._identity)
        return self._rest(self._filled(), slides=True)

    def _submit(self, filled: form.Filled) -> Response:
        submitted = submit(database(), settings(), self._source(), self._reply(filled), now())
        if not submitted.is_same:
            if not self._asked.is_kiosk:
                return self._done()
            # The last customer's form, filled in anew by the next one: an answer of its own.
            filled = self._begin_anew(filled)
            submitted = submit(database(), settings(), self._source(), self._reply(filled), now())
        return self._thanks(filled, submitted)

    def _done(self) -> Response:
        """Of an answer that is complete: a receipt and a press have one, and a page of a poster is sent once."""
        return notice("sent" if self._is_poster else "used", 410)

    def _begin_anew(self, filled: form.Filled) -> form.Filled:
        self._nonce, self._row = new_nonce(), None
        return dataclasses.replace(filled, nonce=self._nonce)

    def _first(self, todo: str | None = None, status: int = 200) -> Response:
        shown = first_page(self._asked, self._speech, nonce=self._nonce, action=self._action, todo=todo)
        return make_response(shown, status)

    def _rest(
        self, filled: form.Filled, todo: str | None = None, status: int = 200, *, slides: bool = False
    ) -> Response:
        rated = self._meaning.rated
        shown = rest_page(
            self._asked,
            self._speech,
            filled,
            action=self._action,
            pressed=(rated.button, rated.buttons) if rated else None,
            todo=todo,
            slides=slides,
        )
        response = make_response(shown, status)
        if self._asked.is_kiosk:
            response.headers["Refresh"] = f"{_LEFT_ALONE}; url={self._rest_of_kiosk}"
        return response

    def _thanks(self, filled: form.Filled, submitted: Submitted) -> Response:
        link = None
        if submitted.case_id is not None and not self._asked.is_kiosk:
            with database().connect() as connection:
                code = keys.sign(connection, settings(), Case(submitted.case_id))
            link = keys.address(settings(), code), f"/Q/{code}"
        again = self._rest_of_kiosk if self._asked.is_kiosk else None
        shown = thanks_page(self._asked, self._speech, filled, self._score(filled), link=link, again=again)
        response = make_response(shown)
        if again:
            response.headers["Refresh"] = f"{_NEXT}; url={again}"
        return response

    def _filled(self) -> form.Filled:
        """What was sent; what is recorded already stands."""
        filled = form.read(request.form, self._survey.definition.scales, self._asked.today)
        recorded = self._row.replies if self._row and self._row.completed_at is None else {}
        filled = dataclasses.replace(filled, nonce=self._nonce, replies={**filled.replies, **recorded})
        return filled if self._asked.asks_contact else dataclasses.replace(filled, contact="")

    def _has_rating(self, filled: form.Filled) -> bool:
        return self._meaning.rated is not None or self._survey.first.key in filled.replies

    def _score(self, filled: form.Filled) -> float:
        if self._meaning.rated:
            return self._meaning.rated.score
        return score_of(self._survey.first, filled.replies[self._survey.first.key])

    def _source(self) -> Source:
        content = self._meaning.content
        device = None
        if self._survey.audience == "customers":  # staff stay unknown
            device = devices.digest(settings(), get_remote_address(), request.user_agent.string, now())
        return Source(
            identity=self._identity,
            channel=_CHANNELS[type(content)],
            store_id=self._meaning.store_id,
            touchpoint_id=self._meaning.touchpoint_id,
            press=content if isinstance(content, Press) else None,
            rated=self._meaning.rated,
            receipt=content if isinstance(content, Receipt) else None,
            survey=self._survey,
            device=device,
            is_kiosk=self._asked.is_kiosk,
        )

    def _reply(self, filled: form.Filled) -> Reply:
        words, shop = self._speech.words, self._asked.shop
        contact, consents = None, []
        if filled.contact and filled.erase_on:
            consent = words("consent", shop=shop.store, day=words.day(filled.erase_on))
            contact = Contact(filled.contact, PURPOSE, consent, filled.erase_on)
            if filled.may_ask and self._asked.asks_review:
                consents.append(Consent("review", words("consent review", shop=shop.store), filled.erase_on))
        return Reply(
            language=words.language,
            replies=filled.replies,
            reasons=form.fitting_reasons(filled, self._survey.definition, self._score(filled)),
            comment=filled.comment or None,
            contact=contact,
            consents=consents,
        )

    def _asked_survey(self, connection: Connection) -> Survey:
        """Whoever has begun goes on with what they began with."""
        if self._row:
            return survey_version_of(connection, self._row.version_id)
        return survey_at(connection, self._meaning.store_id, now(), self._meaning.touchpoint_id)

    def _is_let_in(self) -> bool:
        whom = "poster", str(self._meaning.touchpoint_id), get_remote_address()
        return all(limiter.limiter.hit(limit, *whom) for limit in _POSTER_ANSWERS)

    @property
    def _is_poster(self) -> bool:
        return isinstance(self._meaning.content, Poster)

    @property
    def _identity(self) -> str:
        match self._meaning.content:
            case Press(cursor_id, seq):
                return f"press:{cursor_id}:{seq}"
            case Receipt(signer_id, day, serial):
                return f"receipt:{signer_id}:{day}:{serial}"
        return f"poster:{self._nonce}"

    @property
    def _rest_of_kiosk(self) -> str:
        """Where a screen in the shop begins, in its own language."""
        return url_for("public.show", code=self._code, kiosk=1)

    @property
    def _action(self) -> str:
        kiosk = "kiosk=1&" if self._asked.is_kiosk else ""
        return f"?{kiosk}lang={self._speech.language}"
