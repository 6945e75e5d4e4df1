"""Sentences are known again, with what stands in their places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sentences.reading import Sentences
from collector.sentences.words import KNOWN, PIECES

SOME = Sentences(
    [
        "The slip %(slip)s is lost.",
        "The slip 7 is lost.",
        "The printer is out of paper: put in a new roll.",
        "%(name)s looked: it was printed.",
    ]
)


def test_what_is_said_exactly_wins() -> None:
    assert SOME.read("The slip 8 is lost.") == ("The slip %(slip)s is lost.", {"slip": "8"})
    assert SOME.read("The slip 7 is lost.") == ("The slip 7 is lost.", {})
    assert SOME.read("The slip is lost.") is None
    assert SOME.read("Olha (till 2) looked: it was printed.") == (
        "%(name)s looked: it was printed.",
        {"name": "Olha (till 2)"},
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nobody knows this.",
        "Nobody knows this. The slip 8 is lost.",
    ],
)
def test_what_nobody_knows_stays_whole(text: str) -> None:
    assert "".join(SOME.parts(text)) == text


def test_several_are_told_apart() -> None:
    text = "The printer is out of paper: put in a new roll. The slip 8 is lost. And more. So it is."

    assert SOME.parts(text) == [
        "The printer is out of paper: put in a new roll.",
        "The slip 8 is lost.",
        "And more. So it is.",
    ]


@given(st.text(max_size=80))
def test_whatever_a_text_is_nothing_of_it_is_lost(text: str) -> None:
    assert " ".join(KNOWN.parts(text)) == text
    assert PIECES.read(text) is None or text


@given(st.text("abcdefgh 123", min_size=1, max_size=12))
def test_values_come_back(value: str) -> None:
    assert SOME.read(f"The slip {value} is lost.") is not None
    found = KNOWN.read(f"The kiosk cannot print this: {value}")
    assert found == ("The kiosk cannot print this: %(why)s", {"why": value})
