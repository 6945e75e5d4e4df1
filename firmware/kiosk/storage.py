"""Files under one folder, where *written* means safe from a power cut.

MicroPython's littlefs keeps that promise at `flush`, folders included: until then a file has its old content, whole.
Elsewhere it takes an `fsync` of the file and another one of its folder after whatever changes the folder, and a new
content takes the place of an old one by a rename.
"""

import json
import os
from errno import EEXIST, ENOENT

ON_LITTLEFS = not hasattr(os, "fsync")
DRAFT = ".tmp"  # the end of a name: a new content that has not taken its place yet (nowhere on littlefs)

if not ON_LITTLEFS:

    def _sync(file):
        os.fsync(file.fileno())  # pyright: ignore[reportAttributeAccessIssue]

    def _sync_folder(path):
        folder = os.open(path, os.O_RDONLY)  # pyright: ignore[reportAttributeAccessIssue]
        try:
            os.fsync(folder)  # pyright: ignore[reportAttributeAccessIssue]
        finally:
            os.close(folder)  # pyright: ignore[reportAttributeAccessIssue]

else:  # MicroPython

    def _sync(file):
        pass

    def _sync_folder(path):
        pass


def read_json(storage, path):
    """Return the JSON object in a file; {} where there is none, or nothing that can be read as one."""
    try:
        found = json.loads(storage.read(path) or "{}")
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


class Storage:
    """The kiosk's files.

    Paths are relative, with `/`. Every method that writes returns when the change is on flash, and raises OSError
    where it cannot be brought there.

    root: the folder everything lies in; "" is the whole file system of a board.
    """

    def __init__(self, root=""):
        self.root = root

    def names(self, folder):
        """Return the names in a folder, in no order; drafts that a power cut left behind are cleared away."""
        names = []
        for name in os.listdir(self._path(folder)):
            if name.endswith(DRAFT):
                self.remove(folder + "/" + name)
            else:
                names.append(name)
        return names

    def size(self, path):
        """Return how many bytes a file has."""
        return os.stat(self._path(path))[6]

    def space(self):
        """Return (bytes in a block, blocks in all, free blocks)."""
        _, size, blocks, _, free = os.statvfs(self.root or "/")[:5]
        return size, blocks, free

    def read(self, path, offset=0, size=-1):
        """Return bytes of a file, or None where there is no such file."""
        try:
            with open(self._path(path), "rb") as file:
                file.seek(offset)
                return file.read(size)
        except OSError as error:
            if error.errno == ENOENT:
                return None
            raise

    def append(self, path, data):
        """Add bytes to the end of a file, which is made where it is missing."""
        if self._write(path, "ab", data) == 0:
            self._sync_folder(path)

    def replace(self, path, data):
        """Give a file a new content: after a power cut it has the old one or the new one, whole."""
        if ON_LITTLEFS:
            self._write(path, "wb", data)
        else:
            self._write(path + DRAFT, "wb", data)
            self.rename(path + DRAFT, path)

    def rename(self, old, new):
        """Rename a file or a folder within its folder; a file of the new name is replaced."""
        os.rename(self._path(old), self._path(new))
        self._sync_folder(new)

    def remove(self, path):
        """Delete a file."""
        os.remove(self._path(path))
        self._sync_folder(path)

    def make_folder(self, path):
        """Make a folder where there is none yet."""
        try:
            os.mkdir(self._path(path))
        except OSError as error:
            if error.errno != EEXIST:
                raise
        self._sync_folder(path)

    def remove_folder(self, path):
        """Delete a folder that is empty."""
        os.rmdir(self._path(path))
        self._sync_folder(path)

    def _path(self, path):
        return self.root + "/" + path

    def _write(self, path, mode, data):
        """Return how long the file was before."""
        with open(self._path(path), mode) as file:
            before = file.tell()
            file.write(data)
            file.flush()
            _sync(file)
        return before

    def _sync_folder(self, path):
        _sync_folder(self._path(path).rsplit("/", 1)[0] or "/")
