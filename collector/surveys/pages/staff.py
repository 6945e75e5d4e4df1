"""`/staff`: the staff's anonymous link, its poster, and the figures of many, never of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.exc import IntegrityError

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, now, settings
from collector.links import keys
from collector.places.queries import Store, touchpoints, visible_store, visible_stores
from collector.places.tables import place, touchpoint
from collector.slips.svg import svg
from collector.surveys import publish as publishing
from collector.surveys.editor.edit import for_staff
from collector.surveys.editor.forms import readable
from collector.surveys.pages import queries
from collector.surveys.pages.enps import GROUP, Enps, enps, whole_groups
from collector.surveys.schedule import Schedule
from printer import codes
from printer.qr import symbol

pages = Blueprint("staff", __name__, template_folder="templates")
guard(pages, see="voices", change="shape")

#: Quarters of the year that are shown, this one among them.
QUARTERS = 4
LONGEST_NAME = 60


@dataclass(frozen=True)
class Quarter:
    """A quarter of a year, in which answers are counted together."""

    year: int
    number: int
    #: None: too few answers to show.
    enps: Enps | None

    @property
    def name(self) -> str:
        return f"{self.year} Q{self.number}"


@pages.get("/staff")
def home() -> ResponseReturnValue:
    with database().connect() as connection:
        stores = visible_stores(connection, viewer().place_id)
        if len(stores) == 1:
            return redirect(url_for("staff.of_store", store_id=stores[0].id))
        replies = queries.staff_replies(connection, [each.id for each in stores], _since())
    rows = [(each, _quarters({each.id: replies.get(each.id, [])}, each)[0]) for each in stores]
    together = _quarters(replies, *stores) if stores else []
    return render_template("surveys/staff.html", rows=rows, quarters=together, group=GROUP)


@pages.get("/stores/<int:store_id>/staff")
def of_store(store_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        store = _store(connection, store_id)
        rooms = _rooms(connection, store_id)
        links = {each.id: _link(connection, each.id) for each in rooms}
        replies = queries.staff_replies(connection, [store_id], _since())
        comments = queries.staff_comments(connection, store_id, _since())
        is_asked = queries.has_staff_survey(connection, store_id)
    shown = sorted(comments[: whole_groups(len(comments))], key=str.casefold)
    return render_template(
        "surveys/staff_of_store.html",
        store=store,
        rooms=rooms,
        links=links,
        is_asked=is_asked,
        leads_nowhere=keys.leads_nowhere(settings()),
        quarters=_quarters(replies, store),
        comments=shown,
        group=GROUP,
        longest=LONGEST_NAME,
    )


@pages.post("/stores/<int:store_id>/staff")
def make(store_id: int) -> ResponseReturnValue:
    """A staff touchpoint, where there is none, and something that is asked there."""
    name = readable(request.form.get("name", ""))[:LONGEST_NAME].strip()
    with database().begin() as connection:
        _store(connection, store_id)
        # One at a time, so that a second tap finds what the first has made.
        connection.execute(select(place.c.id).where(place.c.id == store_id).with_for_update())
        if not _rooms(connection, store_id):
            if not name:
                flash(_("Give the place a name, for example Staff room."))
                return redirect(url_for("staff.of_store", store_id=store_id))
            try:
                with connection.begin_nested():
                    _make_room(connection, store_id, name)
            except IntegrityError:
                flash(_("Another touchpoint of this store is called that. Take another name."))
                return redirect(url_for("staff.of_store", store_id=store_id))
        if not queries.has_staff_survey(connection, store_id):
            made = publishing.make_survey(
                connection,
                store_id,
                name=_("Staff"),
                audience="staff",
                touchpoint_id=None,
                schedule=Schedule(),
                definition=for_staff(),
                author=viewer().name,
            )
            version = publishing.save_draft(connection, made, for_staff(), viewer().name)
            publishing.publish(connection, version, now(), by=viewer().name)
    return redirect(url_for("staff.of_store", store_id=store_id))


@pages.get("/stores/<int:store_id>/staff/<int:touchpoint_id>.svg")
def code(store_id: int, touchpoint_id: int) -> ResponseReturnValue:
    """The QR code of a staff touchpoint."""
    with database().connect() as connection:
        _store(connection, store_id)
        if touchpoint_id not in {each.id for each in _rooms(connection, store_id)}:
            abort(404)
        link = _link(connection, touchpoint_id)
    return Response(svg(symbol(link, "M")), mimetype="image/svg+xml")


def _rooms(connection: Connection, store_id: int) -> list[Row[Any]]:
    """The staff's own touchpoints."""
    return [each for each in touchpoints(connection, store_id) if each.audience == "staff"]


def _make_room(connection: Connection, store_id: int, name: str) -> None:
    last = max((each.position for each in touchpoints(connection, store_id)), default=0)
    values = {"store_id": store_id, "name": name, "position": last + 1, "audience": "staff"}
    connection.execute(insert(touchpoint).values(values))


def _link(connection: Connection, touchpoint_id: int) -> str:
    return keys.address(settings(), keys.sign(connection, settings(), codes.Poster(touchpoint_id)))


def _store(connection: Connection, store_id: int) -> Store:
    return visible_store(connection, viewer().place_id, store_id) or abort(404)


def this_quarter(connection: Connection, *stores: Store) -> Quarter:
    """What the staff of some stores say in the quarter that is running; of each store whole groups alone."""
    replies = queries.staff_replies(connection, [each.id for each in stores], now() - timedelta(days=93))
    return _quarters(replies, *stores)[0]


def _since() -> datetime:
    """A little before the first of the quarters that are shown, in any time zone."""
    year, number = _quarter(now())
    first = year * 4 + number - (QUARTERS - 1)
    return datetime(first // 4, 3 * (first % 4) + 1, 1, tzinfo=UTC) - timedelta(days=1)


def _quarter(moment: datetime) -> tuple[int, int]:
    return moment.year, (moment.month - 1) // 3


def _quarters(replies: Mapping[int, Sequence[tuple[datetime, int]]], *stores: Store) -> list[Quarter]:
    """The quarters, the newest first; of several stores only what each of them may show alone."""
    year, number = _quarter(now().astimezone(stores[0].zone))
    found = []
    for back in range(QUARTERS):
        wanted = divmod(year * 4 + number - back, 4)
        counted: list[int] = []
        for store in stores:
            said = [reply for at, reply in replies.get(store.id, ()) if _quarter(at.astimezone(store.zone)) == wanted]
            counted += said[: whole_groups(len(said))]
        found.append(Quarter(wanted[0], wanted[1] + 1, enps(counted)))
    return found
