from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine

from collector.failure import Failure
from collector.fleet.identity import Identity
from collector.settings import Settings
from provisioning.collector import Collector, NotDone, reached
from provisioning.program import enrolled, write_identity, write_program
from tests.factories import make_shop
from tests.provisioning.served import web


def test_all_that_a_board_runs(tmp_path: Path) -> None:
    size = write_program("pico_w", tmp_path)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert size == sum(path.stat().st_size for path in written)
    assert (tmp_path / "main.py").read_text() == 'from starter import start\n\nstart("pico_w")\n'
    assert {"starter.mpy", "kiosk_main.mpy"} <= {path.name for path in written}


def test_a_board_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="there is no board toaster"):
        write_program("toaster", tmp_path)


@pytest.fixture
def collector(engine: Engine, settings: Settings) -> Iterator[Collector]:
    with engine.begin() as connection:
        make_shop(connection, "Lakeside")
    with web(replace(settings, kiosk_broker="mqtts://broker.example")), reached(settings) as collector:
        yield collector


def test_an_enrolled_kiosk_has_an_identity_for_its_eyes_only(collector: Collector, tmp_path: Path) -> None:
    at = collector.touchpoint("Lakeside", "Exit")
    first = enrolled(collector, "bench-1", at)
    again = enrolled(collector, "bench-1", at)
    assert (first.kiosk, first.host, first.port, first.tls) == ("bench-1", "broker.example", 8883, True)
    assert collector.secrets("bench-1") == {first.n, again.n} == {1, 2}
    path = tmp_path / "device.json"
    write_identity(again, path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    write_identity(again, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".device*"))
    assert msgspec.json.decode(path.read_bytes(), type=Identity) == again


def test_a_bench_may_have_a_way_to_the_broker_and_a_key_of_its_own(collector: Collector, tmp_path: Path) -> None:
    key = tmp_path / "release.key.pub"
    key.write_text("key\n")
    at = collector.touchpoint("Lakeside", "Exit")
    who = enrolled(collector, "bench-1", at, "mqtt://192.168.1.10", key)
    assert (who.host, who.port, who.tls, who.key) == ("192.168.1.10", 1883, False, "key")


def test_what_cannot_be_makes_no_kiosk(collector: Collector, tmp_path: Path) -> None:
    at = collector.touchpoint("Lakeside", "Exit")
    with pytest.raises(Failure, match="write an address like mqtts://"):
        enrolled(collector, "bench-1", at, "broker")
    with pytest.raises(Failure, match=r"cannot be read\. Name the file release\.key\.pub"):
        enrolled(collector, "bench-1", at, key=tmp_path / "nowhere")
    with pytest.raises(NotDone, match="no such kiosk"):
        collector.kiosk("bench-1")


def test_a_kiosk_elsewhere_or_retired_gets_no_secret(collector: Collector) -> None:
    at = collector.touchpoint("Lakeside", "Exit")
    enrolled(collector, "bench-1", at)
    with pytest.raises(Failure, match="bench-1 stands elsewhere"):
        enrolled(collector, "bench-1", collector.touchpoint("Lakeside", "Checkout"))
    collector.change("bench-1", "retire", {"why": "broken"})
    with pytest.raises(Failure, match="bench-1 is retired"):
        enrolled(collector, "bench-1", at)
