from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine, select

from collector.failure import Failure
from collector.fleet.tables import kiosk_secret
from collector.settings import BrokerAddress, Settings
from provisioning.identity import Identity
from provisioning.program import enrolled, write_identity, write_program
from tests.factories import make_shop

BROKER = BrokerAddress("broker.example", 8883, "", tls=True)


def test_all_that_a_board_runs(tmp_path: Path) -> None:
    size = write_program("pico_w", tmp_path)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert size == sum(path.stat().st_size for path in written)
    assert (tmp_path / "main.py").read_text() == 'from starter import start\n\nstart("pico_w")\n'
    assert {"starter.mpy", "kiosk_main.mpy"} <= {path.name for path in written}


def test_a_board_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="there is no board toaster"):
        write_program("toaster", tmp_path)


def test_an_enrolled_kiosk_has_an_identity_for_its_eyes_only(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        make_shop(connection, "Lakeside")
        first = enrolled(connection, settings, "bench-1", "Lakeside", "Exit", BROKER, "key")
        again = enrolled(connection, settings, "bench-1", "Lakeside", "Exit", BROKER, "key")
        numbers = connection.execute(select(kiosk_secret.c.number).order_by(kiosk_secret.c.number)).scalars().all()
    assert (first.kiosk, first.host, first.port, first.tls, first.key) == (
        "bench-1",
        "broker.example",
        8883,
        True,
        "key",
    )
    assert numbers == [first.n, again.n] == [1, 2]
    path = tmp_path / "device.json"
    write_identity(again, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert msgspec.json.decode(path.read_bytes(), type=Identity) == again


def test_a_touchpoint_that_there_is_not(engine: Engine, settings: Settings) -> None:
    with engine.begin() as connection:
        make_shop(connection, "Lakeside")
        with pytest.raises(Failure, match="There is no touchpoint 'Roof' in a store 'Lakeside'"):
            enrolled(connection, settings, "bench-1", "Lakeside", "Roof", BROKER, "")
