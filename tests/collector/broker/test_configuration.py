"""The broker's configuration holds wherever the data lies, and a number left in its pid file harms nobody."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg.rows import TupleRow

from collector.broker.nats import EmbeddedBroker
from collector.settings import Settings


def test_data_may_lie_below_any_name(
    settings: Settings, database: psycopg.Connection[TupleRow], tmp_path: Path
) -> None:
    data = tmp_path / 'Дані "Олі" & co'
    data.mkdir()
    broker = EmbeddedBroker(replace(settings, data=data))
    broker.prepare(database)
    program, _, configuration = broker.command()
    checked = subprocess.run([program, "-t", "--config", configuration], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_number_in_a_pid_file_that_is_not_the_broker_gets_no_signal(
    settings: Settings, database: psycopg.Connection[TupleRow]
) -> None:
    broker = EmbeddedBroker(settings)
    broker.prepare(database)
    for left_behind in (str(os.getpid()), "4194305", "", "nonsense"):
        (settings.data / "broker" / "nats.pid").write_text(left_behind)
        broker.refresh_users(database)  # a SIGHUP would end this very process
