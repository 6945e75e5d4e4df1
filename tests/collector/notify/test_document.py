"""What docs/central-queue.md shows is what arrives."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from collector.cases import changes
from collector.cases.changes.by_clock import climb
from collector.cases.changes.conditional import Doer
from collector.cases.submit import submit
from collector.notify.events import cloud_event
from collector.notify.tables import outbox
from collector.ratings.kinds import Channel
from collector.settings import Settings
from collector.surveys.answers import Reply, Source
from collector.surveys.default import ensure_default
from tests.factories import NOW, Shop

DOCUMENT = Path(__file__).parents[3] / "docs" / "central-queue.md"


def shown() -> list[dict[str, Any]]:
    """The five examples; all but the first show only what differs from the first."""
    blocks = [block.split("```")[0] for block in DOCUMENT.read_text().split("```json\n")[1:]]
    return [json.loads(block) for block in blocks[:5]]


def test_the_examples_are_what_a_case_tells(engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        ensure_default(connection)
    source = Source("poster:test", Channel.POSTER_QR, riverside.store, riverside.exit)
    words = "Only one till open"
    case_id = submit(engine, settings, source, Reply("en", 4, (1,), words), NOW).case_id
    assert case_id is not None
    with engine.begin() as connection:
        olena = Doer("Olena", riverside.store, NOW + timedelta(minutes=10))
        assert changes.take(connection, settings, case_id, olena)
        assert changes.comment(connection, settings, case_id, olena, "Called the second till.")
    assert climb(engine, settings, NOW + timedelta(days=2)) == 1
    with engine.begin() as connection:
        iryna = Doer("Iryna", riverside.region, NOW + timedelta(days=3))
        assert changes.resolve(connection, settings, case_id, iryna, "A second till is open from 17:00 now.")
        told = [
            cloud_event(row, settings.url) for row in connection.execute(select(outbox).order_by(outbox.c.id)).all()
        ]
    opened, *later = shown()
    assert told[0].keys() == opened.keys()
    assert told[0]["type"] == opened["type"]
    assert types_of(told[0]) == types_of(opened)
    for real, example in zip(told[1:], later, strict=True):
        assert real["type"] == example["type"]
        differs = {name for name in real["data"] if real["data"][name] != told[0]["data"][name]}
        assert differs == example["data"].keys(), json.dumps(real, indent=2)
        assert types_of(real) == types_of({**opened, **example, "data": opened["data"] | example["data"]})


def types_of(event: dict[str, Any]) -> dict[str, type]:
    """Type of each value, those of `data` too."""
    found = {name: type(value) for name, value in event.items()}
    return found | {f"data.{name}": type(value) for name, value in event["data"].items()}
