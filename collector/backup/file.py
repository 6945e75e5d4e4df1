"""The backup file: a ZIP of the tables as `COPY` text, the files, and last of all a manifest with every check sum.

It depends on no version of PostgreSQL and no program of its own: it is loaded into the tables of the migration that it
names, and these are brought up to date. A file that was cut short has no directory and is no ZIP.
"""

import contextlib
import fcntl
import hashlib
import os
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Self

import msgspec

from collector import __version__
from collector.failure import Failure
from collector.files import sync_folder

#: Of this layout; a reader of another one says so.
FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 1 << 20


class BackupFailed(Failure):
    """A backup cannot be written; the message says why and what to do."""


class Unusable(Failure):
    """A file is no backup, or no longer whole; the message says what is wrong with it."""


class Table(msgspec.Struct, frozen=True):
    name: str
    columns: list[str]
    rows: int
    sha256: str
    #: Of a partition: the table that it belongs to, and for which rows, as SQL.
    parent: str = ""
    bound: str = ""

    @property
    def member(self) -> str:
        return member_of_table(self.name)


class IdentitySequence(msgspec.Struct, frozen=True):
    """What draws the numbers of an identity column."""

    table: str
    column: str
    #: The highest that was drawn; 0 for none.
    last: int


class File(msgspec.Struct, frozen=True):
    #: Below the data folder, parted by slashes.
    path: str
    mode: int
    size: int
    sha256: str

    @property
    def member(self) -> str:
        return member_of_file(self.path)


class Manifest(msgspec.Struct, frozen=True):
    made_at: datetime
    #: The migration that had made the tables.
    revision: str
    tables: list[Table]
    counters: list[IdentitySequence]
    files: list[File]
    #: Of the program that made it.
    version: str = __version__
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


class Draft:
    """A backup that is being written, under another name until it is whole."""

    def __init__(self, target: Path, path: Path, file: BinaryIO) -> None:
        self._target = target
        self._path = path
        self._file = file
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)

    @classmethod
    @contextlib.contextmanager
    def at(cls, target: Path) -> Iterator[Self]:
        """A draft beside `target`; whatever of it is not finished is gone afterwards.

        Raises
        ------
        BackupFailed: there is such a file already, or it cannot be written.
        """
        if target.exists():
            raise BackupFailed(f"{target} is there already, and a backup replaces no other. Choose another name.")
        path = target.with_name(f"{target.name}.part")
        try:
            with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
                _claim(file, path)
                draft = cls(target, path, file)
                try:
                    yield draft
                finally:
                    path.unlink(missing_ok=True)  # once it is finished it has its own name
                    with contextlib.suppress(OSError, ValueError):  # what else it would write has no room
                        draft._zip.close()
        except OSError as problem:
            raise BackupFailed(
                f"The backup cannot be written to {target.parent}: {problem.strerror}. Nothing is left there."
            ) from problem

    def add(self, member: str, chunks: Iterable[bytes | memoryview]) -> tuple[int, str]:
        """Write a member; returns its size and check sum."""
        size, digest = 0, hashlib.sha256()
        info = zipfile.ZipInfo(member, time.gmtime()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w", force_zip64=True) as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
                size += len(chunk)
        return size, digest.hexdigest()

    def finish(self, manifest: Manifest, advance: Callable[[int], None]) -> None:
        """Write the manifest, read everything back, and only then give the file its name."""
        self._zip.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        Backup(self._file, self._target).verify(advance)
        self._path.rename(self._target)
        sync_folder(self._target.parent)


class Backup:
    """A backup file, open for reading."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._path = path
        with self._whole():
            self._zip = zipfile.ZipFile(file)
            text = self._zip.read(MANIFEST)
        try:
            self.manifest = msgspec.json.decode(text, type=Manifest)
        except msgspec.MsgspecError as problem:
            raise Unusable(f"{path} is no backup of Smilepost that this version can read: {problem}.") from problem
        if self.manifest.format != FORMAT:
            raise Unusable(
                f"{path} was made by Smilepost {self.manifest.version}, in a layout that this one cannot read."
            )

    @classmethod
    @contextlib.contextmanager
    def open(cls, path: Path) -> Iterator[Self]:
        """The backup at `path`.

        Raises
        ------
        Unusable: it is none, or not whole.
        """
        try:
            file = path.open("rb")
        except OSError as problem:
            raise Unusable(f"{path} cannot be read: {problem.strerror}.") from problem
        with file:
            yield cls(file, path)

    def verify(self, advance: Callable[[int], None]) -> None:
        """Read every byte of it.

        Parameters
        ----------
        advance: is told of the rows as they go by.

        Raises
        ------
        Unusable: something in it is not as it was written.
        """
        for table in self.manifest.tables:
            rows = 0
            for chunk in self.read(table):
                many = chunk.count(b"\n")
                rows += many
                advance(many)
            if rows != table.rows:
                raise Unusable(f"{self._path} is damaged: the table {table.name} has {rows} rows of {table.rows}.")
        for file in self.manifest.files:
            if not is_inside(file.path):
                raise Unusable(f"{self._path} names a file outside the data folder: {file.path}.")
            for _ in self.read(file):
                pass

    def read(self, part: Table | File) -> Iterator[bytes]:
        """What was written of a table or a file, piece by piece.

        Raises
        ------
        Unusable: it is not as it was written; after the last piece at the latest.
        """
        digest = hashlib.sha256()
        with self._whole(), self._zip.open(part.member) as member:
            while chunk := member.read(CHUNK):
                digest.update(chunk)
                yield chunk
        if digest.hexdigest() != part.sha256:
            raise Unusable(f"{self._path} is damaged: {part.member} is not as it was written.")

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        try:
            yield
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, OSError) as problem:
            raise Unusable(
                f"{self._path} is no backup of Smilepost, or it is damaged or cut short. Take another one."
            ) from problem


def member_of_table(name: str) -> str:
    """Where the rows of a table stand in the ZIP."""
    return f"database/{name}.copy"


def member_of_file(path: str) -> str:
    """Where a file of the data folder stands in the ZIP."""
    return f"data/{path}"


def is_inside(path: str) -> bool:
    """Whether a path stays below the folder that it is relative to."""
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts


def _claim(file: BinaryIO, path: Path) -> None:
    """Be the only one that writes this draft; what an earlier one left in it goes."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BackupFailed(f"Another backup is being written to {path}. Wait for it, or choose another name.") from None
    file.truncate(0)
