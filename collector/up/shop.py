"""What a new installation begins with: one store to look at, its kiosks, and an owner without a password."""

from sqlalchemy import Connection, insert, select

from collector.accounts.tables import account
from collector.places.tables import place
from collector.places.tree import add_place, add_touchpoint
from collector.surveys.tables import question

OWNER = "owner"
#: Kiosk ids and the touchpoints at which they stand.
KIOSKS = {"riverside-checkout": "Checkout", "riverside-exit": "Exit"}
_OPEN = {day: [["08:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def open_shop(connection: Connection) -> None:
    """Fill an empty installation; one that has a place already stays as it is."""
    if connection.execute(select(place.c.id).limit(1)).first():
        return
    organisation = add_place(connection, "organisation", "Smilepost")
    region = add_place(connection, "region", "North", organisation)
    store = add_place(connection, "store", "Riverside", region, opening_hours=_OPEN)
    for position, name in enumerate(KIOSKS.values(), start=1):
        add_touchpoint(connection, store, name, position)
    connection.execute(
        insert(question).values(text={"uk": "Як вам сьогодні у нас?", "en": "How was your visit today?"}, buttons=4)
    )
    connection.execute(insert(account).values(name=OWNER, place_id=organisation))
