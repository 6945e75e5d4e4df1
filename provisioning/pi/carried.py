"""What a card carries: the program, and what it needs that neither Raspberry Pi OS nor Debian has."""

import functools
import gzip
import hashlib
import io
import re
import tarfile
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from collector.failure import Failure
from provisioning.bundle import FIRMWARE, installation

#: Packages in Python alone, which run on any machine; this installation's own files of them. Debian's gpiozero is too
#: old, and it has no microdot and no python-escpos, with what that needs.
PACKAGES = (
    *("gpiozero", "colorzero", "microdot"),
    *("qrcode", "pyserial", "python-escpos", "python-barcode", "appdirs", "argcomplete", "six", "importlib-resources"),
)
#: With a printer: fetched by the Raspberry Pi, by their hashes.
LETTERS = "uharfbuzz"
_PROJECT = FIRMWARE.parent
_NO_DATE = (1980, 1, 1, 0, 0, 0)


@functools.cache
def program() -> bytes:
    """`/opt/smilepost`, packed: `firmware`, `printer` and `packages`. The same program is the same file."""
    return packed(files())


def files() -> dict[str, bytes]:
    """All of it, by path."""
    found = {f"firmware/{path}": data for path, data in installation("raspberry_pi").items() if path != "main.py"}
    found |= _below(FIRMWARE / "pi", "firmware/pi")
    found |= _below(_PROJECT / "printer", "printer")
    for name in PACKAGES:
        found |= _package(name)
    return found


def packed(files: dict[str, bytes]) -> bytes:
    """Files as one."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for path, data in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(target.getvalue(), compresslevel=6, mtime=0)


def first_boot() -> bytes:
    """What makes a kiosk of the machine, as a file that Python runs."""
    package = Path(__file__).parent / "first_boot"
    files = {
        "__main__.py": b"import sys\n\nfrom provisioning.pi.first_boot.__main__ import main\n\nsys.exit(main())\n",
        "provisioning/__init__.py": b"",
        "provisioning/pi/__init__.py": b"",
        **_below(package, "provisioning/pi/first_boot"),
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(path, _NO_DATE), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def letters() -> list[str]:
    """The lines by which pip fetches exactly what this version was tested with, for whatever machine."""
    lock = _PROJECT / "requirements" / "run.lock"
    found = re.search(rf"^{LETTERS}==(?:.*\\\n)*.*\n", lock.read_text(), re.MULTILINE) if lock.is_file() else None
    if found is None:
        raise Failure(f"{lock} does not say which {LETTERS} a printer needs. Use a checkout of the project.")
    return [line for line in found[0].splitlines() if not line.lstrip().startswith("#")]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _below(folder: Path, path: str) -> dict[str, bytes]:
    return {
        f"{path}/{file.relative_to(folder).as_posix()}": file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def _package(name: str) -> dict[str, bytes]:
    try:
        files = distribution(name).files or []
    except PackageNotFoundError as problem:
        raise Failure(
            f"A Raspberry Pi needs {name}, which is not installed here. `pip install gpiozero microdot` and try again."
        ) from problem
    # Not what it puts elsewhere: commands and manual pages.
    return {
        f"packages/{file.as_posix()}": file.locate().read_bytes()  # type: ignore[attr-defined]
        for file in files
        if ".." not in file.parts and "__pycache__" not in file.parts
    }
