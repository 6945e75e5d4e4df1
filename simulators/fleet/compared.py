"""What was lit against what is in the table: the one thing that a fleet is for."""

from collections import Counter
from typing import NamedTuple

from collector.database import connect
from collector.settings import Settings
from simulators.fleet.fleet import Fleet


class Compared(NamedTuple):
    """All numbers are of the presses that were lit; VMs, whose journals are their own, are not among them."""

    lit: int
    stored: int
    lost: int
    #: Stored more often than once.
    doubled: int


def compare(settings: Settings, fleet: Fleet) -> Compared:
    """Look each lit press up in the table."""
    lit = {(name, *each) for name, kiosk in fleet.kiosks.items() for each in kiosk.lit}
    stored: Counter[tuple[str, int, int, int]] = Counter()
    with connect(settings) as database, database.cursor("ratings") as rows:
        rows.execute(
            "SELECT kiosk_id, epoch, rating.seq, button FROM rating JOIN cursor ON cursor.id = cursor_id"
            " WHERE kiosk_id = ANY(%s) AND received_at >= %s",
            [list(fleet.kiosks), fleet.began],
        )
        for row in rows:
            if row in lit:
                stored[row] += 1
    return Compared(len(lit), len(stored), len(lit) - len(stored), sum(many - 1 for many in stored.values()))
