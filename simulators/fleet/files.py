"""A kiosk's flash in memory: as `kiosk.storage` has files, so that the firmware runs on it.

What is written stays until the process ends, whatever happens to the kiosk. Of the releases in its slots, which every
kiosk of the fleet has, there is one copy for all.
"""

from errno import EEXIST, EIO, ENOENT
from os import strerror

from simulators.fleet.firmware import RESERVE

#: As on a Pico W: bytes in a block, and how many blocks.
_BLOCK, _BLOCKS = 4096, 212
#: Blocks of what a technician has installed, which is not kept here.
_INSTALLED = 40
_SLOTS = "slots/"


class Files:
    """The files of one kiosk.

    Parameters
    ----------
    content: what is on it, by path.
    """

    #: Contents that several kiosks have.
    _shared: dict[bytes, bytes] = {}  # noqa: RUF012 - on purpose

    def __init__(self, content: dict[str, bytes] | None = None) -> None:
        self._files = dict(content or {})
        self._folders = {""} | {folder for path in self._files for folder in _above(path)}
        #: No room beside what is there, and what stays free for records.
        self.is_full = False
        #: What belongs to a release cannot be written any more.
        self.is_worn = False

    def content(self) -> dict[str, bytes]:
        """All that a later life of this kiosk needs; releases are taken anew."""
        return {path: data for path, data in self._files.items() if not path.startswith(_SLOTS)}

    def names(self, folder: str) -> list[str]:
        if folder not in self._folders:
            raise OSError(ENOENT, strerror(ENOENT))
        start = f"{folder}/" if folder else ""
        below = [path[len(start) :] for path in (*self._files, *self._folders) if path.startswith(start)]
        return list({name.split("/")[0] for name in below if name})

    def size(self, path: str) -> int:
        return len(self._found(path))

    def space(self) -> tuple[int, int, int]:
        """Bytes in a block, blocks in all, free blocks."""
        used = sum(len(data) // _BLOCK + 1 for data in self._files.values())
        return _BLOCK, _BLOCKS, _BLOCKS // RESERVE if self.is_full else max(0, _BLOCKS - _INSTALLED - used)

    def read(self, path: str, offset: int = 0, size: int = -1) -> bytes | None:
        data = self._files.get(path)
        if data is None or (offset == 0 and size < 0):
            return data
        return data[offset:] if size < 0 else data[offset : offset + size]

    def append(self, path: str, data: bytes) -> None:
        self._write(path, self._files.get(path, b"") + data)

    def replace(self, path: str, data: bytes) -> None:
        self._write(path, bytes(data))

    def rename(self, old: str, new: str) -> None:
        if old in self._files:
            self._files[new] = self._files.pop(old)
            return
        self._folders = {_moved(folder, old, new) for folder in self._folders}
        self._files = {_moved(path, old, new): data for path, data in self._files.items()}

    def remove(self, path: str) -> None:
        self._found(path)
        del self._files[path]

    def make_folder(self, path: str) -> None:
        self._folders.add(path)

    def remove_folder(self, path: str) -> None:
        if any(each.startswith(f"{path}/") for each in (*self._files, *self._folders)):
            raise OSError(EEXIST, strerror(EEXIST))
        self._folders.discard(path)

    def _found(self, path: str) -> bytes:
        if path not in self._files:
            raise OSError(ENOENT, strerror(ENOENT))
        return self._files[path]

    def _write(self, path: str, data: bytes) -> None:
        if path.startswith(_SLOTS):
            if self.is_worn:
                raise OSError(EIO, strerror(EIO))
            data = self._shared.setdefault(data, data)
        self._files[path] = data


def _above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _moved(path: str, old: str, new: str) -> str:
    return new + path[len(old) :] if path == old or path.startswith(f"{old}/") else path
