"""What runs on the board while a technician's computer is at its cable; it fetches this by `asking.py`, as it stands.

MicroPython runs it, in a heap of 192 KiB at the least.
"""
# ruff: noqa: PLC0415, PTH102, PTH104, PTH106, PTH107, PTH116, PTH123, PTH208, SIM105, UP031 - MicroPython

import gc
import hashlib
import os
import sys
from binascii import hexlify

from provisioning.wire.asking import ask, fetch, say

try:
    from collections.abc import Iterable, Iterator
    from typing import Any
except ImportError:
    pass  # a board looks at no annotations

DRAFT = ".tmp"  # the end of a name: a file that has not taken its place yet
MAIN = "main.py"
FOLDER = 0x4000  # as `ilistdir` says it


def say_each(values: Iterable[object]) -> None:
    """Say values one by one, for which there is no room at once, and then how many they were."""
    count = 0
    for value in values:
        say(value)
        count += 1
    say(count)


def describe() -> tuple[object, ...]:
    try:
        from machine import unique_id  # type: ignore[import-not-found]

        serial = hexlify(unique_id()).decode()
    except ImportError:
        serial = ""
    own = sys.implementation
    size, _, blocks, free = os.statvfs("/")[:4]
    version = ".".join([str(number) for number in own.version[:3]])
    machine, mpy = getattr(own, "_machine", sys.platform), getattr(own, "_mpy", 0)
    return own.name, version, machine, mpy, serial, size, blocks, free


def survey(ours: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (path, SHA-256) of the files of ours; what was begun to be removed is gone first."""
    for name, kind, *_ in list(os.ilistdir("/")):  # type: ignore[attr-defined]
        if kind == FOLDER and name in ours:
            _clear(name)
    for path in files_of(ours):
        gc.collect()  # before the heap is full of small pieces
        yield path, digest(path)


def files_of(ours: list[str]) -> Iterator[str]:
    """Yield the path of each file whose first name, up to its first dot, is one of ours."""
    folders = [""]
    while folders:
        folder = folders.pop()
        for name, kind, *_ in os.ilistdir("/" + folder):  # type: ignore[attr-defined]
            if not folder and name.split(".")[0] not in ours:
                continue
            if kind == FOLDER:
                folders.append(folder + name + "/")
            else:
                yield folder + name


def _clear(folder: str) -> None:
    """Remove a folder if there is no file in it."""
    for name, kind, *_ in list(os.ilistdir(folder)):  # type: ignore[attr-defined]
        if kind == FOLDER:
            _clear(folder + "/" + name)
    if not os.listdir(folder):
        os.rmdir(folder)


def digest(path: str) -> str:
    hashed, piece = hashlib.sha256(), bytearray(1024)
    with open(path, "rb") as file:
        while size := file.readinto(piece):
            hashed.update(memoryview(piece)[:size])
    return hexlify(hashed.digest()).decode()


def receive(count: int) -> None:
    """Write so many files aside: each is told as path, SHA-256 and sizes of its compressed parts."""
    for number in range(count):
        path, wanted, *sizes = ask(str(number)).decode().split("\t")
        make_folders(path)
        gc.collect()
        with open(path + DRAFT, "wb") as file:
            for part, size in enumerate(sizes):
                _copy(fetch("%d %d" % (number, part), int(size)), file)
        if digest(path + DRAFT) != wanted:
            raise ValueError("garbled")


def _copy(source: Any, file: Any) -> None:
    piece = bytearray(1024)
    while size := source.readinto(piece):
        file.write(memoryview(piece)[:size])


def make_folders(path: str) -> None:
    at = path.find("/")
    while at > 0:
        try:
            os.mkdir(path[:at])
        except OSError:
            pass  # it is there
        at = path.find("/", at + 1)


def exists(path: str) -> bool:
    try:
        return bool(os.stat(path))
    except OSError:
        return False


def take(path: str) -> None:
    """Put a draft in its place; it may be there already."""
    if exists(path + DRAFT):
        os.rename(path + DRAFT, path)


def finish(ours: list[str], gone: list[str]) -> None:
    """Put all drafts in their places, and remove what is gone. Meanwhile there is no main.py: no mixture ever runs."""
    if exists(MAIN):
        if exists(MAIN + DRAFT):
            os.remove(MAIN)
        else:
            os.rename(MAIN, MAIN + DRAFT)
    for path in list(files_of(ours)):
        if path.endswith(DRAFT) and path != MAIN + DRAFT:
            os.rename(path, path[: -len(DRAFT)])
    for path in gone:
        remove(path)
    take(MAIN)


def remove(path: str) -> None:
    """Delete a file, and each folder that is empty then."""
    if exists(path):
        os.remove(path)
    while "/" in path:
        path = path.rsplit("/", 1)[0]
        if not exists(path) or os.listdir(path):
            return
        os.rmdir(path)


def piece_of(path: str, offset: int) -> bytes | None:
    """Return some bytes of a file, or None where there is none."""
    if not exists(path):
        return None
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(512)
