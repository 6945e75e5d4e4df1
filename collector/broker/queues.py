"""How kiosks and collectors meet in a RabbitMQ cluster: its MQTT plugin's exchange, and the collectors' queues.

The plugin turns a topic `smilepost/v1/<kiosk>/up` into the routing key `smilepost.v1.<kiosk>.up`, and back.
"""

from typing import Any, NamedTuple

from collector.topics import SAYS, parse_topic, topic_of

VHOST = "smilepost"
EXCHANGE = "amq.topic"


class Queue(NamedTuple):
    """A queue that all collectors share."""

    name: str
    #: Of topics.SAYS, what goes through it.
    says: tuple[str, ...]
    arguments: dict[str, Any]


#: A majority of the nodes has a message before the kiosk gets its PUBACK. One that comes back 20 times ends collectors;
#: and what is dropped, the kiosk still has.
_QUORUM = {"x-queue-type": "quorum", "x-delivery-limit": 20, "x-overflow": "drop-head"}
#: Seconds after which a kiosk without `ack` has sent its frame again: while no collector takes any, only these copies
#: would gather.
_SENT_AGAIN = 60
QUEUES = (
    Queue(
        "smilepost.frames",
        tuple(name for name in SAYS if name != "status"),
        _QUORUM | {"x-message-ttl": _SENT_AGAIN * 1000, "x-max-length-bytes": 2**30},
    ),
    # Nobody repeats an `offline`: it waits for a collector for however long.
    Queue("smilepost.statuses", ("status",), _QUORUM | {"x-max-length-bytes": 2**29}),
)


def key_of(kiosk: str, name: str) -> str:
    """The routing key of one of a kiosk's messages; `*` for the kiosk: of everybody's."""
    return topic_of(kiosk, name).replace("/", ".")


def parse_key(key: str) -> tuple[str, str] | None:
    """(kiosk, one of SAYS) of a key that a kiosk speaks with, None for any other."""
    return parse_topic(key.replace(".", "/"))
