"""Alarms as the intake raises them."""

from datetime import datetime

from sqlalchemy import Connection, insert

from collector.fleet.tables import kiosk_alarm
from tests.factories import NOW


def make_alarm(
    connection: Connection,
    kiosk_id: str,
    kind: str = "clock",
    *,
    last: datetime = NOW,
    reason: str = "",
    times: int = 1,
) -> None:
    """One of the day on which it came last; the first time was at the same moment."""
    values = {"day": last.date(), "first_at": last, "last_at": last, "times": times}
    connection.execute(
        insert(kiosk_alarm).values(kiosk_id=kiosk_id, kind=kind, reason=reason or f"Reason of {kind}.", **values)
    )
