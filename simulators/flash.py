"""Simulated flash, as a block device of MicroPython; runs in the VM and on CPython.

Flash is programmed in small pieces where it is blank, and made blank again by erasing a whole block.
"""

READ_SIZE = 32
PROGRAM_SIZE = 256  # of a Pico W; 32 on an ESP32
BLOCKS, BLOCK_SIZE, ERASE = 4, 5, 6  # operations of ioctl


class FlashChip:
    """What chips have in common. MicroPython also asks for `readblocks` and `writeblocks`.

    blocks, block_size: 212 × 4096 is the file system of a Pico W.
    """

    def __init__(self, blocks: int, block_size: int) -> None:
        self.blocks, self.block_size = blocks, block_size
        self._blank = b"\xff" * block_size

    def ioctl(self, operation: int, argument: int) -> int:
        """Answer littlefs's questions, and erase."""
        if operation == BLOCKS:
            return self.blocks
        if operation == BLOCK_SIZE:
            return self.block_size
        if operation == ERASE:
            self.writeblocks(argument, self._blank)
        return 0

    def writeblocks(self, block: int, buffer: bytes, offset: int = 0) -> None:
        """Program the buffer into a block, which has been erased there."""
        raise NotImplementedError


class FlashImage(FlashChip):
    """A flash chip in a file. What is written survives the process at once, however that ends.

    path: the file; a blank chip is made where it is missing.
    """

    def __init__(self, path: str, blocks: int = 212, block_size: int = 4096) -> None:
        super().__init__(blocks, block_size)
        try:
            self._file = open(path, "r+b", buffering=0)  # noqa: PTH123, SIM115 - in the VM, and for as long as it lives
        except OSError:
            with open(path, "wb") as file:  # noqa: PTH123
                for _ in range(blocks):
                    file.write(self._blank)
            self._file = open(path, "r+b", buffering=0)  # noqa: PTH123, SIM115

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        """Fill the buffer from a block."""
        self._file.seek(block * self.block_size + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block: int, buffer: bytes, offset: int = 0) -> None:
        """Program the buffer into a block, which has been erased there."""
        self._file.seek(block * self.block_size + offset)
        self._file.write(buffer)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class MemoryFlash(FlashChip):
    """A flash chip in memory that can tell what a power cut at any operation would have left on it.

    >>> flash = MemoryFlash(blocks=32)
    >>> flash.cut_after(3)  # the third program or erase from now is the one that is only half done
    >>> flash.left  # None until then; from then on the chip as the cut left it, while this one goes on unharmed
    """

    def __init__(self, blocks: int = 212, block_size: int = 4096) -> None:
        super().__init__(blocks, block_size)
        self.left: MemoryFlash | None = None
        self._content: dict[int, bytearray] = {}  # blocks that are not blank, so that a small heap can hold it
        self._until_cut = 0

    def cut_after(self, operations: int) -> None:
        """Let the power go, for `left`, at this operation."""
        self._until_cut = operations

    def copy(self) -> "MemoryFlash":
        """Return a chip of the same content."""
        other = MemoryFlash(self.blocks, self.block_size)
        for block in self._content:
            other._content[block] = bytearray(self._content[block])
        return other

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        """Fill the buffer from a block."""
        memoryview(buffer)[:] = memoryview(self._block(block))[offset : offset + len(buffer)]

    def writeblocks(self, block: int, buffer: bytes, offset: int = 0) -> None:
        """Program the buffer into a block, or erase it."""
        if self._until_cut:
            self._until_cut -= 1
            if self._until_cut == 0:
                self.left = self.copy()
                half = len(buffer) // 2
                memoryview(self.left._block(block))[offset : offset + half] = memoryview(buffer)[:half]
        memoryview(self._block(block))[offset : offset + len(buffer)] = buffer

    def _block(self, block: int) -> bytearray:
        if block not in self._content:
            self._content[block] = bytearray(self._blank)
        return self._content[block]
