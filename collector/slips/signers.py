"""Signers apart from the collector: each has a key of its own, in a file that one machine keeps."""

from pathlib import Path

from sqlalchemy import Connection, func, insert, select, update

from collector.failure import Failure
from collector.fleet.tables import kiosk
from collector.links.keys import FIRST, RECEIPT_LIFETIME, key
from collector.links.tables import link_key, signer
from collector.places.tables import place
from collector.settings import Settings
from collector.slips.style import style_of
from printer.signer import SignerFile


def make_signer(
    connection: Connection,
    settings: Settings,
    store: str,
    kind: str,
    kiosk_id: str | None = None,
    name: str | None = None,
) -> SignerFile:
    """A new signer of a store; its slips speak the language that the store's slips have now.

    Parameters
    ----------
    store: its name.
    kind: `pi` or `proxy`.
    kiosk_id: the Raspberry Pi that it is for.
    name: what people call it.

    Raises
    ------
    Failure: there is no such store or kiosk.
    """
    found = connection.execute(
        select(place.c.id, place.c.time_zone).where(place.c.kind == "store", place.c.name == store)
    ).all()
    if len(found) != 1:
        raise Failure(f"There is no store {store!r}." if not found else f"There is more than one store {store!r}.")
    if kiosk_id and connection.scalar(select(kiosk.c.id).where(kiosk.c.id == kiosk_id)) is None:
        raise Failure(f"There is no kiosk {kiosk_id!r}. Enrol it first: smilepost provision identity {kiosk_id}")
    language = style_of(connection, found[0].id).language
    values = {"store_id": found[0].id, "kind": kind, "kiosk_id": kiosk_id, "name": name}
    made = connection.execute(insert(signer).values(values).returning(signer.c.id)).scalar_one()
    return SignerFile(made, FIRST, key(settings, made, FIRST), settings.url, store, language, found[0].time_zone)


def end_signer(connection: Connection, signer_id: int) -> str:
    """No more receipts of this signer; those that are out count as long as receipts do. Returns its store's name.

    Raises
    ------
    Failure: there is no such signer, or it has ended.
    """
    # Its row is the lock under which two that end it at once do it one by one.
    store = connection.scalar(
        select(place.c.name)
        .join(signer, signer.c.store_id == place.c.id)
        .where(signer.c.id == signer_id, signer.c.kind != "collector")
        .with_for_update(of=signer)
    )
    if store is None:
        raise Failure(f"There is no signer {signer_id} with a file of its own.")
    ends_at = func.now() + RECEIPT_LIFETIME
    known = connection.execute(
        select(link_key.c.number, link_key.c.ends_at).where(link_key.c.signer_id == signer_id)
    ).all()
    if known and all(each.ends_at for each in known):
        raise Failure(f"Signer {signer_id} has ended already.")
    if FIRST not in {each.number for each in known}:
        connection.execute(insert(link_key).values(signer_id=signer_id, number=FIRST, ends_at=ends_at))
    connection.execute(
        update(link_key).where(link_key.c.signer_id == signer_id, link_key.c.ends_at.is_(None)).values(ends_at=ends_at)
    )
    return str(store)


def write_signer(made: SignerFile, path: Path) -> None:
    """Write a signer into a file that only its owner can read.

    Raises
    ------
    Failure: there is such a file already, or it cannot be written.
    """
    try:
        made.write(path)
    except FileExistsError as problem:
        raise Failure(f"{path} is there already; it may be another signer's. Choose another --output.") from problem
    except OSError as problem:
        raise Failure(f"{path} cannot be written: {problem.strerror}.") from problem
