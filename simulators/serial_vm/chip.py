"""The chip of a board at a serial port: its reset, its number, and a flash that loses power; runs in the VM only."""

import sys
import time
from os import getenv

from simulators.flash import FlashImage

#: What the world hears, a byte each: main.py or the REPL begins; the flash was written or erased; the power goes; the
#: chip resets itself.
BEGUN, WRITTEN, CUT, RESET = b"b", b"w", b"c", b"r"

_pipe = open(int(getenv("KIOSK_CHIP") or 0), "wb", buffering=0)  # noqa: PTH123, SIM115 - for as long as it lives


def tell(what: bytes) -> None:
    """Tell the world what happens. A cut and a reset end the VM: nothing comes after them."""
    _pipe.write(what)
    while what in {CUT, RESET}:
        time.sleep(1)


class TornFlash(FlashImage):
    """Flash that is in the middle of an operation when the power goes."""

    def __init__(self, path: str, blocks: int) -> None:
        super().__init__(path, blocks)
        self._until_cut = int(getenv("KIOSK_CUT_AT") or 0)

    def _write(self, block: int, buffer: bytes, offset: int) -> None:
        if self._until_cut == 1:
            super()._write(block, bytes(buffer)[: len(buffer) // 2], offset)
            tell(CUT)
        super()._write(block, buffer, offset)
        self._count()

    def _erase(self, block: int) -> None:
        if self._until_cut == 1:
            super()._write(block, b"\xff" * (self.block_size // 2), 0)
            tell(CUT)
        super()._erase(block)
        self._count()

    def _count(self) -> None:
        self._until_cut -= 1
        tell(WRITTEN)


class _Replaced:
    """A built-in module of which some names are others."""

    def __init__(self, module: object, **names: object) -> None:
        self._module = module
        for name, value in names.items():
            setattr(self, name, value)

    def __getattr__(self, name: str) -> object:
        return getattr(self._module, name)


def replace_modules() -> None:
    """Give the VM what a board has: a chip that can be reset and has a number; and, for tests, another name."""
    from simulators.serial_vm import machine  # noqa: PLC0415 - it needs this module

    sys.modules["machine"] = machine
    said, version = getenv("KIOSK_MACHINE"), getenv("KIOSK_MICROPYTHON")
    if said or version:
        own = sys.implementation
        numbers = tuple([int(number) for number in version.split(".")]) if version else own.version
        implementation = _Replaced(own, version=numbers, _machine=said or own._machine)
        sys.modules["sys"] = _Replaced(sys, implementation=implementation)  # type: ignore[assignment]
