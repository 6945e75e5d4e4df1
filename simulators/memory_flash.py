"""Simulated flash for tests, in memory; runs in the VM and on CPython."""

import random

from simulators.flash import PROGRAM_SIZE, FlashChip


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
        self._blank = b"\xff" * block_size
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

    def _erase(self, block: int) -> None:
        self._write(block, self._blank, 0)

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
