"""Simulated flash, as a block device of MicroPython; runs in the VM and on CPython.

Flash is programmed in small pieces where it is blank, and made blank again by erasing a whole block. Both take their
time, and that of an erase is what a shopper might notice.
"""

import time

READ_SIZE = 32
PROGRAM_SIZE = 256  # of a Pico W; 32 on an ESP32
BLOCKS, BLOCK_SIZE, ERASE = 4, 5, 6  # operations of ioctl

# Typical times of a W25Q16JV, the flash of a Pico W (Winbond's data sheet, AC characteristics: tPP, tSE), in µs.
PAGE = 256
PAGE_PROGRAM = 400
SECTOR_ERASE = 45_000

# Not a block: this lies in the heap of a virtual kiosk.
_BLANK_PAGE = b"\xff" * PAGE


class FlashChip:
    """What chips have in common: they count what is done to them.

    blocks, block_size: 212 × 4096 is the file system of a Pico W.
    slow: take the time that a real chip typically takes, and let nothing else happen meanwhile, as on a board.
    """

    def __init__(self, blocks: int, block_size: int, slow: bool = False) -> None:
        self.blocks, self.block_size, self.slow = blocks, block_size, slow
        self.erases = self.pages = self.read = 0  # erases, pages programmed, bytes read

    @property
    def busy(self) -> int:
        """How long a real chip would have been busy with all that was written, in µs (typical times)."""
        return self.erases * SECTOR_ERASE + self.pages * PAGE_PROGRAM

    def ioctl(self, operation: int, argument: int) -> int:
        """Answer littlefs's questions, and erase."""
        if operation == BLOCKS:
            return self.blocks
        if operation == BLOCK_SIZE:
            return self.block_size
        if operation == ERASE:
            self.erases += 1
            self._erase(argument)
            self._take(SECTOR_ERASE)
        return 0

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        """Fill the buffer from a block."""
        self.read += len(buffer)
        self._fill(block, buffer, offset)

    def writeblocks(self, block: int, buffer: bytes, offset: int = 0) -> None:
        """Program the buffer into a block, which has been erased there."""
        pages = (len(buffer) + PAGE - 1) // PAGE
        self.pages += pages
        self._write(block, buffer, offset)
        self._take(pages * PAGE_PROGRAM)

    def _take(self, microseconds: int) -> None:
        if self.slow:
            time.sleep(microseconds / 1_000_000)

    def _fill(self, block: int, buffer: bytearray, offset: int) -> None:
        raise NotImplementedError

    def _write(self, block: int, buffer: bytes, offset: int) -> None:
        raise NotImplementedError

    def _erase(self, block: int) -> None:
        raise NotImplementedError


class FlashImage(FlashChip):
    """A flash chip in a file. What is written survives the process at once, however that ends.

    path: the file; a blank chip is made where it is missing.
    """

    def __init__(self, path: str, blocks: int = 212, block_size: int = 4096, slow: bool = False) -> None:
        super().__init__(blocks, block_size, slow)
        try:
            self._file = open(path, "r+b", buffering=0)  # noqa: PTH123, SIM115 - in the VM, and for as long as it lives
        except OSError:
            with open(path, "wb") as file:  # noqa: PTH123
                for _ in range(blocks * block_size // PAGE):
                    file.write(_BLANK_PAGE)
            self._file = open(path, "r+b", buffering=0)  # noqa: PTH123, SIM115

    def _fill(self, block: int, buffer: bytearray, offset: int) -> None:
        self._file.seek(block * self.block_size + offset)
        self._file.readinto(buffer)

    def _write(self, block: int, buffer: bytes, offset: int) -> None:
        self._file.seek(block * self.block_size + offset)
        self._file.write(buffer)

    def _erase(self, block: int) -> None:
        self._file.seek(block * self.block_size)
        for _ in range(self.block_size // PAGE):
            self._file.write(_BLANK_PAGE)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
