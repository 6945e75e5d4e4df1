"""How long a kiosk had nothing stored though people pressed: what a dying node or collector costs."""

from inspect import signature

from kiosk import uplink
from kiosk.mqtt import MQTTClient

from collector.broker.rabbitmq import HEARD_WITHIN

#: Seconds that a kiosk waits for an answer of its broker, and after an attempt to reach it that came to nothing.
PATIENCE = signature(MQTTClient).parameters["timeout"].default
AGAIN = uplink._RECONNECT / 1000
#: Seconds for everything else on a machine whose cores three nodes, two collectors, a database and all kiosks share.
SHARED = 10.0


def allowed(back_within: float) -> float:
    """Seconds that a kiosk may have nothing stored: it or the nodes notice that a node is gone, it comes back when it
    is its turn, and once it is refused.

    Parameters
    ----------
    back_within: seconds within which those come back who lost their broker in one moment.
    """
    return max(PATIENCE, 1.25 * HEARD_WITHIN) + back_within + AGAIN + SHARED
