"""Who gets which report: the page on which one chooses for oneself, and for others those who may."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection, Row, select

from collector.accounts.viewer import viewer
from collector.current import database, now, row_id
from collector.forms import sent_key
from collector.places.queries import below
from collector.places.seen import seen_place
from collector.places.tables import place
from collector.reports import subscriptions
from collector.reports.days import PERIODS, Period
from collector.undo import said_with_undo


def add_to(pages: Blueprint) -> None:
    pages.get("/reports")(reports)
    pages.post("/reports")(choose)
    pages.post("/reports/others")(choose_for_others)
    pages.post("/reports/<int:report_id>/end")(end)
    pages.post("/reports/<int:report_id>/back")(back)


def reports() -> ResponseReturnValue:
    return _page()


def choose() -> ResponseReturnValue:
    """A report for oneself."""
    account_id = viewer().account_id or abort(403)
    return _choose(account_id)


def choose_for_others() -> ResponseReturnValue:
    person = _number("person")
    with database().connect() as connection:
        if person not in {each.id for each in subscriptions.people(connection, viewer().place_id)}:
            abort(404)
    return _choose(person)


def _choose(account_id: int) -> ResponseReturnValue:
    periods: list[Period] = [each for each in PERIODS if each == request.form.get("period")]
    if not periods:
        abort(400)
    place_id, key = _number("place"), sent_key()
    with database().begin() as connection:
        where = seen_place(connection, place_id)
        against = subscriptions.subscribe(
            connection,
            place_id=place_id,
            account_id=account_id,
            period=periods[0],
            author=viewer().name,
            key=key,
            now=now(),
        )
    if against == subscriptions.NOT_THEIRS:
        return _page(
            _("They do not see %(place)s: people get reports of their own place and below.", place=where.name)
        ), 422
    flash(_("They get it already.") if against else _("The first one comes when the next day, week or month is over."))
    return redirect(url_for("reports.reports"))


def end(report_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        _own_or_others(connection, report_id)
        subscriptions.end(connection, report_id, now())
    said_with_undo(_("It is sent no more."), "reports.back", report_id=report_id)
    return redirect(url_for("reports.reports"))


def back(report_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        _own_or_others(connection, report_id)
        subscriptions.bring_back(connection, report_id, now())
    flash(_("It is sent again, from the next one on."))
    return redirect(url_for("reports.reports"))


def _own_or_others(connection: Connection, report_id: int) -> Row[Any]:
    """A report that the viewer may end: their own, or anybody's at their place and below for those who may shape."""
    found = subscriptions.visible_report(connection, viewer().place_id, report_id)
    if found is None or not (found.account_id == viewer().account_id or viewer().may("shape")):
        abort(404)
    return found


def _page(problem: str = "") -> str:
    place_id, shapes = viewer().place_id, viewer().may("shape")
    account_id = None if shapes else viewer().account_id
    with database().connect() as connection:
        shown = {
            "found": subscriptions.visible_reports(connection, place_id, account_id=account_id),
            "ended": subscriptions.visible_reports(connection, place_id, account_id=account_id, ended=True)[:10],
            "people": subscriptions.people(connection, place_id, but=viewer().account_id) if shapes else (),
            "places": places_below(connection, place_id),
        }
    return render_template(
        "reports/reports.html",
        **shown,
        problem=problem,
        account_id=viewer().account_id,
        periods={"day": _("every day"), "week": _("every week"), "month": _("every month")},
    )


def places_below(connection: Connection, place_id: int) -> Any:
    """The viewer's place and all below, in the order of the tree."""
    found = select(place.c.id, place.c.name, place.c.kind).where(below(place_id), place.c.ended_at.is_(None))
    return connection.execute(found.order_by(place.c.path)).all()


def _number(name: str) -> int:
    try:
        return row_id(request.form.get(name, ""))
    except ValueError:
        abort(400)
