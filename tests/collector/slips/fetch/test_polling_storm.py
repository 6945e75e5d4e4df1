"""Whatever happens to printers that call, and to the process that they call: no slip comes out twice."""

from sqlalchemy import Engine

from collector.settings import Settings
from tests.collector.slips.fetch.polling_storm import storm


def test_nothing_comes_out_twice_and_whatever_does_not_says_why(settings: Settings, engine: Engine) -> None:
    ledger = storm(settings, engine, jobs=48, seed=6, kills=2)
    assert ledger.well, ledger
    assert ledger.outcomes["done: printed"] > 24
