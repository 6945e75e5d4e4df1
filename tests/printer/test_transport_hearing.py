"""Everything that a printer says comes in one stream; nothing in it is taken for something else."""

from hypothesis import given
from hypothesis import strategies as st

from printer.condition import COVER_OPEN, PAPER_LOW, PAPER_OUT, READY
from printer.transport.hearing import Hearing

#: What printers say of how they are,
STATES = {
    b"\x12\x12\x12\x12": READY,
    b"\x12\x12\x12\x1e": PAPER_LOW,
    b"\x1a\x32\x12\x7e": PAPER_OUT,
    b"\x10\x00\x00\x0f": READY,
    b"\x38\x00\x0f\x0f": COVER_OPEN,
}
#: what they answer to other questions; letters of the first look like answers to DLE EOT (2, 6) or like the beginning
#: of a report (0, 4);
ANSWERS = (b"\x37\x222604\x00", b"\x5fTM-T20III\x00", b"\x00", b"\x0c")
#: and what comes in between, XON, XOFF and noise.
OTHERS = (b"\x11", b"\x13", b"\xff")


@given(st.lists(st.sampled_from([*STATES, *ANSWERS, *OTHERS])), st.data())
def test_it_is_told_apart_in_any_pieces(said: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(said)
    hearing = Hearing()
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        hearing.take(stream[:size])
        stream = stream[size:]
    states = [each for each in said if each in STATES]
    assert hearing.condition == (STATES[states[-1]] if states else None)
    assert hearing.answered == sum(each[0] & 3 == 2 for each in states)
    assert hearing.answers == b"".join(each for each in said if each in ANSWERS)


def test_half_answered_questions_are_not_asked_anew() -> None:
    hearing = Hearing()
    assert not hearing.is_answering
    hearing.take(b"\x1a\x32")
    assert hearing.is_answering
    hearing.take(b"\x12\x7e")
    assert not hearing.is_answering
    assert hearing.condition == PAPER_OUT


def test_a_report_whose_end_was_lost_hides_nothing_behind_it() -> None:
    hearing = Hearing()
    hearing.take(b"\x18\x12\x12\x12\x12")
    assert hearing.condition == READY


@given(st.binary())
def test_after_any_nonsense_it_hears_again(said: bytes) -> None:
    hearing = Hearing()
    hearing.take(said)
    hearing.take(bytes(200))
    hearing.take(b"\x38\x00\x0f\x0f")
    assert hearing.condition == COVER_OPEN
