"""The disks of the suite: one forgets what was not synced, one can be full."""

import subprocess
from pathlib import Path

from tests.chaos.kept_disk import KeptDisk
from tests.chaos.small_disk import SmallDisk, why_not


def write(disk: KeptDisk, path: str, data: bytes, *, sync: bool) -> None:
    with disk.open_file(path, "wb") as file:
        file.write(data)
        if sync:
            disk.fsync(file.fileno())


def test_only_what_was_synced_is_there_again(tmp_path: Path) -> None:
    disk = KeptDisk(tmp_path / "card")
    disk.mkdir("/kiosk")
    disk.fsync(disk.open("/", disk.O_RDONLY))
    write(disk, "/kiosk/kept", b"first", sync=True)
    write(disk, "/kiosk/forgotten", b"x", sync=True)
    disk.fsync(disk.open("/kiosk", disk.O_RDONLY))
    write(disk, "/kiosk/kept", b"second", sync=True)
    write(disk, "/kiosk/kept", b"third", sync=False)
    disk.rename("/kiosk/forgotten", "/kiosk/renamed")
    write(disk, "/kiosk/nameless", b"y", sync=True)

    again = KeptDisk(tmp_path / "card")
    assert again.listdir("/kiosk") == ["kept", "forgotten"]
    assert again.open_file("/kiosk/kept", "rb").read(-1) == b"second"
    again.rename("/kiosk/forgotten", "/kiosk/renamed")
    assert KeptDisk(tmp_path / "card").listdir("/kiosk") == ["kept", "forgotten"]


def test_an_entry_that_a_kill_interrupted_was_never_written(tmp_path: Path) -> None:
    path = tmp_path / "card"
    disk = KeptDisk(path)
    write(disk, "/name", b"old", sync=True)
    disk.fsync(disk.open("/", disk.O_RDONLY))
    write(disk, "/name", b"new", sync=True)
    path.write_bytes(path.read_bytes()[:-1])
    assert KeptDisk(path).open_file("/name", "rb").read(-1) == b"old"


def test_a_small_disk_is_full_until_it_is_freed(tmp_path: Path) -> None:
    if refusal := why_not():
        assert "unshare" in refusal  # no namespaces for us on this machine: the suite says so, and fills nothing
        return
    disk = SmallDisk(tmp_path / "small", megabytes=4)
    write = disk.inside(["sh", "-c", f"echo words >{tmp_path / 'small' / 'file'}"])
    try:
        disk.fill()
        assert subprocess.run(write, check=False, stderr=subprocess.DEVNULL).returncode
        disk.free()
        subprocess.run(write, check=True)
    finally:
        disk.close()
    assert not list((tmp_path / "small").iterdir())  # nobody outside ever saw it
