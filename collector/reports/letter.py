"""A report as an e-mail: plain text, the same in the house's style, and the sheets as a file.

Nothing in it is loaded from anywhere, and nothing tells us that it was opened.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from collector.contacts.outgoing import Attached
from collector.contacts.words import Letter
from collector.posters.faces import DRAWINGS
from collector.posters.pdf import pdf
from collector.reports.report import Report
from collector.reports.sentences import change_said, change_short, tables, trust_said
from collector.reports.sheets import sheets
from collector.reports.words import Speech
from printer.text import seen

#: Rows of the table in the mail itself; all of them are on the sheets.
MOST_ROWS = 12
#: What one file system or the other does not take in a name.
_NO_FILE_NAME = re.compile(r'[\\/:*?"<>|\s]+')

_pages = Environment(
    loader=PackageLoader("collector.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@dataclass(frozen=True)
class Links:
    """Where whoever reads goes on."""

    #: The report in the console; and where it is changed or ended.
    report: str
    reports: str
    #: Who chose it for them.
    author: str


@dataclass(frozen=True)
class ReportLetter:
    letter: Letter
    html: str
    attached: Attached


def written(report: Report, speech: Speech, links: Links) -> ReportLetter:
    words = speech.words
    value = f"{speech.number(report.index.value)} {words.of_100}" if report.index else nothing_said(report, speech)
    subject = f"{report.place} · {value} · {speech.days(report.days)}"
    why = words.why.format(author=links.author)
    body = (*_paragraphs(report, speech, value), f"{words.look}:", links.report, why, links.reports)
    html = _pages.get_template("reports/mail.html").render(
        report=report,
        speech=speech,
        words=words,
        value=value,
        links=links,
        why=why,
        tables=tables(report, speech, MOST_ROWS),
        colours={face: drawing.colour for face, drawing in DRAWINGS.items()},
        change=change_said(report, speech),
        trust=trust_said(report, speech),
        change_short=change_short,
        cases=cases_said(report, speech),
    )
    return ReportLetter(Letter(" ".join(seen(subject).split()), body, ""), html, as_file(report, speech))


def nothing_said(report: Report, speech: Speech) -> str:
    return speech.words.closed if report.is_closed else speech.words.nothing


def as_file(report: Report, speech: Speech) -> Attached:
    """The sheets, named so that they sort by place and day."""
    title = seen(f"{report.place} · {speech.words.titles[report.days.period]} · {speech.days(report.days)}")
    first, *further = sheets(report, speech)
    return Attached(file_name(report), "application/pdf", pdf(first, title, *further, language=speech.language))


def file_name(report: Report, what: str = "") -> str:
    """What a file is called: by place, period and day."""
    parts = (seen(report.place), what, report.days.period, report.days.first.isoformat())
    return _NO_FILE_NAME.sub("-", " ".join(part for part in parts if part)) + ".pdf"


def _paragraphs(report: Report, speech: Speech, value: str) -> Sequence[str]:
    words = speech.words
    head = f"{report.place}\n{words.titles[report.days.period]} · {speech.days(report.days)}"
    if report.index is None:
        return (head, value)
    said = [
        head,
        f"{words.index}: {value} ± {speech.margin(report.index.margin)}\n"
        f"{words.counted.format(count=speech.number(report.index.count))}\n{change_said(report, speech)}",
        "\n".join(
            f"{speech.face(share.face)}: {share.percent} % ({speech.number(share.count)})" for share in report.shares
        ),
    ]
    for title, rows in tables(report, speech, MOST_ROWS):
        lines = [
            f"{row.name}: {speech.number(row.index.value)} ± {speech.margin(row.index.margin)}"
            f" ({speech.number(row.index.count)}), {change_short(row.change, speech)}"
            for row in rows
            if row.index
        ]
        if lines:
            said.append("\n".join((title, *lines)))
    if report.reasons:
        said.append(
            "\n".join((words.reasons, *(f"{reason}: {speech.number(count)}" for reason, count in report.reasons)))
        )
    if counts := cases_said(report, speech):
        said.append("\n".join((words.cases, *(f"{word}: {speech.number(count)}" for word, count in counts))))
    if report.improvements:
        said.append("\n".join((words.improvements, *(f"– {each}" for each in report.improvements))))
    return (*said, trust_said(report, speech))


def cases_said(report: Report, speech: Speech) -> Sequence[tuple[str, int]]:
    """What became of complaints, as rows; none where there was none."""
    words, cases = speech.words, report.cases
    counts = (
        (words.opened, cases.opened),
        (words.resolved, cases.resolved),
        (words.late, cases.late),
        (words.waiting, cases.waiting),
    )
    return counts if any(count for _, count in counts) else ()
