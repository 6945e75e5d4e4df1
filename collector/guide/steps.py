"""The steps from an empty installation to a shop that hears its customers; looked at anew each time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection, func, or_, select

from collector.accounts.people.queries import who_may
from collector.accounts.tables import account
from collector.fleet.queries import count_covered_stores
from collector.guide.proofs import ORGANISATION, mail_of, proof, test_mail_left
from collector.links.keys import leads_nowhere
from collector.places.queries import below, zone_of
from collector.places.tables import place, touchpoint
from collector.queue.tables import job
from collector.settings import Settings
from collector.slips.tables import printer
from collector.surveys.queries import NothingAsked, survey_at
from collector.words import when

#: open: to be done; wait: it can wait, or is not needed everywhere.
State = Literal["done", "open", "wait"]


@dataclass(frozen=True)
class Step:
    name: str
    title: str
    state: State
    #: How it is, and what to do.
    said: str
    #: Where it is done, and what that link is called.
    url: str
    link: str


def steps(connection: Connection, settings: Settings, top: int, now: datetime) -> list[Step]:
    """What stands between the places below `top` and their first voice, in the order to do it."""
    stores = connection.execute(select(place).where(place.c.kind == "store", below(top)).order_by(place.c.id)).all()
    ids = [each.id for each in stores]
    return [
        _address(settings),
        *_organisation(connection, top),
        _people(connection, top),
        _places(ids),
        _hours([each.name for each in stores if not each.opening_hours], has_stores=bool(ids)),
        _touchpoints(connection, ids),
        _survey(connection, top, now),
        _kiosks(connection, top, len(ids)),
        _ladder(connection, top, ids),
        _printers(connection, ids),
        _mail(connection, settings, top),
    ]


def _address(settings: Settings) -> Step:
    is_open = leads_nowhere(settings)
    said = (
        _("Links in codes lead to this machine alone. Set url in smilepost.toml to the address customers reach.")
        if is_open
        else _("Codes lead to %(url)s.", url=settings.url)
    )
    return Step("address", _("Address"), "open" if is_open else "done", said, url_for("guide.guide"), _("Look again"))


def _organisation(connection: Connection, top: int) -> list[Step]:
    """Of the organisation alone; who sets a region up has it given."""
    here = connection.execute(select(place.c.name, place.c.kind).where(place.c.id == top)).one()
    if here.kind != "organisation":
        return []
    known = proof(connection, ORGANISATION)
    said = (
        _("It is called %(name)s.", name=here.name)
        if known
        else _("It is called %(name)s so far. Look through its name, time zone, language and currency.", name=here.name)
    )
    state: State = "done" if known else "open"
    return [Step("organisation", _("The organisation"), state, said, url_for("guide.organisation"), _("Look at it"))]


def _people(connection: Connection, top: int) -> Step:
    here = account.join(place, place.c.id == account.c.place_id)
    alive = below(top), account.c.ended_at.is_(None)
    count = connection.execute(select(func.count()).select_from(here).where(*alive)).scalar_one()
    weak = select(func.count()).select_from(here).where(*alive, account.c.role == "admin", account.c.password.is_(None))
    if connection.execute(weak.where(account.c.subject.is_(None))).scalar_one():
        state: State = "open"
        said = _("Somebody who may do everything has no password yet. Choose one, then invite the others.")
    else:
        state = "done" if count > 1 else "wait"
        said = (
            _("You are alone here. Invite those who look after the stores.")
            if count == 1
            else ngettext("%(num)s person has an account.", "%(num)s people have an account.", count)
        )
    return Step("people", _("People"), state, said, url_for("people.people"), _("People"))


def _places(ids: list[int]) -> Step:
    said = (
        ngettext("There is one store.", "There are %(num)s stores.", len(ids)) if ids else _("There is no store yet.")
    )
    return Step("places", _("Places"), "done" if ids else "open", said, url_for("places.tree"), _("Places"))


def _hours(unknown: list[str], *, has_stores: bool) -> Step:
    if not has_stores:
        return _first_a_store("hours", _("Opening hours"))
    said = (
        _(
            "Not known yet of: %(stores)s. Presses while a store is closed are told apart by them.",
            stores=_some(unknown),
        )
        if unknown
        else _("All stores have opening hours.")
    )
    return Step("hours", _("Opening hours"), "open" if unknown else "done", said, url_for("places.tree"), _("Places"))


def _first_a_store(name: str, title: str) -> Step:
    return Step(name, title, "open", _("First a store."), url_for("places.tree"), _("Places"))


def _touchpoints(connection: Connection, ids: list[int]) -> Step:
    if not ids:
        return _first_a_store("touchpoints", _("Touchpoints"))
    has = select(touchpoint.c.store_id).where(touchpoint.c.ended_at.is_(None))
    without = connection.scalars(select(place.c.name).where(place.c.id.in_(ids), place.c.id.not_in(has))).all()
    said = (
        _("None yet at: %(stores)s. Entrance, Checkout and Exit are a good beginning.", stores=_some(list(without)))
        if without
        else _("Each store has touchpoints.")
    )
    state: State = "open" if without else "done"
    return Step("touchpoints", _("Touchpoints"), state, said, url_for("places.tree"), _("Places"))


def _survey(connection: Connection, top: int, now: datetime) -> Step:
    try:
        said = _("“%(name)s” is asked.", name=survey_at(connection, top, now).name)
        state: State = "done"
    except NothingAsked:
        said, state = _("No survey is asked yet."), "open"
    return Step("survey", _("Survey"), state, said, url_for("surveys.home"), _("Surveys"))


def _kiosks(connection: Connection, top: int, stores: int) -> Step:
    covered = count_covered_stores(connection, top)
    if not covered:
        said = _(
            "None has been heard yet. A technician makes one with smilepost provision kiosk (docs/technicians.md)."
        )
        return Step("kiosks", _("Kiosks"), "open", said, url_for("console.kiosks"), _("Kiosks"))
    said = ngettext(
        "%(num)s of %(stores)s stores has a kiosk.",
        "%(num)s of %(stores)s stores have a kiosk.",
        covered,
        stores=stores,
    )
    state: State = "done" if covered >= stores else "wait"
    return Step("kiosks", _("Kiosks"), state, said, url_for("console.kiosks"), _("Kiosks"))


def _ladder(connection: Connection, top: int, ids: list[int]) -> Step:
    if not ids:
        return _first_a_store("ladder", _("Ladder"))
    reached = select(account.c.place_id).where(
        who_may("act"), or_(account.c.email.is_not(None), account.c.phone.is_not(None))
    )
    above = (
        select(func.unnest(place.c.path).label("id"), place.c.id.label("store")).where(place.c.id.in_(ids)).subquery()
    )
    heard = select(above.c.store).where(above.c.id.in_(reached)).distinct()
    count = len(connection.scalars(heard).all())
    is_done = count == len(ids)
    said = (
        _("Of each store's cases somebody is told by e-mail or SMS.")
        if is_done
        else _(
            "Of the cases of %(count)s of %(stores)s stores nobody is told: give an account there an e-mail address.",
            count=len(ids) - count,
            stores=len(ids),
        )
    )
    url = url_for("case_policy.ladder", place_id=top)
    return Step("ladder", _("Ladder"), "done" if is_done else "open", said, url, _("Ladder"))


def _printers(connection: Connection, ids: list[int]) -> Step:
    """Done where each has printed: the queue knows by the printer itself, or by somebody who saw the slip."""
    target = func.concat("printer/", printer.c.id)
    has_printed = select(job.c.id).where(job.c.target == target, job.c.state == "done").exists()
    rows = connection.execute(
        select(printer.c.name, printer.c.store_id, place.c.name.label("store"), has_printed.label("has_printed"))
        .join(place, place.c.id == printer.c.store_id)
        .where(printer.c.store_id.in_(ids), printer.c.retired_at.is_(None))
        .order_by(printer.c.store_id, printer.c.id)
    ).all()
    silent = [row for row in rows if not row.has_printed]
    if not rows:
        said = _("None. Receipt codes need one; kiosks and posters do not.")
        return Step("printers", _("Printers"), "wait", said, url_for("console.home"), _("Stores"))
    if silent:
        names = [_("%(printer)s at %(store)s", printer=row.name, store=row.store) for row in silent]
        said = _("Nothing has come out yet of: %(printers)s. Print a test page there.", printers=_some(names))
        url = url_for("printers.of_store", store_id=silent[0].store_id)
        return Step("printers", _("Printers"), "open", said, url, _("Printers of %(store)s", store=silent[0].store))
    count = len({row.store_id for row in rows})
    said = ngettext("%(num)s store prints.", "%(num)s stores print.", count)
    return Step("printers", _("Printers"), "done", said, url_for("console.home"), _("Stores"))


def _mail(connection: Connection, settings: Settings, top: int) -> Step:
    """Done where somebody has seen a test message arrive: that a mail server took it says too little."""
    zone = zone_of(connection, top)
    state: State = "open"
    if not (settings.smtp and settings.mail_from):
        said = _("No mail server is set up: set smtp and mail_from in smilepost.toml. Until then messages wait.")
    elif known := proof(connection, mail_of(settings)):
        state, sender, who = "done", settings.mail_from, known.who
        said = _(
            "Mail goes from %(sender)s. %(who)s has seen it arrive, %(time)s.",
            sender=sender,
            who=who,
            time=when(known.at, zone),
        )
    elif left := test_mail_left(connection, settings):
        said = _(
            "The mail server took the test message, %(time)s. Did it come? Look among unwanted mail, too.",
            time=when(left, zone),
        )
    else:
        said = _("Mail goes from %(sender)s. Send yourself one, and see that it arrives.", sender=settings.mail_from)
    return Step("mail", _("Mail"), state, said, url_for("accounts.own_account"), _("Account"))


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
