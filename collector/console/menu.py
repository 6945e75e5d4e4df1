"""Which pages there are to go to, in which order, and what they are called; who may see which, their guards say."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from flask_babel import gettext as _

#: Endpoint, what the page is called, and what its address needs.
Pages: TypeAlias = tuple[tuple[str, str, Mapping[str, Any]], ...]


def bar(place_id: int, *, is_technician: bool) -> Pages:
    """The few that are needed every day; the start page stands before them."""
    here = {"place_id": place_id}
    if is_technician:
        return ("visits.visits", _("Visits"), {}), ("console.kiosks", _("Kiosks"), {})
    return (
        ("insights.of_place", _("Insights"), here),
        ("cases.cases", _("Cases"), {}),
        ("voices.of_place", _("Voices"), here),
        ("console.kiosks", _("Kiosks"), {}),
    )


def of_place(place_id: int, *, is_store: bool) -> Pages:
    """What there is to read of one place, whoever's it is; its set-up stands last."""
    here = {"place_id": place_id}
    return (
        ("console.store", _("Today"), {"store_id": place_id}) if is_store else ("home.of_place", _("Today"), here),
        ("insights.of_place", _("Insights"), here),
        ("voices.of_place", _("Voices"), here),
        ("journey.of_store", _("Journey"), here) if is_store else ("insights.ranking_of", _("Ranking"), here),
        ("channels.of_place", _("Channels"), here),
        ("money.of_place", _("Money"), here),
        ("places.one", _("Set up"), here),
    )


def set_up_pages(place_id: int, *, is_store: bool) -> Pages:
    """Where it is chosen what holds at a place and below."""
    here = {"place_id": place_id}
    devices: Pages = (
        ("printers.of_store", _("Printers"), {"store_id": place_id}),
        ("posters.posters", _("Posters"), {"store_id": place_id}),
    )
    return (
        ("surveys.of_place", _("Surveys"), here),
        *_policies(place_id),
        ("money.of_place", _("What a customer is worth"), here | {"_anchor": "inputs"}),
        ("kiosk_settings.of_place", _("Settings of kiosks"), here),
        ("board.links_of", _("Screens for the wall board"), here),
        *(devices if is_store else ()),
    )


def _policies(place_id: int) -> Pages:
    here = {"place_id": place_id}
    return (
        ("case_policy.ladder", _("How cases are handled"), here),
        ("case_policy.contacts", _("When customers are written to"), here),
        ("alerts.of_place", _("When you are told"), here),
        ("replies.of_place", _("Reply templates"), here),
        ("press_filter.of_place", _("Which presses count"), here),
        ("themes.of_place", _("Themes"), here),
        ("slip_style.of_place", _("Slips"), here),
        ("own_words.of_place", _("Your own words"), here),
    )


def more(place_id: int, store_id: int | None) -> list[tuple[str, Pages]]:
    """All others, in groups.

    Parameters
    ----------
    store_id: the one store that somebody sees, where it is one.
    """
    here = {"place_id": place_id}
    journey: Pages = (("journey.of_store", _("Journey"), {"place_id": store_id}),) if store_id else ()
    ranking: Pages = () if store_id else (("insights.ranking_of", _("Ranking"), here),)
    printers: Pages = (("printers.of_store", _("Printers"), {"store_id": store_id}),) if store_id else ()
    posters: Pages = (("posters.posters", _("Posters"), {"store_id": store_id}),) if store_id else ()
    return [
        (
            _("Look"),
            (
                ("alerts.alerts", _("Alerts"), {}),
                *ranking,
                *journey,
                ("channels.of_place", _("Channels"), here),
                ("quality.home", _("Service quality"), {}),
                ("money.of_place", _("Money"), here),
                ("staff.home", _("Staff"), {}),
                ("completeness.of_place", _("Has everything arrived?"), here),
            ),
        ),
        (
            _("Tell"),
            (
                ("reports.reports", _("Reports"), {}),
                ("exports.exports", _("Lists as files"), {}),
                ("board.of_place", _("Wall board"), here),
                ("improvements.improvements", _("You said, we did"), {}),
            ),
        ),
        (
            _("Customers"),
            (
                ("hotline.form", _("Hotline"), {}),
                ("messages.messages", _("Messages"), {}),
                ("segments.home", _("Segments"), {}),
                ("personal.register", _("Personal data"), {}),
            ),
        ),
        (
            _("Devices"),
            (
                ("visits.visits", _("What to visit"), {}),
                *printers,
                ("rollouts.home", _("Releases"), {}),
                ("kiosk_settings.of_place", _("Settings of kiosks"), here),
                ("console.alarms", _("Alarms"), {}),
                ("console.put_aside", _("Put aside"), {}),
            ),
        ),
        (
            _("Set up"),
            (
                ("guide.guide", _("First steps"), {}),
                ("places.tree", _("Places"), {}),
                ("surveys.home", _("Surveys"), {}),
                *posters,
                *_policies(place_id),
                ("board.links_of", _("Screens for the wall board"), here),
            ),
        ),
        (
            _("People"),
            (
                ("people.people", _("People"), {}),
                ("tokens.tokens", _("Tokens of programs"), {}),
                ("audit.log", _("Audit log"), {}),
            ),
        ),
    ]
