"""Where boards are, and what is said where they are not."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from collector.failure import Failure
from provisioning.board import Board, find_boards, only_board
from simulators.serial_board import SerialBoard


def usb(path: str, vid: int | None, product: str | None = None, serial: str | None = None) -> ListPortInfo:
    port = ListPortInfo(path)
    port.vid, port.pid, port.product, port.serial_number = vid, 5, product, serial
    return port


def plug_in(monkeypatch: pytest.MonkeyPatch, *ports: ListPortInfo) -> None:
    monkeypatch.setattr(list_ports, "comports", lambda: list(ports))


def test_boards_are_known_by_their_makers(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(
        monkeypatch,
        usb("/dev/ttyUSB1", 0x10C4, "CP2102 USB to UART"),
        usb("/dev/ttyUSB0", 0x1A86),
        usb("/dev/ttyACM1", 0x303A, "USB JTAG/serial"),
        usb("/dev/ttyACM0", 0x2E8A, "Board in FS mode", "e66"),
        usb("/dev/ttyS0", None),
        usb("/dev/ttyUSB7", 0x0403, "A till's receipt printer"),
    )
    assert [(port.path, port.description) for port in find_boards()] == [
        ("/dev/ttyACM0", "Board in FS mode"),
        ("/dev/ttyACM1", "USB JTAG/serial"),
        ("/dev/ttyUSB0", "a board with a CH34x"),
        ("/dev/ttyUSB1", "CP2102 USB to UART"),
    ]


def test_one_board_is_taken_none_and_two_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = usb("/dev/ttyACM0", 0x2E8A, "Pico W"), usb("/dev/ttyACM1", 0x2E8A, "Pico W")
    plug_in(monkeypatch, left)
    assert only_board(find_boards()).path == "/dev/ttyACM0"
    plug_in(monkeypatch)
    with pytest.raises(Failure, match=r"No board was found on USB\. Plug it in with a cable that carries data"):
        only_board(find_boards())
    plug_in(monkeypatch, left, right)
    with pytest.raises(Failure, match=r"2 boards on USB: /dev/ttyACM0 \(Pico W\), .*name yours: --port /dev/ttyACM0"):
        only_board(find_boards())


def test_a_board_that_comes_back_elsewhere_is_known_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, usb("/dev/ttyACM0", 0x2E8A, "Pico W", "e66"))
    port = only_board(find_boards())
    plug_in(monkeypatch, usb("/dev/ttyACM0", 0x2E8A, "Pico W", "e77"), usb("/dev/ttyACM3", 0x2E8A, "Pico W", "e66"))
    assert port.now_at() == "/dev/ttyACM3"


def opening(path: str) -> str:
    with pytest.raises(Failure) as raised, Board.open(path):
        pass
    return str(raised.value)


def test_a_port_without_a_board(tmp_path: Path) -> None:
    assert f"There is no board at {tmp_path}/port. Plug it in" in opening(f"{tmp_path}/port")


def test_a_port_that_is_in_use(tmp_path: Path) -> None:
    with SerialBoard(tmp_path) as board, Board.open(board.port):
        assert f"{board.port} is in use by another program" in opening(board.port)


def test_a_port_that_is_not_for_this_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port, really = str(tmp_path / "port"), os.open

    def guarded(path: Any, *arguments: Any, **more: Any) -> int:
        if path == port:  # tests may run as root, to whom every port is open
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return really(path, *arguments, **more)

    monkeypatch.setattr(os, "open", guarded)
    monkeypatch.setenv("USER", "anna")
    assert f"You may not use {port}" in opening(port)
    assert "usermod -a -G dialout anna" in opening(port)


def test_a_port_stays_itself_where_all_have_the_same_number(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, usb("/dev/ttyUSB0", 0x10C4, serial="0001"), usb("/dev/ttyUSB1", 0x10C4, serial="0001"))
    assert [port.now_at() for port in find_boards()] == ["/dev/ttyUSB0", "/dev/ttyUSB1"]
