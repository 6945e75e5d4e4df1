"""What stands at the top of every page for whoever is signed in: where they may go, and where something waits.

What a page needs is said once, by its blueprint's guard; order and words are `menu`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import g, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.guard import RULES
from collector.accounts.viewer import Viewer, signed_in, viewer
from collector.alerts.queries import count_open
from collector.cases.queries import count_turns
from collector.console import menu
from collector.contacts.queries import count_unsure
from collector.current import database, now, settings
from collector.fleet import alarms as odd
from collector.home.start import start_of
from collector.ingest import put_aside
from collector.live.address import bare_host
from collector.places.queries import Place, visible_place, visible_stores


@dataclass(frozen=True)
class Entry:
    """One page to go to."""

    text: str
    url: str
    #: What waits there.
    count: int = 0


@dataclass(frozen=True)
class Group:
    title: str
    entries: list[Entry]


@dataclass(frozen=True)
class Navigation:
    viewer: Viewer
    home: str
    #: The few that stand in the bar, and all others.
    pages: list[Entry]
    more: list[Group]
    #: Of the place that a page is about, where it is another than one's own: its name and its pages.
    here: Group | None

    @property
    def waiting(self) -> int:
        """What waits on pages that are not in the bar."""
        return sum(entry.count for group in self.more for entry in group.entries)


def navigation() -> Navigation | None:
    """The navigation of whoever asks; None for somebody who is not signed in."""
    if (asks := signed_in()) is None:
        return None
    if "navigation" not in g:
        g.navigation = _navigation(asks)
    found: Navigation = g.navigation
    return found


def _navigation(asks: Viewer) -> Navigation:
    with database().connect() as connection:
        stores = visible_stores(connection, asks.place_id, limit=2) if asks.may("look") else []
        counts = _counts(connection, asks)
        only = stores[0].id if len(stores) == 1 else None
        here = _here(connection, asks, only)
    home = start_of(asks, stores)
    bar = menu.bar(asks.place_id, is_technician=asks.role == "technician")
    groups = [Group(title, _entries(asks, counts, pages)) for title, pages in menu.more(asks.place_id, only)]
    if floor := _floor():
        groups.append(Group(_("On this machine"), [Entry(_("Shop floor"), floor)]))
    pages = [Entry(_("Home"), home), *_entries(asks, counts, bar)]
    return Navigation(asks, home, pages, [group for group in groups if group.entries], here)


def _here(connection: Connection, asks: Viewer, only: int | None) -> Group | None:
    named = request.view_args or {}
    place_id = named.get("place_id") or named.get("store_id")
    if place_id in (None, asks.place_id, only) or not asks.may("look"):
        return None
    if (place := visible_place(connection, asks.place_id, place_id)) is None:
        return None
    return Group(place.name, _entries(asks, {}, menu.of_place(place.id, is_store=place.kind == "store")))


def set_up_entries(place: Place) -> list[Entry]:
    """Where it is chosen what holds at a place, as far as whoever asks sees it."""
    return _entries(viewer(), {}, menu.set_up_pages(place.id, is_store=place.kind == "store"))


def _counts(connection: Connection, asks: Viewer) -> Mapping[str, int]:
    """What waits, by the endpoint of the page on which it does."""
    counts = {}
    if asks.may("voices"):
        counts["cases.cases"] = count_turns(connection, asks.place_id)
        counts["messages.messages"] = count_unsure(connection, asks.place_id)
    if asks.may("look"):
        counts["alerts.alerts"] = count_open(connection, asks.place_id)
        counts["console.alarms"] = odd.count(connection, asks.place_id, now() - odd.RECENT)
        counts["console.put_aside"] = put_aside.count(connection, asks.place_id)
    return counts


def _entries(asks: Viewer, counts: Mapping[str, int], pages: menu.Pages) -> list[Entry]:
    """Those that whoever asks may see."""
    return [Entry(text, url_for(page, **to), counts.get(page, 0)) for page, text, to in pages if _may(asks, page)]


def _may(asks: Viewer, page: str) -> bool:
    blueprint, view = page.rsplit(".", 1)
    need = RULES[blueprint].need(view, "GET")
    if need == "nothing":
        return True
    return need == "account" or asks.may(need)


def _floor() -> str | None:
    """Where the shop floor is, while it is in use."""
    if not (settings().data / "run" / "floor").exists():
        return None
    return f"http://{bare_host(request.host)}:{settings().floor_port}/"
