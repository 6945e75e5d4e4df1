"""A kiosk's flash seen from outside its VM: littlefs on CPython, in the very format of MicroPython's VfsLfs2."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from littlefs import LittleFS, UserContext, lfs
from littlefs.errors import LittleFSError
from littlefs.lfs import LFSConfig, LFSFileFlag

from simulators.flash import ERASE, PROGRAM_SIZE, READ_SIZE, FlashImage

# Not littlefs-python's letters: its "a" does not make a file. (Its types do not know the flags' names.)
_READ = LFSFileFlag(0x001)  # RDONLY
_APPEND = LFSFileFlag(0x902)  # WRONLY, CREAT, APPEND
_REPLACE = LFSFileFlag(0x502)  # WRONLY, CREAT, TRUNC


class BlockDevice(Protocol):
    """What MicroPython asks of flash."""

    blocks: int
    block_size: int

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None: ...
    def writeblocks(self, block: int, buffer: bytes, offset: int = 0) -> None: ...
    def ioctl(self, operation: int, argument: int) -> int: ...


def read_file(image: Path, name: str) -> bytes:
    """Return the content of a file in an image. The kiosk should be off."""
    with opened(image) as storage:
        content = storage.read(name)
    if content is None:
        raise FileNotFoundError(name)
    return content


def write_file(image: Path, name: str, data: bytes) -> None:
    """Write a file into an image, which is made and formatted where it is missing. The kiosk should be off."""
    with opened(image) as storage:
        storage.replace(name, data)


@contextlib.contextmanager
def opened(image: Path) -> Iterator["LittlefsStorage"]:
    """Open an image, which is made and formatted where it is missing."""
    flash = FlashImage(os.fspath(image))
    try:
        yield LittlefsStorage(flash)
    finally:
        flash.close()


class LittlefsStorage:
    """The firmware's file layer (`kiosk.storage`) over a block device, for CPython.

    flash: where the file system is; a blank one is formatted.
    program_size: 256 for a Pico W, 32 for an ESP32.
    """

    def __init__(self, flash: BlockDevice, program_size: int = PROGRAM_SIZE) -> None:
        # As in MicroPython: extmod/vfs_lfsx.c.
        self._block_size = flash.block_size
        self._littlefs = LittleFS(
            _Context(flash),
            mount=False,
            block_size=flash.block_size,
            block_count=flash.blocks,
            read_size=READ_SIZE,
            prog_size=program_size,
            cache_size=min(flash.block_size, 4 * max(READ_SIZE, program_size)),
            lookahead_size=32,
            block_cycles=100,
        )
        try:
            self._littlefs.mount()
        except LittleFSError as error:
            if error.code != LittleFSError.Error.LFS_ERR_CORRUPT:
                raise
            self._littlefs.format()
            self._littlefs.mount()
        self._fs = self._littlefs.fs

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder."""
        with _as_os_errors():
            return list(self._littlefs.listdir(folder or "/"))

    def size(self, path: str) -> int:
        """Return how many bytes a file has."""
        with _as_os_errors():
            return self._littlefs.stat(path).size

    def space(self) -> tuple[int, int, int]:
        """Return (bytes in a block, blocks in all, free blocks)."""
        blocks = self._littlefs.block_count
        return self._block_size, blocks, blocks - lfs.fs_size(self._fs)

    def read(self, path: str, offset: int = 0, size: int = -1) -> bytes | None:
        """Return bytes of a file, or None where there is no such file."""
        try:
            with self._file(path, _READ) as file:
                lfs.file_seek(self._fs, file, offset, os.SEEK_SET)
                return lfs.file_read(self._fs, file, size if size >= 0 else lfs.file_size(self._fs, file) - offset)
        except FileNotFoundError:
            return None

    def append(self, path: str, data: bytes) -> None:
        """Add bytes to the end of a file, which is made where it is missing."""
        with self._file(path, _APPEND) as file:
            lfs.file_write(self._fs, file, bytes(data))

    def replace(self, path: str, data: bytes) -> None:
        """Give a file a new content."""
        with self._file(path, _REPLACE) as file:
            lfs.file_write(self._fs, file, bytes(data))

    def rename(self, old: str, new: str) -> None:
        """Rename a file or a folder."""
        with _as_os_errors():
            self._littlefs.rename(old, new)

    def remove(self, path: str) -> None:
        """Delete a file."""
        with _as_os_errors():
            lfs.remove(self._fs, path, "utf-8")

    def make_folder(self, path: str) -> None:
        """Make a folder where there is none yet."""
        with contextlib.suppress(FileExistsError), _as_os_errors():
            lfs.mkdir(self._fs, path, "utf-8")

    def remove_folder(self, path: str) -> None:
        """Delete a folder that is empty."""
        self.remove(path)

    @contextlib.contextmanager
    def _file(self, path: str, flags: LFSFileFlag) -> Iterator[lfs.LFSFile]:
        with _as_os_errors():
            file = lfs.file_open(self._fs, path, flags, "utf-8")
            try:
                yield file
            finally:
                lfs.file_close(self._fs, file)


@contextlib.contextmanager
def _as_os_errors() -> Iterator[None]:
    try:
        yield
    except LittleFSError as error:
        number = errno.EIO if error.code == LittleFSError.Error.LFS_ERR_CORRUPT else -error.code
        raise OSError(number, str(error)) from error


class _Context(UserContext):
    """littlefs-python's view of the flash."""

    def __init__(self, flash: BlockDevice) -> None:
        self._flash = flash

    def read(self, _cfg: LFSConfig, block: int, off: int, size: int) -> bytearray:
        buffer = bytearray(size)
        self._flash.readblocks(block, buffer, off)
        return buffer

    def prog(self, _cfg: LFSConfig, block: int, off: int, data: bytes) -> int:
        self._flash.writeblocks(block, data, off)
        return 0

    def erase(self, _cfg: LFSConfig, block: int) -> int:
        self._flash.ioctl(ERASE, block)
        return 0

    def sync(self, _cfg: LFSConfig) -> int:
        return 0
