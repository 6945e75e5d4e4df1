"""MQTT 3.1.1 as far as the loader speaks it."""

import struct

CONNACK, PUBLISH, PUBACK, SUBACK = 0x20, 0x30, 0x40, 0x90


def connect(client: str, user: str, password: str, will: tuple[bytes, bytes] | None = None) -> bytes:
    """A clean session without keep-alive; `will`: topic and payload, QoS 1, retained."""
    flags = 0xC2 | (0x2C if will else 0)
    parts = [client.encode(), *(will or ()), user.encode(), password.encode()]
    return _packet(0x10, b"\0\4MQTT\4" + struct.pack(">BH", flags, 0) + b"".join(map(_text, parts)))


def subscribe(packet_id: int, topics: list[bytes]) -> bytes:
    """At QoS 0, as kiosks do."""
    return _packet(0x82, struct.pack(">H", packet_id) + b"".join([_text(topic) + b"\0" for topic in topics]))


def publish(packet_id: int, topic: bytes, payload: bytes, retain: bool = False) -> bytes:
    """At QoS 1."""
    return _packet(0x32 | retain, _text(topic) + struct.pack(">H", packet_id) + payload)


def _text(text: bytes) -> bytes:
    return struct.pack(">H", len(text)) + text


def _packet(kind: int, body: bytes) -> bytes:
    length, size = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        size.append(digit | (0x80 if length else 0))
        if not length:
            return bytes([kind]) + bytes(size) + body
