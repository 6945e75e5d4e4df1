"""The measures of the field where they are asked: each with its interval, its count, and what it means."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import Connection, select

from collector.charts.bars import Bars, Item, bars
from collector.charts.distribution import Distribution, distribution
from collector.charts.gap import GapChart, Pair, gap_chart
from collector.charts.units import Unit
from collector.insights import measures as field
from collector.insights.compare import FEWEST
from collector.insights.figures import figures
from collector.insights.heard import Heard
from collector.insights.index import Tally
from collector.insights.measures import Measure
from collector.surveys.definition import in_language
from collector.surveys.tables import question


@dataclass(frozen=True)
class Shown:
    """One measure."""

    name: str
    measure: Measure
    unit: Unit
    #: What it is, and from what to what it goes.
    about: str

    @property
    def few(self) -> bool:
        """Too few answers to compare it with anything."""
        return self.measure.count < FEWEST


@dataclass(frozen=True)
class Measures:
    shown: Sequence[Shown]
    #: How many gave 0 … 10; None where nobody was asked.
    recommend: Distribution | None
    gaps: GapChart | None
    #: The index of further questions with faces.
    further: Bars | None


def measures_of(connection: Connection, heard: Heard, language: str) -> Measures:
    """What customers were asked beside the faces at the exit."""
    texts = _texts(connection, heard, language)
    expected, perceived = _by_text(heard, "expectation", texts), _by_text(heard, "perception", texts)
    nps, of = heard.tally("nps"), figures(connection, heard)
    found: list[tuple[str, Measure | None, Unit, str]] = [
        (_("NPS"), of.nps, "nps", _("−100 to 100: per cent of 9 and 10, less per cent of 0 to 6")),
        (_("NPS of 100"), of.nps_of_100, "index", _("the same from 0 to 100: 50 is as many for as against")),
        (_("Satisfied (CSAT)"), of.csat, "percent", _("who chose one of the better answers")),
        (_("Effort (CES)"), of.ces, "seven", _("1 to 7: how easy it was; 7 is easiest")),
        (_("Satisfaction index (CSI)"), of.csi, "index", _("0 to 100: what was found, weighted by what was expected")),
    ]
    return Measures(
        [Shown(name, measure, unit, about) for name, measure, unit, about in found if measure],
        distribution([(str(reply), None, nps[10 - reply + 1, 11]) for reply in range(11)]),
        gap_chart(_pairs(expected, perceived), "five"),
        bars([item_of(said, field.smiley_index(tally)) for said, tally in _by_text(heard, "faces", texts).items()]),
    )


def item_of(label: str, measure: Measure | None, url: str | None = None) -> Item:
    """A measure as a bar."""
    if measure is None:
        return Item(label, None, None, None, 0, url=url)
    return Item(label, measure.value, measure.low, measure.high, measure.count, few=measure.count < FEWEST, url=url)


def _pairs(expected: Mapping[str, Tally], perceived: Mapping[str, Tally]) -> list[Pair]:
    pairs = []
    for said, tally in perceived.items():
        gap = field.gap(expected.get(said, {}), tally)
        wanted, got = field.mean_reply(expected.get(said, {})), field.mean_reply(tally)
        if gap and wanted and got:
            pairs.append(Pair(said, wanted.value, got.value, gap.count, gap.margin))
    return pairs


def _by_text(heard: Heard, kind: str, texts: Mapping[int, str]) -> dict[str, Tally]:
    """The tallies of all questions of a kind, by their words: what several surveys ask alike is one."""
    found: dict[str, Counter[tuple[int, int]]] = {}
    for question_id, each in heard.of(kind).questions.items():
        found.setdefault(texts[question_id], Counter()).update(each.tally(kind))
    return dict(found)


def _texts(connection: Connection, heard: Heard, language: str) -> dict[int, str]:
    wanted = {cell.question_id for cell in heard.cells if cell.kind in {"expectation", "perception", "faces"}}
    if not wanted:
        return {}
    rows = connection.execute(select(question.c.id, question.c.text).where(question.c.id.in_(wanted)))
    return {row.id: in_language(row.text, language) for row in rows}
