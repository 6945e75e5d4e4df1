"""A disk of the database's own, so small that it can be filled: a tmpfs in a namespace, which takes no rights."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

#: PostgreSQL refuses to be root, which one is in a new namespace; so it is somebody else in another one in there.
_NOBODY = 65534
_MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && echo ready && exec cat'


def why_not() -> str:
    """Why there can be no such disk on this machine; "" where there can."""
    tried = subprocess.run(
        ["unshare", "-Urm", "unshare", "-U", f"--map-user={_NOBODY}", "true"],
        check=False,
        capture_output=True,
        text=True,
    )
    return tried.stderr.strip() if tried.returncode else ""


class SmallDisk:
    """A tmpfs mounted on a folder, visible to what runs `inside` alone; gone with whoever made it.

    Parameters
    ----------
    megabytes: how much it holds, in memory.
    """

    def __init__(self, folder: Path, megabytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._ballast = folder / "ballast"
        # It holds the namespace, and ends when its standard input does.
        self._keeper = subprocess.Popen(
            ["unshare", "-Urm", "sh", "-c", _MOUNT, "sh", f"{megabytes}m", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._keeper.stdout is not None
        assert self._keeper.stdout.readline() == b"ready\n"

    def inside(self, command: Sequence[str]) -> list[str]:
        """The command that runs `command` where the disk is visible, as an ordinary user."""
        return [*self._entered(), "unshare", "-U", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}", *command]

    def fill(self) -> None:
        """Leave no byte free."""
        self._run("sh", "-c", 'cat /dev/zero >"$1"', "sh", str(self._ballast))

    def free(self) -> None:
        """Give the room back."""
        self._run("rm", "-f", str(self._ballast))

    def close(self) -> None:
        """Forget the disk and what is on it."""
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        self._keeper.stdin.close()
        self._keeper.stdout.close()
        self._keeper.wait()

    def _entered(self) -> list[str]:
        return ["nsenter", "--target", str(self._keeper.pid), "--user", "--mount", "--preserve-credentials"]

    def _run(self, *command: str) -> None:
        subprocess.run([*self._entered(), *command], check=False, cwd="/", stderr=subprocess.DEVNULL)
