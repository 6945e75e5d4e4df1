"""A month of ratings as a file that any program can still read in twenty years.

Gzip of text, a line each:

    {"format": "smilepost ratings", "version": 1, "month": "2024-01", "columns": ["cursor_id", …]}
    17	1	0	…                 a rating, as PostgreSQL's COPY writes it: tabs between, \\N for nothing
    \\.
    {"rows": 2083333, "sha256": "…"}   of the ratings' lines

A file is complete when its last line is there and is right; until then it is a draft under another name.
"""

import contextlib
import gzip
import hashlib
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import msgspec

from collector.database import gathered
from collector.failure import Failure
from collector.files import sync_folder
from collector.ratings.reading import StoredRating

FORMAT, VERSION = "smilepost ratings", 1
#: A third of the time of gzip's default, for a twelfth more bytes.
LEVEL = 3
#: So much is packed at a time, bytes.
CHUNK = 1 << 18
#: Stands between the ratings and the last line.
END = b"\\.\n"


class ArchiveError(Failure):
    """A file cannot be written or is not what was once written; the message says which and why."""


class Header(msgspec.Struct):
    """What the ratings are and how they stand there."""

    format: str
    version: int
    month: str
    columns: list[str]


class Seal(msgspec.Struct):
    """How many ratings there are, and the digest of their lines."""

    rows: int
    sha256: str


class Verified(NamedTuple):
    """What a file says of itself, seen to be true."""

    month: str
    columns: Sequence[str]
    seal: Seal


def write(path: Path, month: str, columns: Sequence[str], lines: Iterable[bytes | bytearray | memoryview]) -> Seal:
    """Write a file and see that what is on the disk is what came; only then does it get its name.

    Raises
    ------
    ArchiveError: it cannot be written, or it does not read back. There may be a draft, which counts for nothing.
    """
    draft = path.with_name(path.name + ".draft")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with draft.open("wb") as file:
            seal = _write(file, Header(FORMAT, VERSION, month, list(columns)), lines)
            file.flush()
            os.fsync(file.fileno())
            if hasattr(os, "posix_fadvise"):  # to be read back from the disk, not from memory
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        if verify(draft).seal != seal:
            raise ArchiveError(f"{path} does not read back as it was written: look at the disk.")
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as problem:
        draft.unlink(missing_ok=True)
        raise ArchiveError(f"{path} cannot be written: {problem.strerror}.") from problem
    return seal


def verify(path: Path) -> Verified:
    """Read the whole file.

    Raises
    ------
    ArchiveError: it cannot be read, or something in it is not what was written.
    """
    with opened(path) as file:
        for _ in file:
            pass
        return Verified(file.header.month, file.header.columns, file.seal)


def read(path: Path) -> Iterator[StoredRating]:
    """The ratings of a file, journal by journal in the order of recording.

    What is wrong with a file may show at its end only: verify it first, where acts follow from each rating.

    Raises
    ------
    ArchiveError: as `verify`.
    """
    with opened(path) as file:
        try:
            places = [file.header.columns.index(name) for name in StoredRating._fields]
        except ValueError as problem:
            raise ArchiveError(f"{path} has no column {problem}.") from problem
        for line in file:
            values = line[:-1].split(b"\t")
            yield StoredRating(*(make(values[place]) for make, place in zip(_MAKERS, places, strict=True)))


class ArchiveFile:
    """An open file: its header, then its ratings' lines; at their end, its seal, which has been checked."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.header = msgspec.json.decode(file.readline(), type=Header)
        self.seal = Seal(0, "")

    def __iter__(self) -> Iterator[bytes]:
        digest, rows = hashlib.sha256(), 0
        while (line := self._file.readline()) != END:
            if not line:
                raise EOFError("it ends too early")
            digest.update(line)
            rows += 1
            yield line
        self.seal = Seal(rows, digest.hexdigest())
        if msgspec.json.decode(self._file.readline(), type=Seal) != self.seal:
            raise ValueError("its checksum is wrong")
        if self._file.read(1):
            raise ValueError("something follows its end")


@contextlib.contextmanager
def opened(path: Path) -> Iterator[ArchiveFile]:
    """Open a file to read it once, from the beginning.

    Raises
    ------
    ArchiveError: here and while its lines are read: it cannot be read, or something in it is not what was written.
    """
    try:
        with gzip.open(path, "rb") as file:
            archive = ArchiveFile(cast(BinaryIO, file))
            if archive.header.format != FORMAT or archive.header.version != VERSION:
                raise ArchiveError(f"{path} was written by another version: {archive.header.version}. Use that one.")
            yield archive
    except FileNotFoundError as problem:
        raise ArchiveError(f"{path} is not there.") from problem
    except (OSError, EOFError, ValueError, zlib.error, msgspec.MsgspecError) as problem:
        raise ArchiveError(f"{path} is damaged or no archive of ratings: {problem}.") from problem


def _write(file: BinaryIO, header: Header, lines: Iterable[bytes | bytearray | memoryview]) -> Seal:
    digest, rows = hashlib.sha256(), 0
    with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=file, mtime=0) as packed:
        packed.write(msgspec.json.encode(header) + b"\n")
        for some in gathered(lines, CHUNK):
            rows += some.count(b"\n")
            digest.update(some)
            packed.write(some)
        seal = Seal(rows, digest.hexdigest())
        packed.write(END + msgspec.json.encode(seal) + b"\n")
    return seal


def _moment(text: bytes) -> datetime:
    return datetime.fromisoformat(text.decode())


def _moment_if_any(text: bytes) -> datetime | None:
    return None if text == b"\\N" else _moment(text)


_SPECIAL: dict[str, Callable[[bytes], Any]] = {
    "received_at": _moment,
    "happened_at": _moment,
    "earliest_at": _moment_if_any,
    "score": float,
}
_MAKERS = [_SPECIAL.get(name, int) for name in StoredRating._fields]
