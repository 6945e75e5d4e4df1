"""The judge of the fault suite finds each kind of wrong by itself."""

import pytest

from tests.message_crashes.ledger import Row, judge

WELL = Row("done", None)


def test_what_is_right_is_right() -> None:
    rows = {"a": WELL, "b": Row("unknown", "Cut off."), "c": Row("unknown", "Cut off."), "d": Row("failed", "No.")}
    ledger = judge(rows, ["a", "b"])
    assert ledger.well
    assert (ledger.messages, ledger.arrived) == (4, 2)
    assert ledger.outcomes["unknown, arrived: Cut off."] == 1


@pytest.mark.parametrize(
    ("rows", "arrived", "says"),
    [
        ({"a": WELL}, ["a", "a"], "a arrived 2 times"),
        ({"a": Row("sending", None)}, [], "a is still sending"),
        ({"a": WELL}, [], "a is done and was told to nobody"),
        ({"a": Row("failed", "No.")}, ["a"], "a failed and was told"),
        ({"a": Row("unknown", None)}, [], "a is unknown and does not say why"),
        ({}, ["a"], "a was told, and nobody asked for it"),
    ],
)
def test_what_is_wrong_is_said(rows: dict[str, Row], arrived: list[str], says: str) -> None:
    ledger = judge(rows, arrived)
    assert not ledger.well
    assert says in ledger.wrong
    assert says in str(ledger)
