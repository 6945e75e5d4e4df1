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


#: A majority of the nodes has a message before the kiosk gets its PUBACK. One that has come back 20 times ends
#: collectors, and is dropped, as the oldest are of a queue that is full: a kiosk that hears no `ack` says it again, or
#: something newer. An `offline` is lost then; a minute later the collector misses the kiosk's next status.
_QUORUM = {"x-queue-type": "quorum", "x-delivery-limit": 20, "x-overflow": "drop-head"}
#: How long a frame waits for a collector, s; then there are copies of it: a kiosk sends it again as soon as a status is
#: answered, and it says one every minute.
_FRAME_WAITS = 60
QUEUES = (
    Queue(
        "smilepost.frames",
        tuple(name for name in SAYS if name != "status"),
        _QUORUM | {"x-message-ttl": _FRAME_WAITS * 1000, "x-max-length-bytes": 2**30},
    ),
    # Nobody repeats an `offline`: it waits for a collector, however long.
    Queue("smilepost.statuses", ("status",), _QUORUM | {"x-max-length-bytes": 2**29}),
)


def key_of(kiosk: str, name: str) -> str:
    """The routing key of one of a kiosk's messages; `*` for the kiosk: of everybody's."""
    return topic_of(kiosk, name).replace("/", ".")


def parse_key(key: str) -> tuple[str, str] | None:
    """(kiosk, one of SAYS) of a key that a kiosk speaks with, None for any other."""
    return parse_topic(key.replace(".", "/"))
