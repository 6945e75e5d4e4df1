"""The codes that a kiosk shows after a bad press: the link to that very press."""

import threading
import time

from psycopg import Connection
from psycopg.rows import TupleRow

from collector.links.keys import COLLECTOR, address, key
from collector.settings import Settings
from printer.codes import Press, encode
from printer.qr import symbol

#: Codes made in a second at most: each costs some milliseconds. In a flood kiosks show their touchpoint's own.
CODES_A_SECOND = 20


class PressCodes:
    """Makes codes with the newest key that it was shown; any thread may ask."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        #: Number and key, together: no thread signs with one of each.
        self._signer = (0, b"")
        self._second = self._made = self._looked = 0

    def renew_key(self, connection: Connection[TupleRow]) -> None:
        """Look up which key signs now, as `links.keys.sign` does; once a second."""
        second = int(time.monotonic())
        if second == self._looked:
            return
        [(number,)] = connection.execute(
            "SELECT coalesce(max(number), 0) FROM link_key WHERE signer_id = %s AND ends_at IS NULL", [COLLECTOR]
        ).fetchall()
        self._signer = number, key(self._settings, COLLECTOR, number)
        self._looked = second

    def code(self, press: Press) -> tuple[int, int, str] | None:
        """seq, modules a side, and the packed modules of a press's QR code, as an `ack` carries them; None where this
        second has had its share."""
        second = int(time.monotonic())
        with self._lock:
            if second != self._second:
                self._second, self._made = second, 0
            if self._made == CODES_A_SECOND:
                return None
            self._made += 1
        code = symbol(address(self._settings, encode(press, *self._signer)))
        return press.seq, code.size, code.packed()
