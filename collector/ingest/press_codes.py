"""The codes that a kiosk shows after a bad press: the link to that very press."""

from psycopg import Connection
from psycopg.rows import TupleRow

from collector.links.codes import Press, encode
from collector.links.keys import COLLECTOR, address, key
from collector.settings import Settings
from printer.qr import symbol


class PressCodes:
    """Makes codes with the newest key that it was shown."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._number = 0
        self._key = b""

    def renew_key(self, connection: Connection[TupleRow]) -> None:
        """Look up which key signs now, as `links.keys.sign` does; once a batch, which costs one row."""
        [(number,)] = connection.execute(
            "SELECT coalesce(max(number), 0) FROM link_key WHERE signer_id = %s AND ends_at IS NULL", [COLLECTOR]
        ).fetchall()
        self._number, self._key = number, key(self._settings, COLLECTOR, number)

    def code(self, press: Press) -> tuple[int, int, str]:
        """seq, modules a side, and the packed modules of a press's QR code, as an `ack` carries them."""
        code = symbol(address(self._settings, encode(press, self._number, self._key)))
        return press.seq, code.size, code.packed()
