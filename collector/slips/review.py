"""Review slips: a receipt code of the collector's own, counted and signed, on its way to a printer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, select

from collector.improvements.queries import current
from collector.links.keys import address, sign
from collector.links.tables import receipt, signer
from collector.places.tables import place
from collector.queue.tables import job
from collector.settings import Settings
from collector.slips.spool import payload_of, print_slip
from collector.slips.style import for_slip, style_of
from collector.slips.tables import printer
from printer.codes import Receipt
from printer.slip import INVITATION, Slip


@dataclass(frozen=True)
class Issued:
    """A slip that was issued."""

    #: None: it goes to no printer.
    job_id: int | None
    #: The 28 letters of its link.
    code: str
    slip: Slip
    #: As it was asked for.
    printer_id: int | None
    touchpoint_id: int | None
    #: False: it was issued earlier, under the same key.
    is_new: bool = field(default=True, compare=False)


def issue_review_slip(
    connection: Connection,
    settings: Settings,
    store_id: int,
    printer_id: int | None,
    *,
    key: str,
    now: datetime,
    reference: str | None = None,
    touchpoint_id: int | None = None,
    language: str | None = None,
) -> Issued:
    """Give out a store's next receipt code and put its slip into the queue, all in the caller's transaction.

    Parameters
    ----------
    printer_id: None for the code alone, without a slip.
    key: idempotency key within the store; one that is known gives the slip that was issued under it, and no other.
    reference: the receipt's number at the till.
    touchpoint_id: where the customer gets it.
    language: of `printer.slip.LANGUAGES`; None: as the store's slips are.

    Raises
    ------
    LookupError: the store has no such printer.
    """
    if known := issued_under(connection, settings, store_id, key):
        return known
    mine = printer.c.id == printer_id, printer.c.store_id == store_id, printer.c.retired_at.is_(None)
    if printer_id is not None and connection.execute(select(printer.c.id).where(*mine)).first() is None:
        raise LookupError(f"store {store_id} has no printer {printer_id}")
    store = connection.execute(select(place).where(place.c.id == store_id)).one()
    speaks = language or style_of(connection, store_id).language
    key = _key(store_id, key)
    content = _next_receipt(
        connection,
        _signer_of(connection, store_id),
        now.astimezone(ZoneInfo(store.time_zone)).date(),
        {"key": key, "reference": reference, "touchpoint_id": touchpoint_id, "language": speaks},
    )
    code = sign(connection, settings, content)
    slip = slip_for(connection, settings, store_id, store.name, code, reference, speaks, touchpoint_id, now)
    job_id = None if printer_id is None else print_slip(connection, printer_id, slip, key=key, now=now)
    return Issued(job_id, code, slip, printer_id, touchpoint_id)


def issued_under(connection: Connection, settings: Settings, store_id: int, key: str) -> Issued | None:
    """What was issued under an idempotency key of a store, as it was then; None: nothing yet, and until the caller's
    transaction ends nobody else issues any."""
    # The store's row is the lock under which its slips are issued one by one: no key twice, no number twice, and none
    # left out. It keeps nobody from writing ratings of the store.
    store = connection.execute(select(place).where(place.c.id == store_id).with_for_update(key_share=True)).one()
    key = _key(store_id, key)
    known = connection.execute(select(receipt).where(receipt.c.key == key)).first()
    if known is None:
        return None
    code = sign(connection, settings, Receipt(known.signer_id, known.day, known.serial))
    queued = connection.execute(select(job.c.id, job.c.payload).where(job.c.key == key)).first()
    here = known.touchpoint_id, known.issued_at
    slip = slip_for(connection, settings, store_id, store.name, code, known.reference, known.language, *here)
    issued = Issued(None, code, slip, None, known.touchpoint_id, is_new=False)
    if queued is None:  # the code alone was asked for
        return issued
    payload = payload_of(queued.payload)
    return replace(issued, job_id=queued.id, printer_id=payload.printer, slip=payload.slip or slip)


def _key(store_id: int, key: str) -> str:
    return f"review/{store_id}/{key}"


def slip_for(
    connection: Connection,
    settings: Settings,
    place_id: int,
    name: str,
    code: str,
    reference: str | None = None,
    language: str | None = None,
    touchpoint_id: int | None = None,
    now: datetime | None = None,
) -> Slip:
    """A slip as a place's slips look.

    Parameters
    ----------
    name: of the place.
    language: None: as the place's slips are.
    touchpoint_id: where the customer gets it, if that is known.
    now: when it is issued; None: without what the place changed.
    """
    style = style_of(connection, place_id)
    speaks = language or style.language
    link = address(settings, code)
    did = current(connection, place_id, touchpoint_id, now) if now else None
    said = did.get(speaks) if did else None
    return Slip(name, INVITATION[speaks], link, reference, speaks, logo=for_slip(style.logo), did=said)


def _signer_of(connection: Connection, store_id: int) -> int:
    """The collector as signer of a store's receipts."""
    own = select(signer.c.id).where(signer.c.store_id == store_id, signer.c.kind == "collector")
    found = connection.scalar(own)
    if found is None:
        found = connection.scalar(insert(signer).values(store_id=store_id, kind="collector").returning(signer.c.id))
    return int(found)


def _next_receipt(connection: Connection, signer_id: int, day: date, values: Mapping[str, Any]) -> Receipt:
    last = select(func.coalesce(func.max(receipt.c.serial), 0))
    of_day = last.where(receipt.c.signer_id == signer_id, receipt.c.day == day).scalar_subquery()
    issued = (
        insert(receipt).values(signer_id=signer_id, day=day, serial=of_day + 1, **values).returning(receipt.c.serial)
    )
    return Receipt(signer_id, day, connection.execute(issued).scalar_one())
