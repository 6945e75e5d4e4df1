"""Files that power may fail around: each is whole or not there, and what is said to be on the disk is."""

import os
from pathlib import Path


def replace_file(path: Path, content: bytes, mode: int = 0o600, *, sync: bool = True) -> None:
    """Write a file whole or not at all, in place of an older one.

    Parameters
    ----------
    sync: return only when it is on the disk; not needed for what is made anew at each start.
    """
    draft = path.with_name(path.name + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
        if sync:
            file.flush()
            os.fsync(file.fileno())
    draft.replace(path)
    if sync:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring to the disk which files a folder has, after one was made or got its name."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
