"""How changes are said."""

from flask import Flask

from collector.insights.compare import BeforeAfter
from collector.insights.pages.words import changed


def test_what_rounds_to_nothing_has_no_sign(app: Flask) -> None:
    with app.test_request_context():
        assert changed(BeforeAfter(-0.02, -0.7, 0.66, 0.9, 50)).startswith("0.0 points (95 % interval −0.7 to +0.7)")
