"""Who gets which report: chosen for people by those above them, or by themselves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from collector.accounts.tables import account
from collector.places.queries import below, ever_below
from collector.places.tables import place
from collector.reports.days import Period
from collector.reports.tables import report, report_issue

#: Why nothing was kept.
NOT_THEIRS, HAS_IT = "not theirs", "has it"


def visible_reports(
    connection: Connection, place_id: int, *, account_id: int | None = None, ended: bool = False
) -> Sequence[Row[Any]]:
    """Reports about the places that the people of a place see, by place and person; each with its last issue.

    Parameters
    ----------
    account_id: only those that this account gets.
    ended: those that were ended, instead; the last first.
    """
    query = _reports().where(below(place_id), _of_theirs(place_id))
    if account_id is not None:
        query = query.where(report.c.account_id == account_id)
    if ended:
        return connection.execute(query.where(report.c.ended_at.is_not(None)).order_by(report.c.ended_at.desc())).all()
    query = query.where(report.c.ended_at.is_(None), account.c.ended_at.is_(None))
    return connection.execute(query.order_by(place.c.path, account.c.name, report.c.period, report.c.id)).all()


def visible_report(connection: Connection, place_id: int, report_id: int) -> Row[Any] | None:
    """One report; None where there is none with this id, or the people of the place do not see what it is about."""
    here = below(place_id), _of_theirs(place_id), report.c.id == report_id
    return connection.execute(_reports().where(*here)).first()


def _of_theirs(place_id: int) -> ColumnElement[bool]:
    """Of people of the place and below: what those above get is theirs."""
    theirs = select(place.c.id).where(ever_below(place_id)).scalar_subquery()
    return account.c.place_id.in_(theirs)


def _reports() -> Select[Any]:
    last = select(func.max(report_issue.c.last)).where(report_issue.c.report_id == report.c.id).scalar_subquery()
    return (
        select(
            report,
            place.c.name.label("place"),
            place.c.kind,
            account.c.name.label("person"),
            account.c.email.is_not(None).label("has_email"),
            last.label("last_issue"),
        )
        .join(place, place.c.id == report.c.place_id)
        .join(account, account.c.id == report.c.account_id)
    )


def people(connection: Connection, place_id: int, *, but: int | None = None) -> Sequence[Any]:
    """Whom the people of a place may choose reports for: those of their place and below, by name.

    Parameters
    ----------
    but: an account that is left out.
    """
    return connection.execute(
        select(account.c.id, account.c.name, account.c.email, place.c.name.label("place"))
        .join(place, place.c.id == account.c.place_id)
        .where(below(place_id), account.c.ended_at.is_(None), account.c.id != (but or 0))
        .order_by(account.c.name)
    ).all()


def subscribe(
    connection: Connection, *, place_id: int, account_id: int, period: Period, author: str, key: str, now: datetime
) -> str | None:
    """Have somebody get a report from now on; a sentence's key (NOT_THEIRS, HAS_IT) where it cannot be.

    Whoever calls has seen to it that the place and the person are the author's to choose.

    Parameters
    ----------
    key: of the form: a double tap is one report.
    """
    theirs = select(account.c.id).join(place, account.c.place_id == func.any(place.c.path))
    theirs = theirs.where(account.c.id == account_id, place.c.id == place_id, account.c.ended_at.is_(None))
    # One at a time for each person: two forms at once make one report.
    if connection.scalar(theirs.with_for_update(of=account)) is None:
        return NOT_THEIRS
    same = report.c.place_id == place_id, report.c.account_id == account_id, report.c.period == period
    known = connection.execute(select(report.c.key).where(*same, report.c.ended_at.is_(None))).first()
    if known:
        return None if known.key == key else HAS_IT
    values = {"place_id": place_id, "account_id": account_id, "period": period, "author": author, "key": key}
    made = insert(report).values(**values, created_at=now, since=now)
    connection.execute(made.on_conflict_do_nothing(index_elements=["key"]))
    return None


def end(connection: Connection, report_id: int, now: datetime) -> bool:
    """They get it no more. Whether they did until now."""
    ended = update(report).where(report.c.id == report_id, report.c.ended_at.is_(None)).values(ended_at=now)
    return connection.execute(ended).rowcount == 1


def bring_back(connection: Connection, report_id: int, now: datetime) -> bool:
    """They get it again, from the next one on. Whether it had been ended."""
    again = update(report).where(report.c.id == report_id, report.c.ended_at.is_not(None))
    return connection.execute(again.values(ended_at=None, since=now)).rowcount == 1
