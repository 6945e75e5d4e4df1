"""`/hotline`: one page from the first word of a call to its case, for the keyboard."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection, Row

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.cases.submit import submit
from collector.current import database, now, settings
from collector.forms import NONCE, new_nonce
from collector.hotline import forms, script
from collector.hotline.forms import CHANNELS, Call
from collector.insights.faces import face
from collector.places.queries import Store, touchpoints, visible_store, visible_stores
from collector.ratings.scale import button_of, is_bad
from collector.slips.style import style_of
from collector.surveys.answers import CONTACT_KEPT, LONGEST_COMMENT, LONGEST_CONTACT
from collector.surveys.queries import Survey, survey_at

pages = Blueprint(
    "hotline", __name__, template_folder="templates", static_folder="static", static_url_path="/static/hotline"
)
guard(pages, see="act")


@pages.get("/hotline")
def form() -> ResponseReturnValue:
    asked = forms.read(request.args)
    with database().connect() as connection:
        stores = visible_stores(connection, viewer().place_id)
        store = stores[0] if len(stores) == 1 else next((each for each in stores if each.id == asked.store), None)
        if store is None:
            return render_template("hotline/stores.html", stores=stores)
        language = asked.language if "language" in request.args else _language(connection, store)
        return _page(connection, Call(new_nonce(), asked.channel, language), store, stores)


@pages.post("/hotline")
def record() -> ResponseReturnValue:
    call = forms.read(request.form)
    if not NONCE.fullmatch(call.nonce):
        abort(400)
    with database().connect() as connection:
        store = visible_store(connection, viewer().place_id, call.store or 0) or abort(404)
        here = _touchpoints(connection, store)
        asked_at = call.touchpoint if call.touchpoint in {each.id for each in here} else None
        survey = survey_at(connection, store.id, now(), asked_at)
        call = forms.checked(call, store, survey, here, now())
        if call.problems:
            stores = visible_stores(connection, viewer().place_id)
            return _page(connection, call, store, stores, survey), 422
    said = forms.reply(call, survey, viewer().name)
    done = submit(database(), settings(), forms.source(call, store, survey), said, now())
    if not done.is_same:
        flash(_("This form was sent before, with other words. The first ones stand; add the rest as a remark."))
    if done.case_id is not None:
        return redirect(url_for("cases.case", case_id=done.case_id))
    if done.is_same:
        flash(_("It is written down. By the survey's rules it opens no case."))
    return redirect(url_for("hotline.form", store=store.id, channel=call.channel, language=call.language))


def _page(connection: Connection, call: Call, store: Store, stores: list[Store], survey: Survey | None = None) -> str:
    survey = survey or survey_at(connection, store.id, now())
    erase_on = now().astimezone(store.zone).date() + CONTACT_KEPT
    return render_template(
        "hotline/form.html",
        call=call,
        store=store,
        stores=stores,
        touchpoints=_touchpoints(connection, store),
        survey=survey,
        scale=_scale(survey),
        whys=_whys(survey),
        channels=CHANNELS,
        erase_on=erase_on,
        consents={language: script.consent(language, erase_on) for language in script.LANGUAGES},
        longest={"said": LONGEST_COMMENT, "contact": LONGEST_CONTACT} | _LONGEST,
    )


def _touchpoints(connection: Connection, store: Store) -> list[Row[Any]]:
    return [each for each in touchpoints(connection, store.id) if each.audience == "customers"]


_LONGEST = {"wish": forms.LONGEST_WISH, "reference": forms.LONGEST_REFERENCE}


def _scale(survey: Survey) -> list[dict[str, Any]]:
    """The answers to the survey's first question: number, face if it has faces, whether it is a bad one."""
    first, found = survey.first, []
    for reply in first.replies:
        button = button_of(first.kind, reply, first.buttons)
        shown = face(button, first.buttons) if first.kind == "smileys" else None
        found.append({"reply": reply, "face": shown, "is_bad": is_bad(survey.score(button))})
    return found


def _whys(survey: Survey) -> list[dict[str, Any]]:
    """Reasons after a bad answer, and after a good one."""
    asked = survey.definition.why
    if asked is None:
        return []
    both = (("bad", asked.why_bad, asked.bad), ("good", asked.why_good, asked.good))
    return [{"kind": kind, "question": why, "reasons": reasons} for kind, why, reasons in both if reasons]


def _language(connection: Connection, store: Store) -> str:
    """The shop's own, in which most of its customers speak."""
    spoken = style_of(connection, store.id).language
    return spoken if spoken in script.LANGUAGES else script.LANGUAGES[0]
