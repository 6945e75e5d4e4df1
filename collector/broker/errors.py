"""What goes wrong with a broker."""

from collector.failure import Failure


class BrokerError(Failure):
    """A broker cannot be set up, or does not do its part; the message says why and what to do."""
