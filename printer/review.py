"""Review slips: a receipt code of the collector's own, counted and signed, on its way to a printer."""

from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, select

from collector.links.codes import Receipt
from collector.links.keys import address, sign
from collector.links.tables import receipt, signer
from collector.places.tables import place
from collector.queue.tables import job
from collector.settings import Settings
from printer.slip import INVITATION, LANGUAGES, Slip
from printer.spool import print_slip, slip_of
from printer.tables import printer


class Issued(NamedTuple):
    """A slip on its way."""

    job_id: int
    #: The 28 letters of its link.
    code: str


def issue_review_slip(
    connection: Connection,
    settings: Settings,
    store_id: int,
    printer_id: int,
    *,
    key: str,
    now: datetime,
    reference: str | None = None,
    touchpoint_id: int | None = None,
    language: str = LANGUAGES[0],
) -> Issued:
    """Give out a store's next receipt code and put its slip into the queue, all in the caller's transaction.

    Parameters
    ----------
    key: idempotency key within the store; one that is known gives the slip that was issued under it, and no other.
    reference: the receipt's number at the till.
    touchpoint_id: where the customer gets it.
    language: of `printer.slip.LANGUAGES`.

    Raises
    ------
    LookupError: the store has no such printer.
    """
    # The store's row is the lock under which its slips are issued one by one: no key twice, no number twice, and none
    # left out. It keeps nobody from writing ratings of the store.
    store = connection.execute(select(place).where(place.c.id == store_id).with_for_update(key_share=True)).one()
    mine = printer.c.id == printer_id, printer.c.store_id == store_id
    if connection.execute(select(printer.c.id).where(*mine)).first() is None:
        raise LookupError(f"store {store_id} has no printer {printer_id}")
    key = f"review/{store_id}/{key}"
    known = connection.execute(select(job.c.id, job.c.payload).where(job.c.key == key)).first()
    if known:
        return Issued(known.id, _code_of(slip_of(known.payload)))
    day = now.astimezone(ZoneInfo(store.time_zone)).date()
    content = _next_receipt(connection, _signer_of(connection, store_id), day, reference, touchpoint_id)
    code = sign(connection, settings, content)
    slip = Slip(store.name, INVITATION[language], address(settings, code), reference, language)
    return Issued(print_slip(connection, printer_id, slip, key=key, now=now), code)


def _signer_of(connection: Connection, store_id: int) -> int:
    """The collector as signer of a store's receipts."""
    own = select(signer.c.id).where(signer.c.store_id == store_id, signer.c.kind == "collector")
    found = connection.scalar(own)
    if found is None:
        found = connection.scalar(insert(signer).values(store_id=store_id, kind="collector").returning(signer.c.id))
    return int(found)


def _next_receipt(
    connection: Connection, signer_id: int, day: date, reference: str | None, touchpoint_id: int | None
) -> Receipt:
    last = select(func.coalesce(func.max(receipt.c.serial), 0))
    of_day = last.where(receipt.c.signer_id == signer_id, receipt.c.day == day).scalar_subquery()
    issued = (
        insert(receipt)
        .values(signer_id=signer_id, day=day, serial=of_day + 1, reference=reference, touchpoint_id=touchpoint_id)
        .returning(receipt.c.serial)
    )
    return Receipt(signer_id, day, connection.execute(issued).scalar_one())


def _code_of(slip: Slip) -> str:
    return slip.link.rpartition("/")[2]
