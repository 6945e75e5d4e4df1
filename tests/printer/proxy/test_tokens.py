"""Any split of a stream gives the same tokens, and they are the stream."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printer.proxy.tokens import WHOLE, Kind, Token, Tokenizer, letters
from tests.printer.proxy import receipts
from tests.printer.proxy.receipts import pieces

SAMPLES = [
    receipts.plain(),
    receipts.old_school(),
    receipts.logo_above(),
    receipts.graphics(),
    receipts.kitchen(),
    receipts.drawer(),
]
#: Each kind of command, whole, with what it is known by.
COMMANDS = {
    "status": b"\x10\x04\x01",
    "ink status": b"\x10\x04\x07\x01",
    "recover": b"\x10\x05\x01",
    "drawer at once": b"\x10\x14\x01\x00\x01",
    "buzzer": b"\x10\x14\x03\x01\x01\x00\x01\x01",
    "clear": b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
    "reset": b"\x1b@",
    "mode": b"\x1b!\x1b",
    "position": b"\x1b$\x1b\x1d",
    "tabs": b"\x1bD\x08\x10\x1b\x1d\x00",
    "no tabs": b"\x1bD\x00",
    "columns": b"\x1b*\x21\x02\x00" + b"\x1dV\x00\x1bi\x0a",
    "own letters": b"\x1b&\x03\x41\x42" + b"\x01\x1dV\x00" + b"\x02\x1bi\x1bm\x1bi",
    "area": b"\x1bW" + b"\x1d" * 8,
    "sensors": b"\x1bc3\x1b",
    "beep": b"\x1bB\x1b\x1d",
    "drawer": b"\x1bp\x1b\x1d\x1b",
    "lettered": b"\x1b(A\x03\x00\x1bi\x1b",
    "stored pictures": b"\x1cq\x02" + b"\x01\x00\x01\x00" + b"\x1dV\x00\x1bi123" + b"\x01\x00\x02\x00" + b"\x1bi" * 8,
    "user memory": b"\x1cg1\x00\x00\x00\x00\x00\x03\x00\x1bi\x1d",
    "own picture": b"\x1d*\x01\x02" + b"\x1dV\x00\x1bi\x1bm\x1d" * 2,
    "raster": b"\x1dv0\x03\x02\x00\x03\x00" + b"\x1dV\x00\x1bi\x1b",
    "column raster": b"\x1dQ0\x00\x02\x00\x03\x00" + b"\x1dV\x00\x1bi\x1b",
    "bar code to a zero": b"\x1dk\x04" + b"ABC\x1di\x00",
    "bar code": b"\x1dk\x49\x05" + b"\x1dV\x00\x1bi",
    "code": b"\x1d(k\x08\x00\x31\x50\x30\x1dV\x00\x1bi",
    "graphics": b"\x1d8L\x06\x00\x00\x00\x1dV\x00\x1bi\x1b",
    "counter": b"\x1dC1\x1d\x1d\x1d\x1d\x1d\x1d",
    "maintenance": b"\x1dg2\x00\x1d\x1d",
    "proof": b"\x1d(H\x06\x00\x30\x30\x1dV\x00\x1b",
    "cut": b"\x1dV\x00",
    "cut by a letter": b"\x1dV1",
    "cut with feed": b"\x1dVB\x1b",
    "cut later": b"\x1dVa\x1b",
    "cut, and back": b"\x1dVh\x1b",
    "old cut": b"\x1bi",
    "old partial cut": b"\x1bm",
    "display": b"\x1b=\x02\x1dV\x00\x1bi\x1f\x1b=\x01",
}
streams = st.lists(
    st.one_of(
        st.sampled_from([*COMMANDS.values(), *SAMPLES]), st.binary(max_size=40), st.text(max_size=9).map(str.encode)
    ),
    max_size=8,
).map(b"".join)


def tokens_of(parts: list[bytes]) -> list[Token]:
    """The tokens of a stream, pieces of one thing put together."""
    tokenizer = Tokenizer()
    found = [token for part in parts for token in tokenizer.feed(part)]
    whole = []
    for (kind, name), group in itertools.groupby(found, lambda token: (token.kind, token.name)):
        same = [token.raw for token in group]
        whole += [Token(kind, raw, name) for raw in ([b"".join(same)] if kind is not Kind.COMMAND else same)]
    return [*whole, Token(Kind.REST, tokenizer.held, b"held")]


@given(stream=streams, cuts=st.lists(st.integers(0, 10**6), max_size=12))
def test_any_split_gives_the_same_tokens(stream: bytes, cuts: list[int]) -> None:
    assert tokens_of(list(pieces(stream, cuts))) == tokens_of([stream])


@given(stream=streams, cuts=st.lists(st.integers(0, 10**6), max_size=12))
def test_the_tokens_are_the_stream(stream: bytes, cuts: list[int]) -> None:
    assert b"".join(token.raw for token in tokens_of(list(pieces(stream, cuts)))) == stream


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("piece", [1, 2, 1000])
def test_it_knows_where_each_command_ends(command: bytes, piece: int) -> None:
    """Bytes that look like cuts, resets and letters within a command are none."""
    stream = b"above\n" + command + b"below\n\x1dV\x00"
    found = tokens_of([stream[at : at + piece] for at in range(0, len(stream), piece)])
    assert b"".join(letters(token.raw) for token in found if token.kind is Kind.TEXT) == b"above\nbelow\n"
    assert found[-2:] == [Token(Kind.COMMAND, b"\x1dV\x00", b"\x1dV"), Token(Kind.REST, b"", b"held")]


@pytest.mark.parametrize(
    "unknown",
    [b"\x1b\x01", b"\x1dx", b"\x1f", b"\x1dV\x07", b"\x1bD\x08\x08", b"\x1d:", b"\x07", b"\x10\x03", b"\x1c\x7f"],
)
def test_what_it_does_not_know_ends_all_knowledge(unknown: bytes) -> None:
    *known, rest, held = tokens_of([b"text\n", unknown + b"text\n\x1dV\x00", b"\x1b@text"])
    assert known == [Token(Kind.TEXT, b"text\n")]
    assert rest == Token(Kind.REST, unknown + b"text\n\x1dV\x00\x1b@text")
    assert held.raw == b""


def test_four_gigabytes_of_picture_go_through_without_being_kept() -> None:
    tokenizer = Tokenizer()
    assert [token.raw for token in tokenizer.feed(b"\x1dv0\x00\xff\xff\xff\xff")] == [b"\x1dv0\x00\xff\xff\xff\xff"]
    piece = b"\x1dV\x00\x1bi" * 1000
    for _ in range(500):
        assert [token.raw for token in tokenizer.feed(piece)] == [piece]
        assert tokenizer.held == b""


@given(stream=streams)
def test_byte_by_byte_it_keeps_no_more_than_one_short_command(stream: bytes) -> None:
    tokenizer = Tokenizer()
    for byte in stream:
        for _ in tokenizer.feed(bytes([byte])):
            pass
        assert len(tokenizer.held) < WHOLE
