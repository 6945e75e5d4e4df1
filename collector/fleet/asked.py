"""The kiosk that an address or a form names, or 404: nobody learns of one that they do not see."""

from flask import abort
from sqlalchemy import Connection

from collector.accounts.viewer import viewer
from collector.current import now
from collector.fleet.life import Life
from collector.fleet.queries import Kiosk, visible_kiosk


def visible(connection: Connection, kiosk_id: str) -> Kiosk:
    """The kiosk, where whoever asks sees it."""
    kiosk = visible_kiosk(connection, viewer().place_id, kiosk_id, now())
    if kiosk is None:
        abort(404, "There is no such kiosk, or you do not see it.")
    return kiosk


def alive(connection: Connection, kiosk_id: str) -> Kiosk:
    """The same, where it is not retired."""
    kiosk = visible(connection, kiosk_id)
    if kiosk.life is Life.RETIRED:
        abort(404)
    return kiosk
