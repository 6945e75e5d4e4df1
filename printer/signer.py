"""Receipt links made without the collector: beside a till, or on a Raspberry Pi that is cut off.

`smilepost provision signer` writes the file from which a signer works. Beside it `signer-7.serials` says how far the
numbers of signer 7 are used: who takes that file away lets two receipts have one link.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from zoneinfo import ZoneInfo

from printer.codes import Receipt, encode
from printer.serials import BLOCK, Serials, UsedUp

#: The highest serial number: a code has three bytes for it.
MOST = 2**24 - 1
#: A clock that says an earlier day was never set.
_FIRST_DAY = date(2024, 1, 1)
_NEW_ONE = "make a new one with `smilepost provision signer`."


class SignerError(Exception):
    """There are no links from this signer; the message says why, and what to do now."""


@dataclass(frozen=True)
class SignerFile:
    """What a signer works from, as one machine keeps it."""

    signer: int
    key_number: int
    #: 32 bytes.
    key: bytes = field(repr=False)
    host: str
    store: str
    #: Of its slips.
    language: str
    time_zone: str

    @classmethod
    def read(cls, file: BinaryIO) -> "SignerFile":
        """What `write` has written.

        Raises
        ------
        ValueError: it is no such file, or not all of it. No message tells of the key.
        """
        try:
            values: dict[str, Any] = json.load(file)
            if values["v"] != 1:
                raise ValueError
            number, key_number, key = int(values["signer"]), int(values["key_number"]), bytes.fromhex(values["key"])
            return cls(number, key_number, key, *(str(values[name]) for name in _TEXTS))
        except (LookupError, TypeError, ValueError):
            raise ValueError from None

    def write(self, path: Path) -> None:
        """Write it where only this user can read it, and replace no other.

        Raises
        ------
        OSError: nothing is left of it.
        """
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w") as file:
                json.dump({"v": 1} | asdict(self) | {"key": self.key.hex()}, file)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink()
            raise


_TEXTS = ("host", "store", "language", "time_zone")


class ReceiptLink(NamedTuple):
    """One receipt's link, and the day and number by which the collector knows it."""

    link: str
    day: date
    serial: int


class Signer:
    """Makes receipt links, each once; one process at a time.

    Parameters
    ----------
    path: of its file.

    Raises
    ------
    SignerError: the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._file = _opened(path)
        try:
            self._set_up(path)
        except BaseException:
            self.close()
            raise

    def next_link(self, now: datetime) -> ReceiptLink:
        """A link that no receipt has had.

        Raises
        ------
        SignerError
        """
        day = self.day(now)
        if day < _FIRST_DAY:
            raise SignerError(
                f"This machine's clock says {day}, so customers would be told that they come late: set it."
            )
        with self._sentences():
            serial = self._serials.next()
        code = encode(Receipt(self.id, day, serial), self._key_number, self._key)
        return ReceiptLink(f"{self._host}/Q/{code}".upper(), day, serial)

    def day(self, now: datetime) -> date:
        """The day that a link made now carries: the store's."""
        return now.astimezone(self._zone).date()

    def reserve(self) -> None:
        """Have numbers at hand, so that the next links need not wait for the disk.

        Raises
        ------
        SignerError
        """
        if self._serials.spare < BLOCK // 2:
            with self._sentences():
                self._serials.reserve()

    def close(self) -> None:
        """Let another process have it."""
        self._file.close()

    def _set_up(self, path: Path) -> None:
        try:
            values = SignerFile.read(self._file)
            self._zone = ZoneInfo(values.time_zone)
        # No cause: there is a key in it.
        except (LookupError, ValueError):
            raise SignerError(f"{path} is not the file of a signer, or not all of it: {_NEW_ONE}") from None
        except OSError as problem:
            raise SignerError(f"{path} cannot be read ({problem.strerror}).") from problem
        self.id, self.store, self.language = values.signer, values.store, values.language
        self._key_number, self._key, self._host = values.key_number, values.key, values.host
        serials = path.absolute().with_name(f"signer-{self.id}.serials")
        try:
            self._serials = Serials(str(serials), MOST)
        except (LookupError, TypeError, ValueError, OSError) as problem:
            raise SignerError(
                f"{serials} cannot be read, so nobody knows which links are used: {_NEW_ONE}"
            ) from problem

    @contextlib.contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except UsedUp as problem:
            raise SignerError(f"Signer {self.id} has used up its {MOST:,} links: {_NEW_ONE}") from problem
        except OSError as problem:
            raise SignerError(
                f"Signer {self.id} cannot write down which links are used ({problem.strerror}): make room on the disk, "
                "and let this user write into the folder."
            ) from problem


def _opened(path: Path) -> BinaryIO:
    """The signer's file, locked until it is closed."""
    try:
        file = path.open("rb")
    except OSError as problem:
        raise SignerError(f"{path} cannot be read ({problem.strerror}): is it there, and this user's?") from problem
    try:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise SignerError(f"Others can read {path}, and there is a key in it: chmod 600 {path}")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        file.close()
        raise SignerError(f"Another program uses {path} already: give this one a signer of its own.") from problem
    except SignerError:
        file.close()
        raise
    return file
