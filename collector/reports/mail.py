"""A report's mail, written when it is sent: from what the database knows then, for whoever may still see it."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import Connection, select

from collector.accounts.tables import account
from collector.contacts.outgoing import Outgoing
from collector.contacts.policy import Refuse
from collector.places.queries import visible_place
from collector.reports.days import Days
from collector.reports.gather import gather
from collector.reports.letter import Links, written
from collector.reports.tables import report, report_issue
from collector.reports.words import Speech
from collector.settings import Settings

#: Why an issue that waited is not sent.
ENDED = "Nobody wants this report any more, or may see it."


def with_report(
    connection: Connection, settings: Settings, message: Outgoing, issue_id: int, now: datetime
) -> Outgoing | Refuse:
    """The message with all that it says."""
    row = connection.execute(
        select(
            report,
            report_issue.c.first,
            report_issue.c.last,
            account.c.place_id.label("sees"),
            account.c.ended_at.label("left_at"),
        )
        .join(report, report.c.id == report_issue.c.report_id)
        .join(account, account.c.id == report.c.account_id)
        .where(report_issue.c.id == issue_id)
    ).one()
    where = visible_place(connection, row.sees, row.place_id)
    if row.ended_at or row.left_at or where is None:
        return Refuse(ENDED)
    found = gather(connection, where, Days(row.period, row.first, row.last), message.language, now)
    page = urlencode({"period": row.period, "day": row.first.isoformat()})
    links = Links(f"{settings.url}/places/{where.id}/report?{page}", f"{settings.url}/reports", row.author)
    letter = written(found, Speech(message.language), links)
    return replace(message, letter=letter.letter, html=letter.html, attached=(letter.attached,))
