"""Who is told what: a message is written once under its key, together with what the contact policy says of it.

1. Its key is known: that is the message, and nothing happens again.
2. The policy judges: it goes now, is held until somebody may be disturbed, or is not sent, with a sentence.
3. What goes now is a job of the queue, in the transaction of the fact that it tells.

The words are made when it is sent, from what `content` holds; links in them are signed then. Who carries out the job
reads the address here: the queue itself knows none.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, exists, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from collector.accounts.tables import account
from collector.addresses import Address, NoAddress, digest, normalised
from collector.cases.tables import cases
from collector.contacts.held import queue
from collector.contacts.judging import hold_receipts, verdict_on
from collector.contacts.policy import LIFETIMES, ContactPolicy, Go, Hold, Refuse
from collector.contacts.tables import STAFF, message
from collector.contacts.tables import consent as consents
from collector.contacts.words import LANGUAGES
from collector.languages import speaking
from collector.places.tables import place
from collector.policies.queries import policy_at
from collector.settings import Settings
from collector.slips.review import issue_review_slip
from collector.surveys.marks import AnswerMark
from collector.surveys.tables import answer, contact
from printer.codes import Receipt, decode

Purpose: TypeAlias = Literal["receipt", "progress", "outcome", "recovery"]
What: TypeAlias = Literal[
    "new", "added", "reminder", "climbed", "review", "alert", "over", "invited", "device", "test", "report"
]

#: How long it is worth telling the staff something.
STAFF_LIFETIME = timedelta(days=1)
#: From this score on a customer is a promoter: the best face, five stars, 9 and 10 of ten.
PROMOTER = 90.0
#: How long a consent to an invitation holds that did not say so.
CONSENT_KEPT = timedelta(days=730)


def tell_customer(
    connection: Connection,
    settings: Settings,
    *,
    case_id: int,
    purpose: Purpose,
    key: str,
    now: datetime,
    words: Mapping[str, str] | None = None,
) -> int | None:
    """Tell a case's customer something, by the one channel they chose; returns the message, None without a contact.

    Parameters
    ----------
    key: what makes the message one, unique in the installation: `case-event/12`.
    words: `text`, what somebody wrote for the customer, in their language.

    Whose device answers again and again may type the addresses of others: until a person has taken the case, nobody is
    told that it is there.
    """
    about = connection.execute(
        select(
            cases.c.store_id,
            cases.c.taken_by,
            answer.c.mark,
            answer.c.language,
            contact.c.address,
            contact.c.consented_at,
        )
        .join(answer, answer.c.id == cases.c.answer_id)
        .join(contact, contact.c.answer_id == answer.c.id)
        .where(cases.c.id == case_id, contact.c.erase_on > now.date())
    ).first()
    if about is None:
        return None
    if purpose == "receipt" and about.mark == AnswerMark.MASHING and about.taken_by is None:
        return None
    return _to_customer(
        connection,
        settings,
        key=f"case/{key}",
        purpose=purpose,
        typed=about.address,
        agreed_at=about.consented_at,
        now=now,
        values={"store_id": about.store_id, "case_id": case_id, "language": about.language},
        content={**(words or {}), "case": case_id},
    )


def thank(connection: Connection, settings: Settings, *, answer_id: int, now: datetime) -> int | None:
    """Thank a promoter who left an address and, if they agreed to that, ask them to tell others; None: not this one.

    Whoever has a case, because they wait for an answer, hears of that; they are asked to tell others a day later.
    """
    about = connection.execute(
        select(answer, contact.c.address, contact.c.consented_at, cases.c.kind.label("case_kind"))
        .join(contact, contact.c.answer_id == answer.c.id)
        .outerjoin(cases, cases.c.answer_id == answer.c.id)
        .where(answer.c.id == answer_id, answer.c.score >= PROMOTER, answer.c.mark == 0)
    ).first()
    if about is None or about.case_kind == "complaint":
        return None
    policy = policy_at(connection, about.store_id, "contacts", ContactPolicy)
    agreed = exists().where(consents.c.source == f"answer/{answer_id}", consents.c.purpose == "review")
    asks = policy.review_link is not None and connection.scalar(select(agreed))
    if about.case_kind and not asks:
        return None
    return _to_customer(
        connection,
        settings,
        key=f"thanks/{answer_id}",
        purpose="review" if asks else "thanks",
        typed=about.address,
        agreed_at=about.consented_at,
        now=now,
        after=timedelta(days=1) if about.case_kind else timedelta(),
        values={"store_id": about.store_id, "language": about.language},
        content={"review": policy.review_link} if asks else {},
    )


def invite(
    connection: Connection,
    settings: Settings,
    *,
    store_id: int,
    address: str,
    language: str,
    consent: str,
    reference: str | None = None,
    touchpoint_id: int | None = None,
    key: str,
    now: datetime,
) -> int:
    """Invite somebody who has bought something to say how it was; returns the message.

    Parameters
    ----------
    address: as the till has it.
    consent: the words to which they said yes when they left it.
    reference: the receipt's number.
    key: of the request, unique in the store.

    Raises
    ------
    NoAddress: nobody can be written to there.
    """
    zone = _zone(connection, store_id)
    known = _known(connection, key := f"invitation/{store_id}/{key}")
    if known is not None:
        return known
    to = normalised(address, zone)
    given = {"digest": digest(settings, to), "purpose": "invitation", "words": consent, "source": key}
    connection.execute(insert(consents).values(**given, given_at=now, ends_on=(now + CONSENT_KEPT).date()))
    message_id = _to_customer(
        connection,
        settings,
        key=key,
        purpose="invitation",
        typed=to.value,
        agreed_at=now,
        now=now,
        values={"store_id": store_id, "language": language},
        content={},
        receipt={"reference": reference, "touchpoint_id": touchpoint_id},
    )
    assert message_id is not None  # noqa: S101 - its address is one
    return message_id


def tell_staff(
    connection: Connection,
    settings: Settings,
    *,
    account_ids: Collection[int],
    what: What,
    store_id: int,
    case_id: int | None = None,
    alert_id: int | None = None,
    key: str,
    now: datetime,
    words: Mapping[str, str | int] | None = None,
    says: Callable[[], str] | None = None,
    lifetime: timedelta = STAFF_LIFETIME,
) -> int:
    """Tell people of the house something, each where their account says: by mail, else by text message.

    Returns how many of them can be told at all.

    Parameters
    ----------
    what: a case is new at their place, its customer has added something, it waits still, has climbed to them, waits for
        their sign-off; an alert; what alerts told of is over; they are invited to sign in; somebody signed in as them
        from a new device; a report is due.
    key: what makes it one: `case-event/12`; each of them hears of it once.
    words: `text`, a sentence about it without anything personal; of an invitation `account`, its number; of a report
        `issue`, its number.
    says: the `text`, where it is to be in the language of each.
    lifetime: how long it is worth telling.
    """
    if not account_ids:
        return 0
    people = select(account.c.id, account.c.email, account.c.phone, account.c.language)
    told, zone = 0, _zone(connection, store_id)
    here = account.c.id.in_(account_ids), account.c.ended_at.is_(None)
    for each in connection.execute(people.where(*here).order_by(account.c.id)):
        typed = each.email or each.phone
        try:
            to = normalised(typed, zone) if typed else None
        except NoAddress:
            to = None  # typed before numbers were checked: its owner looks for themselves
        if to is None:
            continue
        told += 1
        values = {"store_id": store_id, "case_id": case_id, "language": each.language, "purpose": STAFF}
        own = {"text": _in_language(says, each.language)} if says else {}
        content = {**(words or {}), **own, "what": what, "case": case_id, "alert": alert_id}
        row_key, until = f"staff/{each.id}/{key}", now + lifetime
        message_id = _write(connection, settings, row_key, to, now, **values, content=content, expires_at=until)
        if message_id is not None:
            queue(connection, message_id, now)
    return told


def _in_language(says: Callable[[], str], language: str) -> str:
    with speaking(language):
        return says()


def _to_customer(
    connection: Connection,
    settings: Settings,
    *,
    key: str,
    purpose: str,
    typed: str,
    agreed_at: datetime,
    now: datetime,
    values: dict[str, Any],
    content: dict[str, Any],
    after: timedelta = timedelta(),
    receipt: dict[str, Any] | None = None,
) -> int | None:
    """Write a message, judge it, and put it into the queue if it goes now; None: nobody can be written to there.

    Parameters
    ----------
    after: not before so much time has passed.
    receipt: what belongs to the receipt that its link answers for; those that tell of no case have one in any case,
        because the link by which they are stopped is its.
    """
    store_id = values["store_id"]
    try:
        to = normalised(typed, _zone(connection, store_id))
    except NoAddress:
        return None
    not_before = now + after
    expires_at = not_before + LIFETIMES[purpose]
    if purpose == "receipt":
        hold_receipts(connection, digest(settings, to))
    values = {**values, "language": values["language"] if values["language"] in LANGUAGES else "en"}
    content = {**content, "agreed": agreed_at.isoformat()}
    message_id = _write(
        connection, settings, key, to, now, **values, purpose=purpose, content=content, expires_at=expires_at
    )
    if message_id is None:
        return _known(connection, key)
    change: dict[str, Any] = {}
    match verdict_on(connection, message_id, now, not_before):
        case Refuse(why):
            change = {"refused": why}
        case Hold(until):
            change = {"held_until": until}
        case Go():
            pass
    if "refused" not in change and "case_id" not in values:
        change |= _receipt(connection, settings, key, values, receipt or {}, now)
    if change:
        connection.execute(update(message).where(message.c.id == message_id).values(change))
    if not change.keys() & {"refused", "held_until"}:
        queue(connection, message_id, now)
    return message_id


def _write(
    connection: Connection, settings: Settings, key: str, to: Address, now: datetime, **values: Any
) -> int | None:
    """The row of a message; None where there is one with this key."""
    to_whom = {"channel": to.channel, "address": to.value, "digest": digest(settings, to)}
    written = upsert(message).values(key=key, **to_whom, created_at=now, **values)
    return connection.execute(
        written.on_conflict_do_nothing(index_elements=["key"]).returning(message.c.id)
    ).scalar_one_or_none()


def _known(connection: Connection, key: str) -> int | None:
    return connection.execute(select(message.c.id).where(message.c.key == key)).scalar_one_or_none()


def _zone(connection: Connection, store_id: int) -> ZoneInfo:
    return ZoneInfo(connection.execute(select(place.c.time_zone).where(place.c.id == store_id)).scalar_one())


def _receipt(
    connection: Connection,
    settings: Settings,
    key: str,
    values: Mapping[str, Any],
    about: Mapping[str, Any],
    now: datetime,
) -> dict[str, Any]:
    issued = issue_review_slip(
        connection, settings, values["store_id"], None, key=key, now=now, language=values["language"], **about
    )
    content = decode(issued.code).content
    assert isinstance(content, Receipt)  # noqa: S101 - that is what is issued
    return {"signer_id": content.signer_id, "day": content.day, "serial": content.serial}
