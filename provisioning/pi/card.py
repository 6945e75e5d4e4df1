"""Write what makes a kiosk of a Raspberry Pi onto the boot partition of its card."""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import msgspec

from collector.failure import Failure
from collector.fleet.identity import FILE, Identity
from provisioning.pi import carried, cloud
from provisioning.pi.first_boot.machine import LOG
from provisioning.pi.first_boot.steps import WORKED
from provisioning.pi.plan import Plan

#: What cloud-init reads, the one that begins it all last.
_CLOUD_FILES = ("meta-data", "network-config", "user-data")
#: What has secrets in it: of what is replaced nothing is to stay on the card. None of these is needed to start.
_SECRET = {FILE, "network-config", "user-data"}
_LOG = Path(LOG).name
_NUMBER = "card-number"


class Card:
    """The boot partition of a card with Raspberry Pi OS; or a folder whose files somebody else will bring there.

    Parameters
    ----------
    folder: where it is mounted, or an empty folder.

    Raises
    ------
    Failure: it is neither.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not folder.is_dir():
            raise Failure(f"{folder} is no folder. Put the card into this machine, and name the drive that appears.")
        names = {entry.name for entry in folder.iterdir()}
        self.is_boot_partition = {"config.txt", "cmdline.txt"} <= names
        if self.is_boot_partition:
            self._check_system(names)
        elif names - {*_CLOUD_FILES, cloud.FOLDER}:
            raise Failure(
                f"{folder} is neither the boot partition of Raspberry Pi OS nor an empty folder. On the card it is the "
                "drive called bootfs, with config.txt in it."
            )

        self.identity = self._identity()

    def write(self, plan: Plan, progress: Callable[[int, int], None] = lambda _done, _of: None) -> int:
        """Write everything that a plan asks for; returns how many bytes that are.

        Each file is whole or not there, and the one by which it all begins comes last: a card that is pulled out too
        early is completed by the same command.

        Parameters
        ----------
        progress: called with the bytes that are written and those that there are.
        """
        files = self._files(plan)
        done, of = 0, sum(map(len, files.values()))
        for name, data in files.items():
            self._write(self._folder / name, data)
            done += len(data)
            progress(done, of)
        return of

    def number(self) -> str:
        """A number of its own, which stays on it: whoever is interrupted before it knows who it is, gets the same
        kiosk again."""
        path = self._folder / cloud.FOLDER / _NUMBER
        known = path.read_bytes() if path.is_file() else b""
        if not known.isalnum():
            known = secrets.token_hex(8).encode()
            self._write(path, known)
        return known.decode()

    def _identity(self) -> Identity | None:
        """Who this card is already, if it was prepared and not started yet."""
        try:
            return msgspec.json.decode((self._folder / cloud.FOLDER / FILE).read_bytes(), type=Identity)
        except (OSError, msgspec.DecodeError):
            return None

    def _files(self, plan: Plan) -> dict[str, bytes]:
        program = carried.program()
        setup = {
            "kiosk": plan.identity.kiosk,
            "user": plan.user,
            "keys": plan.keys,
            "zone": plan.zone,
            "restart": plan.restart,
            "has_screen": plan.has_screen,
            "printer": plan.printer,
            "letters": carried.letters() if plan.printer else [],
            "program": carried.digest(program),
        }
        files = {
            f"{cloud.FOLDER}/program.tar.gz": program,
            f"{cloud.FOLDER}/{cloud.PROGRAM}": carried.first_boot(),
            f"{cloud.FOLDER}/setup.json": json.dumps(setup, indent=2).encode(),
            f"{cloud.FOLDER}/user-data": cloud.user_data(plan, with_secrets=False).encode(),
            f"{cloud.FOLDER}/network-config": cloud.network_config(None, plan.country).encode(),
            f"{cloud.FOLDER}/{FILE}": msgspec.json.encode(plan.identity),
        }
        if self.is_boot_partition:
            line = (self._folder / "cmdline.txt").read_text()
            files["cmdline.txt"] = cloud.kernel_line(line, plan.country).encode()
        begin = (
            cloud.meta_data(secrets.token_hex(8)),
            cloud.network_config(plan.wifi, plan.country),
            cloud.user_data(plan),
        )
        return files | {name: text.encode() for name, text in zip(_CLOUD_FILES, begin, strict=True)}

    def _write(self, path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(exist_ok=True)
            if path.is_file() and path.read_bytes() == data:
                return
            aside = path.with_name(f"{path.name}.new")
            # On FAT the mode means nothing; in a folder of this machine it keeps secrets from others.
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if path.name in _SECRET and path.is_file():
                _overwrite(path)
            aside.replace(path)
        except OSError as problem:
            raise Failure(
                f"{self._folder} does not take the files: {problem.strerror}. A card that is full or protected against "
                "writing needs another one; otherwise write Raspberry Pi OS onto it anew, and try again."
            ) from problem

    def _check_system(self, names: set[str]) -> None:
        if _LOG in names and WORKED in (self._folder / _LOG).read_text(errors="replace"):
            raise Failure(
                f"This card has been a kiosk's already ({_LOG} says so), and begins no more. Write Raspberry Pi OS "
                "onto it anew and try again; for the same kiosk, ratings that wait on it are kept."
            )
        if not {"meta-data", "user-data"} & names:
            raise Failure(
                "The Raspberry Pi OS on this card is too old: it does not know cloud-init. Take Raspberry Pi OS Lite, "
                "64 bit, of October 2025 or later (Trixie)."
            )


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
