"""The MQTT topics between kiosks and collector (docs/protocol.md, section 1)."""

import re

#: What a kiosk may be called.
KIOSK_ID = "[a-z0-9-]{1,32}"
ROOT = "smilepost/v1"
#: What a kiosk says, and what it hears: the last part of its topics.
SAYS = ("status", "up", "reply", "want", "printed")
HEARS = ("ack", "config", "cmd", "release", "chunk", "print")

_SAID = re.compile(f"{ROOT}/({KIOSK_ID})/({'|'.join(SAYS)})")


def topic_of(kiosk: str, name: str) -> str:
    """The topic of one of a kiosk's messages."""
    return f"{ROOT}/{kiosk}/{name}"


def parse_topic(topic: str) -> tuple[str, str] | None:
    """(kiosk, one of SAYS) of a topic that a kiosk speaks on, None for any other."""
    match = _SAID.fullmatch(topic)
    return (match[1], match[2]) if match else None
