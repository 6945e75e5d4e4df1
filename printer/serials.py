"""Numbers 1, 2, 3 …, each given out once, whatever happens to the machine.

They are reserved in blocks: a block is on the disk before the first number of it is given out. After a power cut the
next block begins, and what was left of the last one is never used.
"""

import json
import os
import threading

#: How many numbers are reserved at once.
BLOCK = 64


class UsedUp(Exception):
    """There is no number left."""


class Serials:
    """The numbers of one file; no other process may use it meanwhile.

    Parameters
    ----------
    path: of the file, absolute; it is made when a number is first wanted.
    most: the highest number that there is.

    Raises
    ------
    ValueError: the file is none of ours.
    """

    def __init__(self, path: str, most: int) -> None:
        self._path, self._most = path, most
        self._next = self._end = self._read()
        self._taking, self._reserving = threading.Lock(), threading.Lock()

    @property
    def spare(self) -> int:
        """How many can be given out without the disk."""
        return self._end - self._next

    def next(self) -> int:
        """A number that nobody has had.

        Raises
        ------
        UsedUp, OSError
        """
        with self._taking:
            if not self.spare:
                self.reserve()
            self._next += 1
            return self._next - 1

    def reserve(self) -> None:
        """Bring a further block to the disk, while others take from the last one.

        Raises
        ------
        UsedUp, OSError
        """
        with self._reserving:
            end = min(self._end + BLOCK, self._most + 1)
            if end == self._end:
                raise UsedUp
            self._write(end)
            self._end = end

    def _read(self) -> int:
        try:
            with open(self._path, "rb") as file:  # noqa: PTH123 - tests put a disk that forgets in place of these
                content = json.loads(file.read(-1))
        except FileNotFoundError:
            return 1
        if not isinstance(content, dict) or content.get("v") != 1 or not 1 <= content["next"] <= self._most + 1:
            raise ValueError(f"{self._path} does not say which numbers are reserved")
        return int(content["next"])

    def _write(self, end: int) -> None:
        draft = self._path + ".new"
        with open(draft, "wb") as file:  # noqa: PTH123
            file.write(json.dumps({"v": 1, "next": end}).encode())
            file.flush()
            os.fsync(file.fileno())
        os.rename(draft, self._path)  # noqa: PTH104
        folder = os.open(self._path.rpartition("/")[0], os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
