"""The kiosk's line to its broker: who it is there, whom it trusts, and what to do when it is not let in."""

from kiosk import forget
from kiosk.mqtt import MQTTClient


class Line:
    """Make connections, one at a time.

    root: the kiosk's own root of topics, with the slash at its end.
    """

    def __init__(self, board, identity, clock):
        self._board, self._identity, self._clock = board, identity, clock
        self.root = "smilepost/v1/%s/" % identity["kiosk"]

    async def client(self, will, when_heard, when_lost):
        """Return an MQTTClient that is not connected yet."""
        identity = self._identity
        number, secret = identity.sign_in()
        return MQTTClient(
            identity["kiosk"],
            identity["host"],
            identity["port"],
            "%s-%d" % (identity["kiosk"], number),
            secret,
            ssl=self._context() if identity["tls"] else None,
            address=await self._address(),
            will=will,
            when_heard=when_heard,
            when_lost=when_lost,
        )

    def refused(self):
        """The broker does not take the secret that was tried."""
        self._identity.refused()

    def unreached(self):
        """A connection came to nothing before the collector had answered."""
        self._identity.unreached()

    def is_untimely(self, fault):
        """Return whether a connection failed because of the clock, which is another one then."""
        # What mbedtls says of a certificate that is not yet, or no longer, valid.
        early = "in the future" in fault
        if not (early or "has expired" in fault):
            return False
        self._board.set_clock(self._clock.leap(early))
        return True

    async def _address(self):
        resolver = self._board.resolver()
        if not resolver:
            return None
        from kiosk.dns import resolve

        return await resolve(self._identity["host"], resolver)

    def _context(self):
        from kiosk.tls import trusting

        context = trusting(self._identity.ca())
        forget("tls")
        return context
