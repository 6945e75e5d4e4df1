"""MQTT 3.1.1 as the intake speaks it (OASIS, "MQTT Version 3.1.1", sections 2 and 3), without a socket.

Our own, because here is the ceiling: a library that hands over each message by itself costs several times what is left
of a message's budget. What is here reads all the packets of one `recv` in one loop and writes many into one `send`.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

CONNACK, PUBLISH, PUBACK, SUBACK = 0x20, 0x30, 0x40, 0x90
PINGREQ, DISCONNECT = b"\xc0\x00", b"\xe0\x00"
#: Of a longer packet only this much is kept, bytes: enough to say what it was, and to confirm it.
LARGEST = 65_536

_REFUSALS = {
    1: "it does not speak MQTT 3.1.1",
    2: "the client id is refused",
    3: "it is not available",
    4: "user or password is wrong",
    5: "not authorized",
}


class NotMqtt(Exception):
    """The other side does not speak MQTT as it should; the text says how."""


class Refused(Exception):
    """The broker does not let us in; the text says why."""


class Publish(NamedTuple):
    topic: bytes
    payload: bytes
    #: 0 with QoS 0.
    packet_id: int
    retained: bool


class Other(NamedTuple):
    """Any packet but PUBLISH, its kind in the upper four bits."""

    kind: int
    body: bytes


class Reader:
    """Makes packets of what a socket gives, in whatever pieces it comes."""

    def __init__(self) -> None:
        self._rest = b""
        self._skip = 0  # bytes of a packet that is too long, still to come

    def feed(self, data: bytes) -> list[Publish | Other]:
        """The packets that are complete now.

        Raises
        ------
        NotMqtt: the stream cannot be read any further.
        """
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        data = self._rest + data
        packets: list[Publish | Other] = []
        at, end = 0, len(data)
        while end - at >= 2:
            kind, length, body = data[at], data[at + 1], at + 2
            if length > 127:
                read = _length(data, at + 1)
                if read is None:
                    break
                length, body = read
            stop = body + length
            if length > LARGEST and end - body >= LARGEST:
                self._skip = max(0, stop - end)
                packets.append(_packet(kind, data, body, body + LARGEST))
            elif stop > end:
                break
            else:
                packets.append(_packet(kind, data, body, stop))
            at = min(stop, end)
        self._rest = data[at:]
        return packets


def _packet(kind: int, data: bytes, body: int, stop: int) -> Publish | Other:
    if kind & 0xF0 != PUBLISH:
        return Other(kind & 0xF0, data[body:stop])
    topic = body + 2
    payload = topic + int.from_bytes(data[body:topic], "big")
    topic_end, packet_id = payload, 0
    if kind & 0x06:  # QoS
        payload += 2
        packet_id = int.from_bytes(data[payload - 2 : payload], "big")
    if payload > stop:
        raise NotMqtt("a PUBLISH ends within its topic")
    return Publish(data[topic:topic_end], data[payload:stop], packet_id, bool(kind & 1))


def _length(data: bytes, at: int) -> tuple[int, int] | None:
    """The remaining length that begins at `at` and where the body begins; None while it is not complete."""
    value = 0
    for place, byte in enumerate(data[at : at + 4]):
        value |= (byte & 127) << 7 * place
        if byte < 128:
            return value, at + place + 1
    if len(data) - at >= 4:
        raise NotMqtt("a packet has a length of more than four bytes")
    return None


def connect(client_id: str, user: str, password: str, keepalive: int) -> bytes:
    """CONNECT with a clean session and without a will; keepalive in s."""
    clean, with_password, with_user = 0x02, 0x40, 0x80
    flags = clean | with_password | with_user
    body = b"\x00\x04MQTT\x04" + struct.pack(">BH", flags, keepalive)
    return _framed(0x10, body + b"".join(_text(text) for text in (client_id, user, password)))


def check_connack(body: bytes) -> None:
    """Raises Refused or NotMqtt, where the answer to CONNECT is not a welcome."""
    if len(body) != 2:
        raise NotMqtt("the answer to CONNECT is no CONNACK")
    if body[1]:
        raise Refused(_REFUSALS.get(body[1], f"code {body[1]}"))


def subscribe(filters: Sequence[tuple[str, int]]) -> bytes:
    """SUBSCRIBE with (filter, QoS) each; its packet id is 1."""
    return _framed(0x82, b"\x00\x01" + b"".join(_text(name) + bytes([qos]) for name, qos in filters))


def check_suback(body: bytes, filters: Sequence[tuple[str, int]]) -> None:
    """Raises Refused, where the broker does not grant what was asked for."""
    for (name, qos), granted in zip(filters, body[2:], strict=False):
        if granted != qos:
            raise Refused(f"the subscription to {name} is refused")


def publish(topic: bytes, payload: bytes) -> bytes:
    """PUBLISH with QoS 0."""
    length = 2 + len(topic) + len(payload)
    head = bytes([PUBLISH, length]) if length < 128 else bytes([PUBLISH]) + _varint(length)
    return b"%b%b%b%b" % (head, len(topic).to_bytes(2, "big"), topic, payload)


def pubacks(packet_ids: Iterable[int]) -> bytes:
    """PUBACK of each."""
    return b"".join([_PUBACK.pack(PUBACK, 2, packet_id) for packet_id in packet_ids])


_PUBACK = struct.Struct(">BBH")


def _framed(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + _varint(len(body)) + body


def _text(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
