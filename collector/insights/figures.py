"""All measures of the field of what was heard at once, each where it was asked."""

from collections import Counter
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, select

from collector.insights import measures
from collector.insights.heard import Heard
from collector.insights.index import Tally
from collector.insights.measures import Item, Measure
from collector.surveys.tables import question


@dataclass(frozen=True)
class Figures:
    """None where nobody answered."""

    index: Measure | None
    nps: Measure | None
    nps_of_100: Measure | None
    csat: Measure | None
    csi: Measure | None
    ces: Measure | None
    #: Mean perception − mean expectation of all pairs.
    gap: Measure | None


def figures(connection: Connection, heard: Heard) -> Figures:
    """The measures of what was heard.

    CSAT is of stars where they are asked, else of the faces. Of CSI each question of perception is an item, as
    important as what was expected in the same words.
    """
    nps, expected, perceived = heard.tally("nps"), heard.tally("expectation"), heard.tally("perception")
    return Figures(
        index=measures.smiley_index(heard.tally()),
        nps=measures.nps(nps),
        nps_of_100=measures.nps_of_100(nps),
        csat=measures.csat(heard.tally("stars")) or measures.csat(heard.tally()),
        csi=measures.csi(_items(connection, heard)) if perceived else None,
        ces=measures.ces(heard.tally("ces")),
        gap=measures.gap(expected, perceived),
    )


def _items(connection: Connection, heard: Heard) -> list[Item]:
    expected, perceived = _by_words(connection, heard, "expectation"), _by_words(connection, heard, "perception")
    important = {words: measures.mean_reply(tally) for words, tally in expected.items()}
    return [Item(tally, found.value if (found := important.get(words)) else 1.0) for words, tally in perceived.items()]


def _by_words(connection: Connection, heard: Heard, kind: str) -> dict[bytes, Tally]:
    """What was answered, by the words of the question: in several surveys the same words are one question."""
    found: dict[bytes, Counter[tuple[int, int]]] = {}
    asked = heard.of(kind).questions
    for row in connection.execute(select(question.c.id, question.c.text).where(question.c.id.in_(asked))):
        words = msgspec.json.encode(row.text, order="sorted")
        found.setdefault(words, Counter()).update(asked[row.id].tally(kind))
    return dict(found)
