"""`smilepost doctor` names each printer that does not print, and what to do."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import Engine

from collector.slips.examination import examine
from collector.slips.judge import UNWATCHED_AFTER
from printer.condition import PAPER_OUT
from tests.factories import NOW, Shop


def test_it_says_which_printer_does_not_print_and_what_to_do(
    engine: Engine, riverside: Shop, make_printer: Callable[..., int]
) -> None:
    make_printer(riverside.store, "Counter", state="ready", seen_at=NOW)
    make_printer(riverside.store, "Checkout", state="paper_out", seen_at=NOW)
    make_printer(riverside.store, "Old", state="paper_out", seen_at=NOW, retired_at=NOW)
    with engine.connect() as connection:
        found = [tuple(each) for each in examine(connection, NOW)]
    assert found == [
        ("printer Checkout at Riverside does not print now", PAPER_OUT.sentence),
        ("printers: 1 ready", ""),
    ]


def test_machines_count_them_by_how_they_are_now(
    make_app: Callable[..., Flask], riverside: Shop, make_printer: Callable[..., int]
) -> None:
    make_printer(riverside.store, "Counter", state="ready", seen_at=NOW)
    make_printer(riverside.store, "Checkout", state="ready", seen_at=NOW - UNWATCHED_AFTER * 2)
    make_printer(riverside.store, "New")
    make_printer(riverside.store, "Old", state="ready", seen_at=NOW, retired_at=NOW)
    figures = make_app().test_client().get("/metrics").text
    for state, count in {"ready": 1, "unwatched": 1, "unknown": 1, "paper_out": 0}.items():
        assert f'smilepost_printers{{state="{state}"}} {count}.0' in figures
