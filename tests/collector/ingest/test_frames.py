"""Whatever arrives is either a message of the protocol or unreadable with a sentence: never anything else."""

import contextlib
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.frames import RuleBroken, decode_frame, decode_record, decode_status
from collector.topics import parse_topic

FRAME: dict[str, Any] = {
    "v": 1, "epoch": 7, "held": 1, "first": 1, "boot": 1, "uptime": 5, "utc": 1763758812345, "records": [[1] * 7],
}  # fmt: skip


def encoded(**changes: Any) -> bytes:
    return json.dumps({**FRAME, **changes}).encode()


def test_examples_of_the_protocol_document_are_read() -> None:
    text = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text()
    examples = [block.strip() for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    frame = decode_frame(examples[0].encode())
    assert [decode_record(raw).kind for raw in frame.records] == [1, 4, 1]
    assert decode_status(examples[2].encode()).health["totals"] == [120, 33, 18, 9]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"v": 2}, "v"),
        ({"epoch": 0}, "epoch"),
        ({"epoch": 2**31}, "epoch"),
        ({"held": 2}, "holds only 2"),
        ({"records": []}, "records"),
        ({"records": [[1] * 7] * 101}, "records"),
        ({"first": 2**31 - 1, "records": [[1] * 7] * 2}, "beyond"),
        ({"uptime": 2**40}, "uptime"),
        ({"uptime": 1.5}, "uptime"),
        ({"anchors": [[1, 2]]}, "anchors"),
        ({"lost": "eaten by the dog"}, "lost"),
        ({"padding": "x" * 4096}, "at most 4096"),
    ],
)
def test_envelope_that_breaks_a_rule_is_unreadable(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(RuleBroken, match=says):
        decode_frame(encoded(**changes))


@pytest.mark.parametrize(
    "record",
    [[0, 1, 0, 1, 0, 0, 0], [5, 1, 0, 1, 0, 0, 0], [1, 0, 0, 1, 0, 0, 0], [1, 11, 0, 1, 0, 0, 0],
     [2, 7, 0, 1, 0, 0, 0], [4, 5, 0, 1, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0], [1, 1, 0, 1, -1, 0, 0],
     [1, 1, 0, 1, 0, 0, 4], [1, 1, 0, 1, 0, 0], [1, 1, 0, 1, 0, 0, 0, 0], {"kind": 1}, None, "1"],
)  # fmt: skip
def test_record_that_breaks_a_rule_spoils_only_itself(record: Any) -> None:
    frame = decode_frame(encoded(records=[[1] * 7, record]))
    assert decode_record(frame.records[0]).kind == 1
    with pytest.raises(RuleBroken):
        decode_record(frame.records[1])


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_unreadable(payload: bytes) -> None:
    for decode in (decode_frame, decode_status, decode_record):
        with contextlib.suppress(RuleBroken):
            decode(payload)


@given(st.data())
def test_any_damage_to_a_frame_is_read_or_unreadable(data: st.DataObject) -> None:
    payload = bytearray(encoded())
    for _ in range(data.draw(st.integers(1, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(payload[: data.draw(st.integers(0, len(payload)))])
    try:
        frame = decode_frame(cut)
    except RuleBroken:
        return
    assert msgspec.json.decode(cut)["epoch"] == frame.epoch


def test_deep_nesting_is_unreadable_not_fatal() -> None:
    with pytest.raises(RuleBroken):
        decode_frame(b'{"v":1,"records":' + b"[" * 4000)


@pytest.mark.parametrize(
    ("topic", "parsed"),
    [
        ("smilepost/v1/exit-1/up", ("exit-1", "up")),
        ("smilepost/v1/exit-1/status", ("exit-1", "status")),
        ("smilepost/v1/exit-1/ack", None),
        ("smilepost/v1/Exit/up", None),
        ("smilepost/v1/a.b/up", None),
        ("smilepost/v1/" + "a" * 33 + "/up", None),
        ("smilepost/v1//up", None),
        ("smilepost/v2/exit-1/up", None),
    ],
)
def test_topics(topic: str, parsed: tuple[str, str] | None) -> None:
    assert parse_topic(topic) == parsed
