"""The judge of the fault suite finds each kind of wrong by itself."""

import pytest

from tests.spool_crashes.ledger import Row, judge

NO_PROOF = "Sent."
WELL = Row("done", None)


def test_what_is_right_is_right() -> None:
    asked = {"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"}
    rows = {
        "a": WELL,
        "b": Row("unknown", "It broke."),
        "c": Row("unknown", "It broke."),
        "d": Row("failed", "Too late."),
        "e": Row("done", NO_PROOF),
    }
    ledger = judge(asked, rows, ["B", "A"], NO_PROOF)
    assert ledger.well
    assert (ledger.jobs, ledger.printed) == (5, 2)
    assert ledger.outcomes["unknown: It broke."] == 2
    assert ledger.unproven == {False: 1}


@pytest.mark.parametrize(
    ("rows", "paper", "says"),
    [
        ({"a": WELL}, ["A", "A"], "a was printed 2 times"),
        ({}, ["A"], "a was lost"),
        ({"a": Row("sending", None)}, ["A"], "a is still sending"),
        ({"a": WELL}, [], "a is done and on no paper"),
        ({"a": Row("failed", "Too late.")}, ["A"], "a failed and is on paper"),
        ({"a": Row("unknown", None)}, [], "a is unknown and does not say why"),
        ({"a": WELL}, ["A", "B"], "B is on paper, and nobody asked for it"),
    ],
)
def test_what_is_wrong_is_said(rows: dict[str, Row], paper: list[str], says: str) -> None:
    ledger = judge({"a": "A"}, rows, paper, NO_PROOF)
    assert not ledger.well
    assert says in ledger.wrong
    assert says in str(ledger)


def test_a_serial_printer_s_word_is_the_only_one_there_is() -> None:
    ledger = judge({"a": "A"}, {"a": WELL}, [], NO_PROOF, over_a_line={"a"}, losses=1)
    assert ledger.well
    assert "lost its power" in str(ledger)
    assert not judge({"a": "A"}, {"a": WELL}, [], NO_PROOF, over_a_line={"a"}).well  # its power never went
    assert not judge({"a": "A"}, {"a": WELL}, ["A", "A"], NO_PROOF, over_a_line={"a"}, losses=1).well
