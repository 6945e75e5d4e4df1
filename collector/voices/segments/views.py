"""Segments: what there is, who or what is in one now, and choosing what it holds."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.audit.log import note
from collector.current import database, now
from collector.forms import line, sent_key
from collector.insights.asked import Asked
from collector.insights.faces import Face
from collector.places.queries import zone_of
from collector.ratings.kinds import Channel, word
from collector.undo import said_with_undo
from collector.voices.places import places_below
from collector.voices.segments import queries, words
from collector.voices.segments.form import KINDS, rule_of_form
from collector.voices.segments.queries import Segment
from collector.voices.segments.rules import DAYS, PURPOSES, Answers, Customers, Kind, Places
from collector.voices.themes.policy import LONGEST_NAME
from collector.voices.themes.queries import themes_at
from collector.voices.words import channel_name, theme_names

pages = Blueprint("segments", __name__, template_folder="../templates")
guard(pages, see="voices", change="shape", new="shape", edit="shape", addresses="personal")

#: Of those that are put away, so many are listed.
ENDED = 20
_EMPTY = {"places": Places(), "answers": Answers(), "customers": Customers()}

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)


@pages.get("/segments")
def home() -> ResponseReturnValue:
    place_id = viewer().place_id
    with database().connect() as connection:
        found = queries.segments(connection, place_id)
        over = queries.ended(connection, place_id, ENDED) if viewer().may("shape") else []
        around = _around(connection)
    listed = [(each, words.conditions_of(each.rule, around["names"], around["place_names"])) for each in found]
    return render_template("voices/segments.html", listed=listed, over=over, kinds=KINDS, **around)


@pages.get("/segments/<int:segment_id>")
def segment(segment_id: int) -> ResponseReturnValue:
    """Who or what is in it now, as far as one's own place goes."""
    with database().connect() as connection:
        return _shown(connection, _visible(connection, segment_id))


@pages.post("/segments/<int:segment_id>/addresses")
def addresses(segment_id: int) -> ResponseReturnValue:
    """The same with the customers' addresses; that somebody saw them is written down."""
    with database().begin() as connection:
        found = _visible(connection, segment_id)
        if not isinstance(found.rule, Customers):
            abort(404)
        theirs = queries.addresses(connection, viewer().place_id, found.rule, now())
        note(connection, viewer().name, "saw-contact", f"segments/{segment_id}", viewer().place_id)
        return _shown(connection, found, addresses=theirs)


@pages.get("/segments/new")
def new() -> ResponseReturnValue:
    with database().connect() as connection:
        if "kind" not in request.args:
            return render_template("voices/segment_new.html", **_around(connection))
        kind = _kind(request.args["kind"])
        return render_template("voices/segment_form.html", segment=None, rule=_EMPTY[kind], **_form(connection, kind))


@pages.post("/segments")
def add() -> ResponseReturnValue:
    kind, key = _kind(request.form.get("kind")), sent_key()
    with database().begin() as connection:
        around = _form(connection, kind)
        rule = rule_of_form(kind, request.form, around["place_names"], around["names"])
        name = line(request.form.get("name", ""))
        if not 1 <= len(name) <= LONGEST_NAME:
            shown = {**around, "segment": None, "rule": rule, "name": name, "wrong": True}
            return render_template("voices/segment_form.html", **shown), 422
        number = queries.add(connection, viewer().place_id, name, rule, viewer().name, key)
    return redirect(url_for("segments.segment", segment_id=number))


@pages.get("/segments/<int:segment_id>/edit")
def edit(segment_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        found = _own(connection, segment_id)
        around = _form(connection, found.kind)
        return render_template(
            "voices/segment_form.html", segment=found, rule=found.rule, **around | {"name": found.name}
        )


@pages.post("/segments/<int:segment_id>")
def change(segment_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        found = _own(connection, segment_id)
        around = _form(connection, found.kind)
        rule = rule_of_form(found.kind, request.form, around["place_names"], around["names"])
        name = line(request.form.get("name", ""))
        if not 1 <= len(name) <= LONGEST_NAME:
            shown = {**around, "segment": found, "rule": rule, "name": name, "wrong": True}
            return render_template("voices/segment_form.html", **shown), 422
        queries.change(connection, segment_id, name, rule)
    return redirect(url_for("segments.segment", segment_id=segment_id))


@pages.post("/segments/<int:segment_id>/end")
def end(segment_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        found = _own(connection, segment_id)
        queries.end(connection, segment_id, now(), viewer().name)
    said_with_undo(_("“%(name)s” is put away.", name=found.name), "segments.back", segment_id=segment_id)
    return redirect(url_for("segments.segment", segment_id=segment_id))


@pages.post("/segments/<int:segment_id>/back")
def back(segment_id: int) -> ResponseReturnValue:
    """Undo `end`."""
    with database().begin() as connection:
        _own(connection, segment_id)
        queries.bring_back(connection, segment_id, viewer().name)
    return redirect(url_for("segments.segment", segment_id=segment_id))


def _shown(connection: Connection, found: Segment, **more: Any) -> str:
    place_id = viewer().place_id
    zone = zone_of(connection, place_id)
    today = now().astimezone(zone).date()
    around = _around(connection)
    stores, customers = None, None
    match found.rule:
        case Places() as rule:
            inside = queries.stores_of(connection, Asked(place_id, today, today), rule)
            stores = sorted(
                (each for each in around["places"] if each.id in inside), key=lambda each: _worst_first(inside[each.id])
            )
            more["heard"] = inside
        case Customers() as rule:
            customers = queries.count_customers(connection, place_id, rule, now())
        case Answers():
            pass
    return render_template(
        "voices/segment.html",
        segment=found,
        zone=zone,
        conditions=words.conditions_of(found.rule, around["names"], around["place_names"]),
        stores=stores,
        customers=customers,
        may_change=viewer().may("shape") and queries.may_change(connection, place_id, found.id),
        **around,
        **more,
    )


def _worst_first(heard: Any) -> tuple[bool, float]:
    return heard.index is None, heard.index.value if heard.index else 0.0


def _around(connection: Connection) -> dict[str, Any]:
    place_id = viewer().place_id
    places = places_below(connection, place_id)
    return {
        "place": places[0],
        "places": places,
        "place_names": {each.id: each.name for each in places},
        "names": theme_names(themes_at(connection, place_id)),
    }


def _form(connection: Connection, kind: Kind) -> dict[str, Any]:
    return {
        **_around(connection),
        "kind": kind,
        "name": "",
        "wrong": False,
        "channels": [(word(each), channel_name(each)) for each in Channel],
        "faces": list(Face),
        "periods": DAYS,
        "purposes": PURPOSES,
        "longest": LONGEST_NAME,
    }


def _kind(sent: str | None) -> Kind:
    return next((each for each in KINDS if each == sent), None) or abort(404)


def _visible(connection: Connection, segment_id: int) -> Segment:
    return queries.visible_segment(connection, viewer().place_id, segment_id) or abort(404)


def _own(connection: Connection, segment_id: int) -> Segment:
    found = _visible(connection, segment_id)
    if not queries.may_change(connection, viewer().place_id, segment_id):
        abort(403)
    return found
