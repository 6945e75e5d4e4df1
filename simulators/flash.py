"""Simulated flash, as a block device of MicroPython; runs in the VM and on CPython.

Flash is programmed in small pieces where it is blank, and made blank again by erasing a whole block. Both take their
time, and that of an erase is what a shopper might notice.
"""

import random
import time

READ_SIZE = 32
PROGRAM_SIZE = 256  # of a Pico W; 32 on an ESP32
BLOCKS, BLOCK_SIZE, ERASE = 4, 5, 6  # operations of ioctl

# Typical times of a W25Q16JV, the flash of a Pico W (Winbond's data sheet, AC characteristics: tPP, tSE), in µs.
PAGE = 256
PAGE_PROGRAM = 400
SECTOR_ERASE = 45_000


class FlashChip:
    """What chips have in common: they count what is done to them.

    blocks, block_size: 212 × 4096 is the file system of a Pico W.
    slow: take the time that a real chip typically takes, and let nothing else happen meanwhile, as on a board.
    """

    def __init__(self, blocks: int, block_size: int, slow: bool = False) -> None:
        self.blocks, self.block_size, self.slow = blocks, block_size, slow
        self.erases = self.pages = self.read = 0  # erases, pages programmed, bytes read
        self._blank = b"\xff" * block_size

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
            self._write(argument, self._blank, 0)
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
                for _ in range(blocks):
                    file.write(self._blank)
            self._file = open(path, "r+b", buffering=0)  # noqa: PTH123, SIM115

    def _fill(self, block: int, buffer: bytearray, offset: int) -> None:
        self._file.seek(block * self.block_size + offset)
        self._file.readinto(buffer)

    def _write(self, block: int, buffer: bytes, offset: int) -> None:
        self._file.seek(block * self.block_size + offset)
        self._file.write(buffer)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class MemoryFlash(FlashChip):
    """A flash chip in memory that wears out, and can tell what a power cut at any operation would have left on it.

    program_size: for whoever mounts it.

    >>> flash = MemoryFlash(blocks=32)
    >>> flash.cut_after(3)  # the third program or erase from now is the one that is only half done
    >>> flash.left  # None until then; from then on the chip as the cut left it, while this one goes on unharmed
    >>> flash.worn.add(7)  # what is programmed into block 7 from now on is not what can be read there
    """

    def __init__(self, blocks: int = 212, block_size: int = 4096, program_size: int = PROGRAM_SIZE) -> None:
        super().__init__(blocks, block_size)
        self.program_size = program_size
        self.left: MemoryFlash | None = None
        self.worn: set[int] = set()
        self._content: dict[int, bytearray] = {}  # blocks that are not blank, so that a small heap can hold it
        self._until_cut = self._seed = 0

    def cut_after(self, operations: int, seed: int = 0) -> None:
        """Let the power go, for `left`, at this operation.

        seed: 0 does just half of the operation; any other draws how much of it, and some nonsense where it stopped.
        """
        self._until_cut, self._seed = operations, seed

    def copy(self) -> "MemoryFlash":
        """Return a chip of the same content."""
        other = MemoryFlash(self.blocks, self.block_size, self.program_size)
        for block in self._content:
            other._content[block] = bytearray(self._content[block])
        other.worn = set(self.worn)
        return other

    def _fill(self, block: int, buffer: bytearray, offset: int) -> None:
        memoryview(buffer)[:] = memoryview(self._block(block))[offset : offset + len(buffer)]

    def _write(self, block: int, buffer: bytes, offset: int) -> None:
        if self._until_cut:
            self._until_cut -= 1
            if self._until_cut == 0:
                self.left = self.copy()
                self.left._tear(block, buffer, offset, self._seed)
        target = self._block(block)
        memoryview(target)[offset : offset + len(buffer)] = buffer
        if block in self.worn:
            target[offset] ^= 0x04

    def _tear(self, block: int, buffer: bytes, offset: int, seed: int) -> None:
        done, nonsense = len(buffer) // 2, b""
        if seed:
            random.seed(seed)
            done = random.randrange(len(buffer) + 1)  # noqa: S311
            rest = min(16, len(buffer) - done)
            nonsense = bytes([random.randrange(256) for _ in range(rest)])  # noqa: S311
        torn = memoryview(self._block(block))[offset:]
        torn[:done] = memoryview(buffer)[:done]
        torn[done : done + len(nonsense)] = nonsense

    def _block(self, block: int) -> bytearray:
        if block not in self._content:
            self._content[block] = bytearray(self._blank)
        return self._content[block]
