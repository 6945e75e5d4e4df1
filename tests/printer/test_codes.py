"""Codes: whatever is encoded is decoded again, and nobody who has not the key makes or changes one."""

import base64
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from printer.codes import Case, Content, NotACode, Poster, Press, Receipt, decode, encode

KEY = bytes(range(32))

NUMBERS = some.integers(0, 2**32 - 1)
SMALL_NUMBERS = some.integers(0, 2**24 - 1)
CONTENTS = some.one_of(
    some.builds(Poster, NUMBERS),
    some.builds(Press, NUMBERS, NUMBERS),
    some.builds(Receipt, SMALL_NUMBERS, some.dates(date(2020, 1, 1), date(2199, 6, 5)), SMALL_NUMBERS),
    some.builds(Case, NUMBERS),
)


@given(content=CONTENTS, key_number=some.integers(0, 63))
def test_what_is_encoded_is_decoded(content: Content, key_number: int) -> None:
    code = encode(content, key_number, KEY)
    assert len(code) == 28
    claim = decode(code)
    assert (claim.content, claim.key_number) == (content, key_number)
    assert claim.is_signed_by(KEY)
    assert not claim.is_signed_by(KEY[::-1])


@given(content=CONTENTS, bit=some.integers(0, 17 * 8 - 1))
def test_no_bit_can_be_changed(content: Content, bit: int) -> None:
    raw = bytearray(base64.b32decode(encode(content, 0, KEY) + "===="))
    raw[bit // 8] ^= 1 << bit % 8
    assert not decode(base64.b32encode(raw).decode().rstrip("=")).is_signed_by(KEY)


@given(content=CONTENTS, gap=some.sampled_from([" ", "-", " - "]), every=some.integers(1, 9))
def test_thumbs_are_forgiven(content: Content, gap: str, every: int) -> None:
    code = encode(content, 0, KEY)
    typed = gap.join(code[at : at + every] for at in range(0, 28, every)).lower().translate(str.maketrans("oib", "018"))
    assert decode(typed).content == content


@given(text=some.text())
def test_anything_else_is_no_code(text: str) -> None:
    try:
        claim = decode(text)
    except NotACode:
        return
    assert not claim.is_signed_by(KEY)


@pytest.mark.parametrize("content", [Poster(2**32), Press(1, 2**32), Receipt(2**24, date(2026, 1, 1), 1)])
def test_what_does_not_fit_is_not_encoded(content: Content) -> None:
    with pytest.raises(OverflowError):
        encode(content, 0, KEY)
