"""Opening cases: by the rules of a survey, by hand, and for an alert; never two for one identity."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from flask_babel import gettext as _
from sqlalchemy import Connection, Engine, func, insert, or_, select, update
from sqlalchemy.exc import OperationalError

from collector.alerts.tables import alert
from collector.cases.changes.by_customer import customer_completes
from collector.cases.changes.conditional import Doer, KeyUsed, NotAllowed, event_of_key, needed
from collector.cases.changes.events import SMILEPOST, write_event
from collector.cases.changes.telling import acknowledge
from collector.cases.rules.opens import Said, opens
from collector.cases.rules.policy import CaseKind
from collector.cases.standing import ladder_of, turn
from collector.cases.tables import UNRESOLVED, cases
from collector.places.queries import visible_store
from collector.places.tables import touchpoint
from collector.ratings.kinds import Channel, word
from collector.ratings.scale import reply_of
from collector.settings import Settings
from collector.surveys.definition import Definition
from collector.surveys.marks import AnswerMark, is_heard
from collector.surveys.recording import give_position
from collector.surveys.tables import answer, contact, question, survey, survey_version

log = structlog.get_logger()

#: How long a partial answer may take before it is looked at as it is.
PATIENCE = timedelta(minutes=10)
#: Longest subject of a case that was opened by hand, characters.
LONGEST_SUBJECT = 200


def examine(connection: Connection, settings: Settings, answer_id: int, now: datetime) -> int | None:
    """Let the rules say whether an answer opens a case, and open it; returns the case that the answer has then.

    One that was examined while it was partial is looked at again when more was said. What is marked as nonsense and
    what staff say about their work opens none.
    """
    address = select(contact.c.address).where(contact.c.answer_id == answer.c.id).scalar_subquery()
    examined = (
        update(answer)
        .where(answer.c.id == answer_id, survey_version.c.id == answer.c.version_id)
        .where(survey.c.id == survey_version.c.survey_id)
        .values(examined_at=now)
        .returning(answer, survey_version.c.definition, survey.c.audience, address.label("address"))
    )
    row = connection.execute(examined).one()
    own = select(cases.c.id).where(cases.c.answer_id == answer_id).order_by(cases.c.id).limit(1)
    if (case_id := connection.scalar(own)) is not None:
        if row.completed_at is not None and (row.comment or row.address):
            customer_completes(connection, settings, int(case_id), answer_id, row.completed_at)
        acknowledge(connection, settings, int(case_id), now)
        return int(case_id)
    is_said = is_heard(AnswerMark(row.mark), row.comment, has_contact=row.address is not None)
    if row.audience != "customers" or not is_said:
        return None
    definition = msgspec.convert(row.definition, Definition)
    kind = opens(definition.opens, _said(connection, row, definition))
    if kind is None:
        return None
    values = {"answer_id": answer_id, "kind": kind, "touchpoint_id": row.touchpoint_id}
    channel = word(Channel(row.channel))
    return _open(connection, settings, f"answer:{answer_id}", row.store_id, now, channel=channel, **values)


def examine_left(engine: Engine, settings: Settings, now: datetime) -> int:
    """Examine what nobody has: partial answers that were not completed within 10 minutes, and those that a person has
    said are no nonsense. Returns how many have a case then.

    Each has its own transaction; what another one holds is being completed right now.
    """
    ready = or_(answer.c.completed_at.is_not(None), answer.c.submitted_at <= now - PATIENCE)
    left = select(answer.c.id).where(answer.c.examined_at.is_(None), ready)
    with engine.connect() as connection:
        found = connection.scalars(left.order_by(answer.c.submitted_at)).all()
    return sum(_examine_or_tell(engine, settings, answer_id, now) for answer_id in found)


def _examine_or_tell(engine: Engine, settings: Settings, answer_id: int, now: datetime) -> bool:
    """One answer that cannot be examined holds up no other; it is tried again at the next round."""
    try:
        with engine.begin() as connection:
            still = select(answer.c.id).where(answer.c.id == answer_id, answer.c.examined_at.is_(None))
            if connection.execute(still.with_for_update(skip_locked=True)).first() is None:
                return False
            if examine(connection, settings, answer_id, now) is None:
                return False
            give_position(connection, answer_id)  # the list of answers shows its case
            return True
    except OperationalError:
        raise  # the database is away for all of them
    except Exception:
        log.exception("answer could not be examined", answer=answer_id)
        return False


def open_by_hand(
    connection: Connection,
    settings: Settings,
    by: Doer,
    *,
    store_id: int,
    touchpoint_id: int | None,
    kind: CaseKind,
    subject: str,
) -> int:
    """Open a case that nobody's answer has opened; the same one again for the same `by.key`.

    Parameters
    ----------
    subject: what it is about; the people of the store read it.

    Raises
    ------
    KeyUsed: the key is that of another change.
    NotAllowed: there is no such store or touchpoint, or the subject is missing or too long.
    """
    said = needed(subject)
    if len(said) > LONGEST_SUBJECT:
        raise NotAllowed(_("Make it shorter: %(most)s characters at most.", most=LONGEST_SUBJECT))
    if by.key is not None and (event := event_of_key(connection, by.key)) is not None:
        same = select(cases.c.id).where(
            cases.c.id == event.case_id, cases.c.identity == f"hand:{by.key}", cases.c.subject == said
        )
        if event.kind != "opened" or connection.scalar(same) is None:
            raise KeyUsed(by.key)
        return int(event.case_id)
    if visible_store(connection, by.place_id, store_id) is None:
        raise NotAllowed(_("There is no such store, or you do not see it."))
    stands = select(touchpoint.c.id).where(touchpoint.c.id == touchpoint_id, touchpoint.c.store_id == store_id)
    if touchpoint_id is not None and connection.execute(stands).first() is None:
        raise NotAllowed(_("There is no such touchpoint in this store."))
    identity = f"hand:{by.key or secrets.token_urlsafe(16)}"
    values: dict[str, Any] = {"kind": kind, "touchpoint_id": touchpoint_id, "subject": said}
    return _open(connection, settings, identity, store_id, by.now, by=by, **values)


def open_for_alert(connection: Connection, settings: Settings, alert_id: int, now: datetime) -> int:
    """Open the case of an alert. While one of the same rule and subject is not resolved, it is that one."""
    row = connection.execute(select(alert).where(alert.c.id == alert_id)).one()
    # Of two who open one for the same subject at once, the second finds the first one's.
    lock = f"alert/{row.rule}/{row.subject}"
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(lock, 0))))
    known = (
        select(cases.c.id)
        .join(alert, alert.c.id == cases.c.alert_id)
        .where(alert.c.rule == row.rule, alert.c.subject == row.subject)
        .where(or_(cases.c.state.in_(UNRESOLVED), alert.c.id == alert_id))
        .order_by(cases.c.id.desc())
    )
    if (case_id := connection.scalar(known.limit(1))) is not None:
        return int(case_id)
    values = {"kind": "alert", "touchpoint_id": row.touchpoint_id, "alert_id": alert_id}
    return _open(connection, settings, f"alert:{alert_id}", row.store_id, now, **values)


def _open(
    connection: Connection,
    settings: Settings,
    identity: str,
    store_id: int,
    now: datetime,
    *,
    channel: str | None = None,
    by: Doer | None = None,
    **values: Any,
) -> int:
    found = ladder_of(connection, store_id)
    by_channel = found.policy.for_channel(channel)
    named = by_channel.responsible if by_channel else None
    responsible = next((each.id for each in found.accounts if each.name == named), None)
    placed = {"identity": identity, "store_id": store_id, "account_id": responsible, "opened_at": now}
    opened = insert(cases).values(**placed, **turn(found.first), **values).returning(cases.c.id)
    case_id = int(connection.execute(opened).scalar_one())
    author, key = (by.name, by.key) if by else (SMILEPOST, None)
    write_event(connection, settings, case_id, "opened", author, now, None, key, ladder=found)
    return case_id


def _said(connection: Connection, row: Any, definition: Definition) -> Said:
    nps = [row.replies[scale.key] for scale in definition.scales if scale.kind == "nps" and scale.key in row.replies]
    first = definition.first
    if first.kind == "nps" and first.key not in row.replies and row.button is not None:
        kind = connection.scalar(select(question.c.kind).where(question.c.id == row.question_id))
        if kind == "nps":  # of a press, whose kiosk asked just that
            nps.append(reply_of("nps", row.button, first.buttons))
    return Said(row.score, nps, row.comment, row.address is not None)
