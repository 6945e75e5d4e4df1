"""The ports of this computer at which a board may be."""

from collections.abc import Sequence
from dataclasses import dataclass

from serial.tools import list_ports

from collector.failure import Failure

#: Who makes boards, or the chips that connect them to USB.
MAKERS = {
    0x2E8A: "Raspberry Pi",
    0x303A: "Espressif",
    0x10C4: "a board with a CP210x",
    0x1A86: "a board with a CH34x",
}


@dataclass(frozen=True)
class Port:
    """A serial port.

    Parameters
    ----------
    path: for example /dev/ttyACM0 or COM3.
    description: what is plugged in there, in words.
    vid, pid: who made the USB device, and which it is.
    serial: of the USB device, "" where it has none.
    """

    path: str
    description: str
    vid: int | None = None
    pid: int | None = None
    serial: str = ""

    def now_at(self) -> str | None:
        """Where this very device is now: after a restart it may come back at another path."""
        if not self.serial:
            return None
        same = [port.path for port in find_boards() if (port.vid, port.serial) == (self.vid, self.serial)]
        # Some makers give each of their chips the same number; those stay where they are.
        return self.path if self.path in same else same[0] if same else None


def find_boards() -> list[Port]:
    """The ports at which something is plugged in that may be a board."""
    ports = [
        Port(port.device, port.product or MAKERS[port.vid], port.vid, port.pid, port.serial_number or "")
        for port in list_ports.comports()
        if port.vid in MAKERS
    ]
    return sorted(ports, key=lambda port: port.path)


def port_of(path: str) -> Port | None:
    """What is plugged in at a path, where that is known."""
    return next((port for port in find_boards() if port.path == path), None)


def only_board(ports: Sequence[Port]) -> Port:
    """The one board there is.

    Raises
    ------
    Failure: there is none, or more than one.
    """
    if not ports:
        raise Failure(
            "No board was found on USB. Plug it in with a cable that carries data (many only charge), directly and not "
            "through a hub, and run the same command again. If it is new, it needs MicroPython first: hardware.md says "
            "how. A board at another serial port is named by --port."
        )
    if len(ports) > 1:
        listed = ", ".join(f"{port.path} ({port.description})" for port in ports)
        raise Failure(
            f"There are {len(ports)} boards on USB: {listed}. Unplug all but one and run the same command again, or "
            f"name yours: --port {ports[0].path}."
        )
    return ports[0]
