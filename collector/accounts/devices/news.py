"""An owner hears that somebody signed in as them from a device that was not seen before; once a device."""

from datetime import datetime

from sqlalchemy import Connection, select

from collector.accounts.secrets import new_secret
from collector.accounts.tables import account
from collector.contacts.messages import tell_staff
from collector.places.queries import zone_of
from collector.settings import Settings


def tell_owner(connection: Connection, settings: Settings, account_id: int, device: str, now: datetime) -> None:
    """Tell the owner, where their account says; nobody whose first sign-in of all this is: they have just come by an
    invitation.

    Parameters
    ----------
    device: what the browser calls itself, in words; empty where it did not say.
    """
    row = connection.execute(select(account.c.place_id, account.c.seen_at).where(account.c.id == account_id)).one()
    if row.seen_at is None:
        return
    at = now.astimezone(zone_of(connection, row.place_id))
    tell_staff(
        connection,
        settings,
        account_ids=[account_id],
        what="device",
        store_id=row.place_id,
        key=f"device/{new_secret()[:12]}",
        now=now,
        words={"text": f"{device or '?'}, {at:%Y-%m-%d %H:%M}"},
    )
