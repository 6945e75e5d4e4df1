"""What a form makes of what was typed, and what it says against it."""

import pytest
from flask import Flask

from collector.slips.forms import PrinterForm, read

FORM = PrinterForm(kiosks=["riverside-exit"], here=False)
TYPED = {"name": "Counter", "host": "192.168.1.50", "kiosk": "riverside-exit"}


@pytest.mark.parametrize(
    ("way", "kind", "fits"),
    [
        ("cloudprnt", "star-80", True),
        ("cloudprnt", "star-58", True),
        ("cloudprnt", "epson-80", False),
        ("cloudprnt", "other-80", False),
        ("epson-sdp", "epson-58", True),
        ("epson-sdp", "star-80", False),
        ("epson-sdp", "zjiang-58", False),
        ("tcp", "star-80", True),
        ("tcp", "other-58", True),
        ("kiosk", "epson-80", True),
    ],
)
def test_a_printer_that_fetches_is_of_a_kind_that_can(app: Flask, way: str, kind: str, fits: bool) -> None:
    with app.test_request_context():
        setup, form = read({**TYPED, "way": way, "profile": kind}, FORM)
    assert (setup is not None) == fits
    assert set(form.problems) == (set() if fits else {"profile"})


def test_an_address_with_a_problem_is_the_only_problem(app: Flask) -> None:
    with app.test_request_context():
        setup, form = read({**TYPED, "way": "tcp", "host": "0x7f.1", "profile": "epson-80"}, FORM)
    assert setup is None
    assert set(form.problems) == {"host"}
