"""Files of which the end of the process leaves only what was synced: what power leaves of a Raspberry Pi's card."""

import os
import pickle
import struct
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.firmware.forgetful_disk import File, Folder, ForgetfulDisk

_LENGTH = struct.Struct("<I")


class KeptDisk(ForgetfulDisk):
    """A disk that forgets what was not synced, and keeps what was in a file of the real computer.

    Each sync appends one entry (number of the node, its content) to that file in one write: a kill comes before it or
    after it. Nothing else is ever written, so nothing else can be there at the next start.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._nodes: dict[int, File | Folder] = {0: self.root}
        self._numbers: dict[int, int] = {id(self.root): 0}
        draft = path.with_suffix(".new")
        if path.exists():
            self._load(path.read_bytes())
        self._log = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        self._keep_all(self.root)
        draft.replace(path)

    def put_under(self, storage: ModuleType) -> None:
        """Take the place of the operating system's files in the module `kiosk.storage`."""
        vars(storage).update(os=self, open=self.open_file)

    def fsync(self, node: File | Folder) -> None:
        super().fsync(node)
        self._keep(node)

    def _keep(self, node: File | Folder) -> None:
        content: Any = node.synced
        if isinstance(node, Folder):
            content = {name: (self._number(inner), isinstance(inner, Folder)) for name, inner in content.items()}
        entry = pickle.dumps((self._number(node), content))
        os.write(self._log, _LENGTH.pack(len(entry)) + entry)

    def _keep_all(self, node: File | Folder) -> None:
        self._keep(node)
        if isinstance(node, Folder):
            for inner in node.synced.values():
                self._keep_all(inner)

    def _load(self, data: bytes) -> None:
        at = 0
        while at + _LENGTH.size <= len(data):
            length = _LENGTH.unpack_from(data, at)[0]
            at += _LENGTH.size
            if at + length > len(data):
                return  # the entry that a kill interrupted
            number, content = pickle.loads(data[at : at + length])  # noqa: S301 - our own
            at += length
            node = self._node(number, isinstance(content, dict))
            if isinstance(node, Folder):
                content = {name: self._node(*inner) for name, inner in content.items()}
                node.now, node.synced = dict(content), content
            else:
                node.now = node.synced = content

    def _node(self, number: int, is_folder: bool) -> File | Folder:
        if number not in self._nodes:
            self._nodes[number] = Folder() if is_folder else File()
            self._numbers[id(self._nodes[number])] = number
        return self._nodes[number]

    def _number(self, node: File | Folder) -> int:
        if id(node) not in self._numbers:
            number = max(self._nodes) + 1
            self._nodes[number] = node  # for ever, so that no other object gets its id
            self._numbers[id(node)] = number
        return self._numbers[id(node)]
