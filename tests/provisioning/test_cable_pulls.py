"""A cable that is pulled at any moment leaves a board that the same command completes.

A small firmware, every operation of the flash; the whole one is `make test-cable`.
"""

import select
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulators.serial_board import SerialBoard
from tests.provisioning.cable_pulls import Case, extent, prepared, pulled, toy


def _runs_version_2(board: SerialBoard) -> None:
    said = b""
    with Path(board.port).open("rb", buffering=0) as port:  # pyserial would throw away what has been said already
        while b">>> " not in said:
            assert select.select([port], [], [], 20)[0], said
            said += port.read(4096)
    assert b"ran {2}" in said


CASES = {"blank": Case({}, toy(2), _runs_version_2), "older": Case(toy(1), toy(2), _runs_version_2)}


@pytest.mark.parametrize("name", CASES)
def test_power_goes_at_each_operation_of_the_flash(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    image = prepared(tmp_path, case)
    operations, _ = extent(image, case)
    with ThreadPoolExecutor(2) as pool:
        cuts = list(pool.map(lambda at: pulled(image, case, at_flash=at), range(1, operations + 1)))
    assert all(cuts[:-1]), "a cut was none"


def test_the_cable_is_pulled_in_the_middle_of_what_is_sent(tmp_path: Path) -> None:
    case = CASES["older"]
    image = prepared(tmp_path, case)
    _, size = extent(image, case)
    with ThreadPoolExecutor(2) as pool:
        cuts = list(pool.map(lambda after: pulled(image, case, after_bytes=after), range(1, size - 200, 601)))
    assert all(cuts)
