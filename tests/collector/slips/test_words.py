"""Every condition that a printer can be found in has its words."""

import pytest
from flask import Flask

from collector.slips.queries import Desk, Printer
from collector.slips.words import printer_words
from printer import condition as conditions

CONDITIONS = [each for each in vars(conditions).values() if isinstance(each, conditions.Condition)]


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.state)
def test_every_condition_has_words(app: Flask, condition: conditions.Condition) -> None:
    with app.test_request_context():
        desk = Desk(Printer(1, 1, "Checkout 2", condition.state, None), waiting=3, unsure=0, last=None)
        said = printer_words(desk)
    assert "Checkout 2" in said
    assert ("3 slips that wait" in said) != condition.ready
