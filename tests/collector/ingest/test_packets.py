"""The codec reads what a broker may send, in whatever pieces it comes, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.packets import (
    CONNACK,
    LARGEST,
    PINGREQ,
    NotMqtt,
    Other,
    Publish,
    Reader,
    Refused,
    check_connack,
    check_suback,
    connect,
    pubacks,
    publish,
    subscribe,
)

publishes = st.builds(
    Publish,
    topic=st.binary(min_size=1, max_size=40),
    payload=st.binary(max_size=300),
    packet_id=st.integers(0, 65_535),
    retained=st.booleans(),
)


def encoded(packet: Publish) -> bytes:
    """As a broker sends it: QoS 1 where it has a packet id."""
    qos = 1 if packet.packet_id else 0
    body = len(packet.topic).to_bytes(2, "big") + packet.topic
    body += packet.packet_id.to_bytes(2, "big") * qos + packet.payload
    length, rest = [], len(body)
    while True:
        rest, digit = divmod(rest, 128)
        length.append(digit | (128 if rest else 0))
        if not rest:
            break
    return bytes([0x30 | qos << 1 | packet.retained, *length]) + body


@given(st.lists(publishes, max_size=8), st.lists(st.integers(1, 400), max_size=20))
def test_packets_are_the_same_however_the_stream_is_cut(packets: list[Publish], cuts: list[int]) -> None:
    stream = b"\x20\x02\x00\x00" + b"".join(encoded(packet) for packet in packets) + b"\xd0\x00"
    reader, heard = Reader(), []
    for cut in [*cuts, len(stream)]:
        heard += reader.feed(stream[:cut])
        stream = stream[cut:]
    assert heard == [Other(CONNACK, b"\x00\x00"), *packets, Other(0xD0, b"")]


@given(st.integers(1, 3), st.integers(500, 100_000))
def test_a_packet_that_is_too_long_is_cut_and_the_next_one_read(times: int, piece: int) -> None:
    long = Publish(b"smilepost/v1/exit-1/up", b"x" * (times * LARGEST), 7, False)
    short = Publish(b"smilepost/v1/exit-2/up", b"{}", 8, False)
    stream, reader, heard = encoded(long) + encoded(short), Reader(), []
    for start in range(0, len(stream), piece):
        heard += reader.feed(stream[start : start + piece])
    cut, after = heard
    assert (cut.topic, cut.packet_id, after) == (long.topic, 7, short)
    assert LARGEST - 100 < len(cut.payload) < LARGEST


@given(st.binary(min_size=1, max_size=200))
def test_nonsense_is_refused_or_read_the_same_in_any_pieces(stream: bytes) -> None:
    def read(*pieces: bytes) -> list[Publish | Other] | str:
        reader = Reader()
        try:
            return [packet for piece in pieces for packet in reader.feed(piece)]
        except NotMqtt as problem:
            return str(problem)

    assert read(stream) == read(*(bytes([each]) for each in stream)) or isinstance(read(stream), str)


def test_what_we_say_is_mqtt() -> None:
    assert connect("c", "user", "pass", 15) == b"\x10\x19\x00\x04MQTT\x04\xc2\x00\x0f\x00\x01c\x00\x04user\x00\x04pass"
    assert subscribe([("a/+", 1)]) == b"\x82\x08\x00\x01\x00\x03a/+\x01"
    assert pubacks([1, 513]) == b"\x40\x02\x00\x01\x40\x02\x02\x01"
    assert PINGREQ == b"\xc0\x00"
    for size in (0, 120, 200, 20_000):
        [heard] = Reader().feed(publish(b"smilepost/v1/exit-1/ack", b"y" * size))
        assert heard == Publish(b"smilepost/v1/exit-1/ack", b"y" * size, 0, False)


def test_refusals_say_why() -> None:
    check_connack(b"\x00\x00")
    with pytest.raises(Refused, match="wrong"):
        check_connack(b"\x00\x04")
    with pytest.raises(NotMqtt):
        check_connack(b"")
    check_suback(b"\x00\x01\x01", [("a", 1)])
    with pytest.raises(Refused, match="subscription to a"):
        check_suback(b"\x00\x01\x80", [("a", 1)])
