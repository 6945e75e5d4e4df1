"""What a board is, and whether the firmware runs on it."""

import re
from dataclasses import dataclass

from collector.failure import Failure
from provisioning.bundle import ON_CPYTHON, boards
from provisioning.wire.line import Line

#: The oldest MicroPython that the firmware runs on.
OLDEST = (1, 28)
#: What a board says of itself, by the name of its firmware.
_MACHINES = {
    "pico_w": r"Raspberry Pi Pico W with RP2040",
    "pico_2_w": r"Raspberry Pi Pico 2 W with RP2350",
    "esp32_s3": r".* with ESP32-?S3\b",
    "esp32_c3": r".* with ESP32-?C3\b",
    "virtual": r"linux \[",
}


@dataclass(frozen=True)
class Described:
    """What a board with MicroPython says of itself.

    Parameters
    ----------
    board: as `provisioning.bundle.boards` calls it; None: there is no firmware for it.
    machine: its own words, for example "Raspberry Pi Pico W with RP2040".
    micropython: its version, for example "1.29.0".
    mpy: the version of compiled modules that it loads.
    serial: of its chip, in hexadecimal digits.
    free, blocks, block_size: of its flash: bytes that are free, and its blocks.
    """

    board: str | None
    machine: str
    micropython: str
    mpy: int
    serial: str
    free: int
    blocks: int
    block_size: int

    def firmware(self) -> str:
        """The name of the board that its firmware is for.

        Raises
        ------
        Failure: there is none for this board.
        """
        if self.board is None:
            known = ", ".join(name for name in boards() if name not in ON_CPYTHON | {"virtual"})
            raise Failure(
                f"The board says that it is a {self.machine}, and there is no firmware for that one: only for {known}. "
                "hardware.md says which boards to buy. Unplug it, and plug in one of those."
            )
        return self.board

    def check(self, files: dict[str, bytes]) -> None:
        """See that its MicroPython runs these files.

        Raises
        ------
        Failure: it is too old, or loads other compiled modules.
        """
        numbers = tuple(int(number) for number in self.micropython.split(".")[:2])
        newest = "hardware.md (MicroPython onto the board) says how. Then run the same command again."
        if numbers < OLDEST:
            raise Failure(
                f"The board runs MicroPython {self.micropython}, and the firmware needs {OLDEST[0]}.{OLDEST[1]} or "
                f"newer. Put the current one onto it: {newest}"
            )
        versions = {data[1] for path, data in files.items() if path.endswith(".mpy")}
        if versions - {self.mpy & 0xFF}:
            raise Failure(
                f"The board runs MicroPython {self.micropython}, which loads compiled modules of version "
                f"{self.mpy & 0xFF}, and those of this Smilepost are of version {max(versions)}. Use the Smilepost of "
                f"that time, or put MicroPython {OLDEST[0]}.{OLDEST[1]} onto the board: {newest}"
            )


def describe(line: Line) -> Described:
    """Ask a board what it is."""
    name, version, machine, mpy, serial, size, blocks, free = line.run("describe()")
    if name != "micropython":
        raise Failure(
            f"The board at {line.path} runs {name}, and not MicroPython. hardware.md says how MicroPython comes onto "
            "it; then run the same command again."
        )
    board = next((board for board, text in _MACHINES.items() if re.match(text, machine)), None)
    return Described(board, machine, version, mpy, serial, size * free, blocks, size)
