"""What the page of insights shows of a place, from what was heard there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask import url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.charts.bars import Bars, bars
from collector.charts.distribution import Distribution, distribution
from collector.charts.heat_map import HeatMap, heat_map
from collector.charts.pareto import Pareto, pareto
from collector.charts.trend import Trend, trend
from collector.insights.anomalies import WEEKS, Anomaly, anomalies
from collector.insights.asked import Asked
from collector.insights.compare import BeforeAfter, Comparison, TooFew, before_after, compare
from collector.insights.faces import shares
from collector.insights.heard import Heard, heard, heard_below, heard_in_all
from collector.insights.hours import hours
from collector.insights.index import Tally
from collector.insights.measures import Measure, smiley_index
from collector.insights.pages.measures import Measures, item_of, measures_of
from collector.insights.pages.reasons import bad_reasons
from collector.insights.pages.steps import Step, steps
from collector.insights.trust import Trust, days_away, trust
from collector.own_words.say import face_word
from collector.places.hours import WEEKDAYS, OpeningHours, open_slots
from collector.places.queries import Place, Store, opening_hours_below, touchpoints, visible_store, visible_stores
from collector.surveys.pages.queries import has_staff_survey
from collector.surveys.pages.staff import Quarter, this_quarter

#: Odd days that are listed.
ODD = 5
#: Fewer ratings in an hour of the week say nothing.
FEWEST_AN_HOUR = 10
#: Of this many days at most it is looked up why ratings were not counted.
LOOKED_THROUGH = 31


@dataclass(frozen=True)
class Page:
    heard: Heard
    #: None: nothing counted.
    index: Measure | None
    trust: Trust
    #: Beside the period just before, and beside the same weeks a year ago where those were heard of.
    before: Comparison | TooFew
    a_year_ago: Comparison | TooFew | None
    step: Step
    trend: Trend | None
    distribution: Distribution | None
    #: Of a store.
    by_touchpoint: Bars | None
    heat_map: HeatMap | None
    #: The first day of which it has the hours.
    hours_from: date
    reasons: Pareto | None
    odd: Sequence[Anomaly]
    #: Days with few ratings on which kiosks were away.
    away: Sequence[date]
    #: Days on which they were there, and nobody pressed.
    silent: Sequence[date]
    measures: Measures
    #: What the staff say, where they are asked and the reader may hear it.
    staff: Quarter | None
    #: What became of the index from `change` on; None: no day was picked, or it is not in the period.
    change: date | None
    changed: BeforeAfter | TooFew | None


def page_of(connection: Connection, place: Place, asked: Asked, today: date, change: date | None) -> Page:
    """Everything on the page.

    Parameters
    ----------
    change: a day that the reader picked: was it better from then on?
    """
    # In one statement with the weeks before it, beside which its days are looked at.
    longer = heard(connection, replace(asked, first=asked.first - timedelta(weeks=WEEKS)))
    tallies = {day: each.tally() for day, each in longer.days.items()}
    days = {day: tally for day, tally in tallies.items() if day >= asked.first}
    found = Heard([cell for cell in longer.cells if cell.day and cell.day >= asked.first])
    store = visible_store(connection, place.id, place.id) if place.kind == "store" else None
    opening_hours = opening_hours_below(connection, place.id)
    away, closed = days_away(connection, asked), _closed(opening_hours)
    odd = anomalies(tallies, asked.first, min(asked.last, today - timedelta(1)), away, closed)
    stepped = steps(days, asked.first, asked.last, {each.day for each in odd if each.what == "index"})
    change = change if change and asked.first < change <= asked.last else None
    a_year_ago = _index(connection, place, asked.previous_year)
    # Why ratings were not counted is known of whole days alone.
    says_why = store is not None and asked.days <= LOOKED_THROUGH and not asked.opened
    locale = get_locale()
    language = locale.language if locale else "en"
    now, week = smiley_index(found.tally()), hours(connection, asked)
    return Page(
        heard=found,
        index=now,
        trust=trust(connection, asked, found, by_mark=says_why),
        before=compare(_index(connection, place, asked.before), now),
        a_year_ago=compare(a_year_ago, now) if a_year_ago else None,
        step=stepped.step,
        trend=trend(stepped.points, split=change),
        distribution=distribution([(face_word(each.face), each.face, each.count) for each in shares(found.tally())]),
        by_touchpoint=_by_touchpoint(connection, asked, found) if store and not asked.has_touchpoint else None,
        heat_map=heat_map(week.cells, open_slots(store.opening_hours) if store else (), FEWEST_AN_HOUR),
        hours_from=week.first,
        reasons=pareto(bad_reasons(connection, asked, place.zone, language)),
        odd=[each for each in odd if each.what in {"index", "count"}][:ODD],
        silent=sorted(each.day for each in odd if each.what == "silent"),
        away=sorted(each.day for each in odd if each.what == "away"),
        measures=measures_of(connection, found, language),
        staff=_staff(connection, place, store) if viewer().may("voices") else None,
        change=change,
        changed=_changed(days, change) if change else None,
    )


def _index(connection: Connection, place: Place, asked: Asked) -> Measure | None:
    """The index of a whole time: above stores, where days have many parts, they are added up in the database."""
    if place.kind == "store":
        return smiley_index(heard_in_all(connection, asked).tally())
    return smiley_index(heard_below(connection, asked, place.kind)[place.id].tally())


def _changed(days: Mapping[date, Tally], change: date) -> BeforeAfter | TooFew:
    before = [tally for day, tally in days.items() if day < change]
    after = [tally for day, tally in days.items() if day >= change]
    return before_after(before, after)


def _by_touchpoint(connection: Connection, asked: Asked, found: Heard) -> Bars | None:
    """In the order in which a customer meets them; those of which something was heard."""
    parts = found.of().by_touchpoint
    items = []
    for each in touchpoints(connection, asked.place_id):
        if each.id in parts:
            url = url_for("insights.of_place", place_id=asked.place_id, **{**asked.query(), "touchpoint": each.id})
            items.append(item_of(each.name, smiley_index(parts[each.id].tally()), url))
    if 0 in parts:
        items.append(item_of(str(_("of the store as a whole")), smiley_index(parts[0].tally())))
    return bars(items) if len(items) > 1 else None


def _staff(connection: Connection, place: Place, store: Store | None) -> Quarter | None:
    """Of a store; above stores of all of them together, each in whole groups."""
    if store:
        return this_quarter(connection, store) if has_staff_survey(connection, store.id) else None
    stores = visible_stores(connection, place.id)
    found = this_quarter(connection, *stores) if stores else None
    return found if found and found.enps else None


def _closed(opening_hours: Collection[OpeningHours]) -> frozenset[int]:
    """The weekdays on which no store opens; none where the hours of one are not known."""
    if not opening_hours or not all(opening_hours):
        return frozenset()
    opened = {weekday for hours in opening_hours for weekday, _hour in open_slots(hours)}
    return frozenset(range(len(WEEKDAYS))) - opened
