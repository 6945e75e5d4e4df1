"""Simulated flash, as a block device of MicroPython; runs in the VM and on CPython.

Flash is programmed in small pieces where it is blank, and made blank again by erasing a whole block.
"""

READ_SIZE = 32
SYNC, BLOCKS, BLOCK_SIZE, ERASE = 3, 4, 5, 6  # operations of ioctl


class FlashImage:
    """A flash chip in a file. What is written survives the process at once, however that ends.

    path: the file; a blank chip is made where it is missing.
    blocks, block_size: 212 × 4096 is the file system of a Pico W.
    """

    def __init__(self, path: str, blocks: int = 212, block_size: int = 4096) -> None:
        self.blocks, self.block_size = blocks, block_size
        self._blank = b"\xff" * block_size
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

    def ioctl(self, operation: int, argument: int) -> int:
        """Answer littlefs's questions, and erase."""
        if operation == BLOCKS:
            return self.blocks
        if operation == BLOCK_SIZE:
            return self.block_size
        if operation == ERASE:
            self._file.seek(argument * self.block_size)
            self._file.write(self._blank)
        return 0

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class MemoryFlash:
    """A flash chip in memory that can tell what a power cut at any operation would have left on it.

    >>> flash = MemoryFlash(blocks=32)
    >>> flash.cut_after(3)  # the third program or erase from now is the one that is only half done
    >>> flash.left  # None until then; from then on the chip as the cut left it, while this one goes on unharmed
    """

    def __init__(self, blocks: int = 212, block_size: int = 4096) -> None:
        self.blocks, self.block_size = blocks, block_size
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
        """Program the buffer into a block."""
        self._change(block, offset, buffer)

    def ioctl(self, operation: int, argument: int) -> int:
        """Answer littlefs's questions, and erase."""
        if operation == BLOCKS:
            return self.blocks
        if operation == BLOCK_SIZE:
            return self.block_size
        if operation == ERASE:
            self._change(argument, 0, b"\xff" * self.block_size)
        return 0

    def _block(self, block: int) -> bytearray:
        if block not in self._content:
            self._content[block] = bytearray(b"\xff" * self.block_size)
        return self._content[block]

    def _change(self, block: int, offset: int, data: bytes) -> None:
        if self._until_cut:
            self._until_cut -= 1
            if self._until_cut == 0:
                self.left = self.copy()
                half = len(data) // 2
                memoryview(self.left._block(block))[offset : offset + half] = memoryview(data)[:half]
        memoryview(self._block(block))[offset : offset + len(data)] = data
