"""What a report's figures say as sentences, in its language (pure)."""

from collections.abc import Sequence

from collector.insights.compare import Comparison, TooFew
from collector.reports.report import Report, Row
from collector.reports.words import Speech


def change_said(report: Report, speech: Speech) -> str:
    """The change of the index as a sentence."""
    words, change = speech.words, report.change
    if isinstance(change, TooFew):
        return words.too_few
    sentence = words.surely if change.is_sure else words.same
    against = words.against[report.days.period]
    return sentence.format(change=speech.signed(change.change), margin=speech.points(change.margin), before=against)


def change_short(change: Comparison | TooFew, speech: Speech) -> str:
    """The same in a table: +6 ± 4; a dash where too few rated to say."""
    if isinstance(change, TooFew):
        return "–"
    return f"{speech.signed(change.change)} ± {speech.points(change.margin)}"


def trust_said(report: Report, speech: Speech) -> str:
    """How far the figures can be trusted, in one line."""
    words, trust = speech.words, report.trust
    counted, every = speech.number(trust.counted), speech.number(trust.heard)
    parts = [words.trust.format(counted=counted, all=every, marked=speech.number(trust.marked_share))]
    if trust.uptime is not None:
        parts.append(words.uptime.format(percent=speech.number(trust.uptime)))
    if trust.on_its_way:
        parts.append(words.on_its_way.format(count=speech.number(trust.on_its_way)))
    return " ".join(parts)


def tables(report: Report, speech: Speech, most: int | None = None) -> list[tuple[str, Sequence[Row]]]:
    """The first rows below their titles: stores that got worse by more than chance apart from the others."""
    words, rows = speech.words, report.rows[:most]
    if report.kind == "store":
        titled = [(words.by_touchpoint, rows)]
    else:
        worse = [row for row in rows if row.is_worse]
        others = [row for row in rows if not row.is_worse]
        titled = [(words.by_store, worse), (words.other_stores if worse else words.stores, others)]
    return [(title, found) for title, found in titled if found]
