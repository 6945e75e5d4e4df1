"""What a new installation begins with: an organisation and its owner; beside the shop floor, also one store to look at,
its kiosks and its printer."""

from sqlalchemy import Connection, insert, select, update

from collector.accounts.tables import account
from collector.places.tables import place
from collector.places.tree import add_place, add_touchpoint
from collector.settings import Settings
from collector.slips.tables import printer
from collector.surveys.default import ensure_default

#: Signs in by the link that `up` prints, until a password is chosen.
OWNER = "owner"
STORE = "Riverside"
#: Kiosk ids and the touchpoints at which they stand.
KIOSKS = {"riverside-checkout": "Checkout", "riverside-exit": "Exit"}
PRINTER = "Counter"
# Day and night: whoever tries it at midnight wants to see the kiosks awake.
_OPEN = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def open_house(connection: Connection) -> int | None:
    """Fill an empty installation with an organisation, its owner and a survey; in one that has a place already, only a
    survey is added where there is none. Returns the organisation, if it is new."""
    is_empty = connection.execute(select(place.c.id).limit(1)).first() is None
    organisation = _add_organisation(connection) if is_empty else None
    ensure_default(connection)
    return organisation


def open_shop(connection: Connection) -> None:
    """The same, and in an empty installation a store to look at."""
    if (organisation := open_house(connection)) is None:
        return
    region = add_place(connection, "region", "North", organisation)
    store = add_place(connection, "store", STORE, region, opening_hours=_OPEN)
    for position, name in enumerate(KIOSKS.values(), start=1):
        add_touchpoint(connection, store, name, position)


def _add_organisation(connection: Connection) -> int:
    organisation = add_place(connection, "organisation", "Smilepost")
    connection.execute(insert(account).values(name=OWNER, role="admin", place_id=organisation))
    return organisation


def set_up_printer(connection: Connection, settings: Settings) -> None:
    """Give the first shop its virtual printer, where that listens now."""
    store = connection.execute(select(place.c.id).where(place.c.name == STORE).order_by(place.c.id)).scalars().first()
    if store is None:
        return  # somebody has made this installation their own
    address = f"tcp://127.0.0.1:{settings.printer_port}"
    its = printer.c.store_id == store, printer.c.name == PRINTER
    if connection.execute(select(printer.c.id).where(*its)).first() is None:
        connection.execute(insert(printer).values(store_id=store, name=PRINTER, address=address, profile="epson-80"))
    # One that somebody has set up in another way, or taken away, stays so.
    is_virtual = printer.c.address.startswith("tcp://127.0.0.1:"), printer.c.retired_at.is_(None)
    connection.execute(update(printer).where(*its, *is_virtual).values(address=address))
