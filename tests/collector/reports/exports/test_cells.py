"""One line of a file: it comes back as it was, and no spreadsheet takes any of it for a formula."""

import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from collector.ratings.kinds import Channel, Mark
from collector.reports.exports.cells import cell, encoded, harmless


@given(some.text(some.sampled_from("a;=+-@\t\r\n '\u2003\u200b,1")) | some.text())
def test_no_cell_begins_a_formula_and_none_is_changed_otherwise(typed: str) -> None:
    safe = harmless(typed)
    # Wherever a spreadsheet may begin a cell, in countries whose separator is a semicolon, too.
    for begun in re.split(r"[;\t\r\n]", safe):
        assert begun.lstrip()[:1] not in set("=+-@＝＋－＠")
    assert safe.replace("'", "") == typed.replace("'", "")
    assert harmless(safe) == safe


@given(some.lists(some.text(some.characters(exclude_categories=("Cs",))), min_size=2, max_size=5))
def test_lines_come_back_as_they_were(row: list[str]) -> None:
    read = list(csv.reader(io.StringIO(encoded([row]).decode(), newline="")))
    assert read == [[harmless(each) for each in row]]


def test_kinds_times_and_numbers() -> None:
    values = (None, True, Channel.POSTER_QR, -3, 66.7, Decimal("12.50"), date(2026, 11, 22))
    assert [cell(each) for each in values] == [None, True, "poster-qr", -3, 66.7, Decimal("12.50"), "2026-11-22"]
    assert cell(datetime(2026, 11, 22, 9, 52, 1, 250_000, tzinfo=UTC)) == "2026-11-22T09:52:01+00:00"
    assert [cell(kind) for kind in (Channel.KIOSK_BUTTON, Mark.COUNTED)] == ["kiosk-button", "counted"]
    assert cell("+380 50 123 45 67") == "'+380 50 123 45 67"
    assert cell("nice;\u2003=1+1") == "nice;'\u2003=1+1"
    assert cell("5, -3") == "5, -3"
    assert encoded([("a;b", 'say "no"', "=1+1", None)]) == b'a;b,"say ""no""",\'=1+1,\r\n'
