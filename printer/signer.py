"""Receipt links made without the collector: beside a till, or on a Raspberry Pi that is cut off.

`smilepost provision signer` writes the file from which a signer works. Beside it `signer-7.serials` says how far the
numbers of signer 7 are used: who takes that file away lets two receipts have one link.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
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
            values: dict[str, Any] = json.load(self._file)
            if values["v"] != 1:
                raise ValueError(values["v"])
            self.id, self._key_number = int(values["signer"]), int(values["key_number"])
            self._key, self._host = bytes.fromhex(values["key"]), str(values["host"])
            self.store, self.language = str(values["store"]), str(values["language"])
            self._zone = ZoneInfo(values["time_zone"])
        # No cause: there is a key in it.
        except (LookupError, TypeError, ValueError):
            raise SignerError(f"{path} is not the file of a signer, or not all of it: {_NEW_ONE}") from None
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
