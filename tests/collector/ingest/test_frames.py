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

from collector.ingest.frames import (
    Command,
    RuleBroken,
    decode_frame,
    decode_record,
    decode_reply,
    decode_status,
    decode_want,
)
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
     [2, 7, 0, 1, 0, 0, 0], [4, 6, 0, 1, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0], [1, 1, 0, 1, -1, 0, 0],
     [1, 1, 7, 1, 0, 0, 0], [1, 1, 0, 1, 0, 0, 16], [1, 1, 0, 1, 0, 0], [1, 1, 0, 1, 0, 0, 0, 0],
     {"kind": 1}, None, "1"],
)  # fmt: skip
def test_record_that_breaks_a_rule_spoils_only_itself(record: Any) -> None:
    frame = decode_frame(encoded(records=[[1] * 7, record]))
    assert decode_record(frame.records[0]).kind == 1
    with pytest.raises(RuleBroken):
        decode_record(frame.records[1])


@pytest.mark.parametrize(
    "body",
    [{"v": 2, "id": 1, "done": True}, {"v": 1, "id": 0, "done": True}, {"v": 1, "id": 1, "done": "yes"},
     {"v": 1, "id": 1}, {"v": 1, "id": 1, "done": True, "text": "x" * 8192}],
)  # fmt: skip
def test_reply_that_breaks_a_rule_is_unreadable(body: dict[str, Any]) -> None:
    with pytest.raises(RuleBroken):
        decode_reply(json.dumps(body).encode())


def test_reply_carries_a_whole_log() -> None:
    lines = "\n".join("21:14 'зв’язок' \"lost\"" for _ in range(120))[:3000]
    body = {"v": 1, "id": 7, "done": True, "text": lines}
    assert decode_reply(json.dumps(body, ensure_ascii=False).encode()).text == lines


@pytest.mark.parametrize(
    "body",
    [{"v": 1, "release": 0, "file": 0, "offset": 0}, {"v": 1, "release": 1, "file": -1, "offset": 0},
     {"v": 1, "release": 1, "file": 32768, "offset": 0}, {"v": 1, "release": 1, "file": 0, "offset": -1}, []],
)  # fmt: skip
def test_want_that_breaks_a_rule_is_unreadable(body: Any) -> None:
    with pytest.raises(RuleBroken):
        decode_want(json.dumps(body).encode())


def test_newer_firmware_may_say_more_of_its_health() -> None:
    health = {"signal": None, "touch": True, "update": "fetching 3 of 12", "release": 12, "tasks": ["ring", 4, None]}
    body = {"boot": 1, "connection": 1, "state": "online", "epoch": 7, "seq": 0, "confirmed": 0, "settings": 0}
    status = decode_status(json.dumps({"v": 1, **body, "secret": 2, "health": health}).encode())
    assert (status.secret, status.health) == (2, health)


def test_commands_keep_their_secret_out_of_logs() -> None:
    command = Command(7, 1, "secret", 2, "a very secret word")
    assert "secret word" not in repr(command)
    assert json.loads(msgspec.json.encode(command))["secret"] == "a very secret word"


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_unreadable(payload: bytes) -> None:
    for decode in (decode_frame, decode_status, decode_reply, decode_want, decode_record):
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
        ("smilepost/v1/exit-1/reply", ("exit-1", "reply")),
        ("smilepost/v1/exit-1/want", ("exit-1", "want")),
        ("smilepost/v1/exit-1/ack", None),
        ("smilepost/v1/exit-1/cmd", None),
        ("smilepost/v1/Exit/up", None),
        ("smilepost/v1/a.b/up", None),
        ("smilepost/v1/" + "a" * 33 + "/up", None),
        ("smilepost/v1//up", None),
        ("smilepost/v2/exit-1/up", None),
    ],
)
def test_topics(topic: str, parsed: tuple[str, str] | None) -> None:
    assert parse_topic(topic) == parsed
