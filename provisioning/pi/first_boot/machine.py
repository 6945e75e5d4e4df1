"""The machine: files that last, other programs, and what a technician reads afterwards."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

BOOT = "/boot/firmware"
#: Which steps are done: one empty file each.
DONE = "/var/lib/smilepost-setup"
LOG = f"{BOOT}/smilepost-log.txt"


class Stuck(Exception):
    """A step cannot go on; the message says why, and what a person has to do."""


class CommandFailed(Exception):
    """Another program has ended with a fault."""


class Machine:
    """This Raspberry Pi.

    Parameters
    ----------
    root: the folder that is its `/`.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def at(self, path: str) -> Path:
        """Where an absolute path of the machine is."""
        return self._root / path.lstrip("/")

    def run(self, *command: str, given: str | None = None, also: tuple[int, ...] = ()) -> str:
        """Run another program; returns what it printed.

        Parameters
        ----------
        given: what it reads.
        also: ends besides 0 that are good.

        Raises
        ------
        CommandFailed
        """
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        # All of it is ended with us where it hangs: a step is done again, not half.
        done = subprocess.run(command, input=given, text=True, capture_output=True, env=environment, check=False)
        if done.returncode not in {0, *also}:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise CommandFailed(f"{command[0]} ended with {done.returncode}: {said[-1] if said else 'no word why'}")
        return done.stdout

    def works(self, *command: str) -> bool:
        """Whether another program ends well."""
        try:
            self.run(*command)
        except (CommandFailed, FileNotFoundError):
            return False
        return True

    # Files: what is said to be written is on the card.

    def read(self, path: str) -> bytes | None:
        """What is in a file; None where there is none."""
        try:
            return self.at(path).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """Write a file aside, bring it to the card, and rename it."""
        target = self.at(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{target.name}.new")
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
        self.sync(target.parent)

    def link(self, path: str, target: str) -> None:
        """Let a name lead to another."""
        aside = self.at(f"{path}.new")
        aside.unlink(missing_ok=True)
        aside.symlink_to(target)
        aside.replace(self.at(path))
        self.sync(aside.parent)

    def replace_secret(self, path: str, data: bytes) -> None:
        """Replace a file, and write zeros where the old one was. A card may keep a copy of the block all the same."""
        with _old(self.at(path)):
            self.write(path, data)

    def erase(self, path: str) -> None:
        """Remove a file, and write zeros where it was. A card may keep a copy of the block all the same."""
        with _old(self.at(path)):
            self.at(path).unlink(missing_ok=True)
            self.sync(self.at(path).parent)

    def sync(self, folder: Path) -> None:
        """Bring to the card which files are in a folder."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def settle(self) -> None:
        """Bring to the card whatever any program has written."""
        os.sync()

    # Steps

    def has_done(self, step: str) -> bool:
        return self.at(f"{DONE}/{step}").exists()

    def is_done(self, step: str) -> None:
        """A step is done, and so is what it has written: it is never begun again."""
        self.settle()
        self.write(f"{DONE}/{step}", b"")

    def tell(self, line: str) -> None:
        """Add a line to the log, unless it is the last one already."""
        log = self.at(LOG)
        log.parent.mkdir(parents=True, exist_ok=True)
        before = log.read_text(errors="replace").splitlines() if log.exists() else []
        if before and before[-1].partition(" UTC  ")[2] == line:
            return
        with log.open("a") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC  {line}\n")
            file.flush()
            os.fsync(file.fileno())
        print(line, flush=True)


@contextlib.contextmanager
def _old(path: Path) -> Iterator[None]:
    """Whatever becomes of the name, what the file had in it is zeros afterwards."""
    try:
        file = path.open("r+b")
    except FileNotFoundError:
        yield
        return
    with file:
        size = os.fstat(file.fileno()).st_size
        yield
        file.write(bytes(size))
        file.flush()
        os.fsync(file.fileno())
