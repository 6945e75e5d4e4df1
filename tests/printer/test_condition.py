"""What a printer says of itself becomes one sentence, the most particular one."""

import pytest

from printer.condition import (
    BROKEN,
    COVER_OPEN,
    CUTTER_STUCK,
    OFFLINE,
    PAPER_LOW,
    PAPER_OUT,
    READY,
    Condition,
    condition_of,
    condition_of_report,
)


@pytest.mark.parametrize(
    ("answers", "condition"),
    [
        ((0x12, 0x12, 0x12, 0x12), READY),
        ((0x12, 0x12, 0x12, 0x1E), PAPER_LOW),
        ((0x1A, 0x32, 0x12, 0x7E), PAPER_OUT),
        ((0x1A, 0x16, 0x12, 0x12), COVER_OPEN),
        ((0x1A, 0x36, 0x12, 0x7E), COVER_OPEN),
        ((0x1A, 0x52, 0x1A, 0x12), CUTTER_STUCK),
        ((0x1A, 0x52, 0x32, 0x12), BROKEN),
        ((0x1A, 0x12, 0x12, 0x12), OFFLINE),
    ],
)
def test_answers_to_the_four_questions(answers: tuple[int, int, int, int], condition: Condition) -> None:
    assert condition_of(*answers) == condition


@pytest.mark.parametrize(
    ("report", "condition"),
    [
        (b"\x10\x00\x00\x00", READY),
        (b"\x14\x00\x00\x0f", READY),  # the drawer is open
        (b"\x10\x00\x03\x0f", PAPER_LOW),
        (b"\x18\x00\x0f\x0f", PAPER_OUT),
        (b"\x38\x00\x0f\x0f", COVER_OPEN),
        (b"\x18\x08\x00\x0f", CUTTER_STUCK),
        (b"\x18\x20\x00\x0f", BROKEN),
        (b"\x18\x00\x00\x0f", OFFLINE),
    ],
)
def test_reports_that_nobody_asked_for(report: bytes, condition: Condition) -> None:
    assert condition_of_report(report) == condition
