"""The journal's part of the card: a file system of its own, so that a full root never stops the recording.

On a card as it was written there is free space behind the root. The last 512 MiB of it become the third partition, and
the root grows up to there. Where the root has the whole card already, a file of that size takes its place.
"""

import json
import os
import uuid
from typing import Any

from provisioning.pi.first_boot.machine import CommandFailed, Machine, Stuck

#: Where the kiosk keeps what lasts, as its service has it.
STATE = "/var/lib/smilepost-kiosk"
FILE = "/var/lib/smilepost-journal.img"
SECTOR = 512
JOURNAL = 512 * 1024**2
#: Cards are made of blocks of this size, or of a part of it.
ALIGNED = 4 * 1024**2
#: What the root needs besides: the program, the browser, and updates for some years.
ROOT = 2 * 1024**3


def prepare_journal(machine: Machine, kiosk: str) -> str:
    """Make the journal's file system and mount it; returns a sentence about it.

    One that this kiosk has filled before, on the same card, stays: ratings may be waiting in it.

    Parameters
    ----------
    kiosk: its id.
    """
    if machine.works("mountpoint", "--quiet", str(machine.at(STATE))):
        return "The journal is there."
    device = _partition(machine) or _file(machine)
    was_kept = _file_system(machine, device, str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{kiosk}.kiosk.smilepost")))
    _mount_always(machine, device)
    kind = "file" if device == str(machine.at(FILE)) else "partition"
    return f"The journal has a {kind} of its own{', and what was in it from before' if was_kept else ''}."


def _partition(machine: Machine) -> str | None:
    """The third partition, made where there is room for it; the root has what is left. None: there is no room."""
    root = machine.run("findmnt", "--noheadings", "--output", "SOURCE", "/").strip()
    # The partition, then the disk that it is on.
    listed = machine.run("lsblk", "--inverse", "--list", "--json", "--bytes", "--output", "PATH,SIZE", root)
    disk = json.loads(listed)["blockdevices"][-1]
    table = json.loads(machine.run("sfdisk", "--json", disk["path"]))["partitiontable"]
    parts: list[dict[str, Any]] = table["partitions"]
    if table["label"] != "dos" or [part["node"] for part in parts[1:2]] != [root]:
        return None
    if len(parts) == 2:
        start = (int(disk["size"]) - JOURNAL) // ALIGNED * ALIGNED // SECTOR
        if (start - parts[1]["start"]) * SECTOR < max(ROOT, parts[1]["size"] * SECTOR):
            return None
        parts[1]["size"] = start - parts[1]["start"]
        parts.append({"start": start, "size": JOURNAL // SECTOR, "type": "83"})
        _write_table(machine, disk["path"], table)
    elif len(parts) != 3 or parts[2]["size"] * SECTOR != JOURNAL:
        return None  # somebody has other plans with this card
    device = f"{root[:-1]}3"
    # The kernel may have read the table before it was changed.
    machine.run("partx", "--update", "--nr", "2", disk["path"])
    if not os.path.lexists(device):
        machine.run("partx", "--add", "--nr", "3", disk["path"])
    machine.run("udevadm", "settle")
    machine.run("resize2fs", root)
    return device


def _write_table(machine: Machine, disk: str, table: dict[str, Any]) -> None:
    """Write the partition table: one sector, so that it is the old one or the new one whenever the power goes."""
    lines = [f"label: {table['label']}", f"label-id: {table['id']}", "unit: sectors"]
    for part in table["partitions"]:
        bootable = ", bootable" if part.get("bootable") else ""
        lines.append(f"start={part['start']}, size={part['size']}, type={part['type']}{bootable}")
    quietly = "--force", "--no-reread", "--no-tell-kernel", "--wipe=never", "--wipe-partitions=never"
    machine.run("sfdisk", *quietly, disk, given="\n".join(lines) + "\n")


def _file(machine: Machine) -> str:
    """A file in place of a partition; its blocks are taken at once, so that nothing else can have them."""
    path = machine.at(FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            os.posix_fallocate(file.fileno(), 0, JOURNAL)
        except OSError as problem:
            os.truncate(path, 0)
            raise Stuck(
                f"The card has no {JOURNAL // 1024**2} MiB left for the journal ({problem.strerror}). "
                "Take a card of 8 GB or more, and begin anew."
            ) from problem
        os.fsync(file.fileno())
    machine.sync(path.parent)
    return str(path)


def _file_system(machine: Machine, device: str, number: str) -> bool:
    """Make the file system of this number, unless it is there already; returns whether it was."""
    # 2: there is none
    if machine.run("blkid", "--probe", "--match-tag", "UUID", "--output", "value", device, also=(2,)).strip() == number:
        try:
            machine.run("e2fsck", "-f", "-y", device, also=(1,))
            return True
        except CommandFailed:
            pass  # the power went while it was made, or the card has lost it
    # Nothing is given back: of a file that would be the very blocks that were taken for it.
    options = "-m", "0", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0"
    machine.run("mkfs.ext4", "-q", "-F", "-L", "smilepost", "-U", number, *options, device)
    return False


def _mount_always(machine: Machine, device: str) -> None:
    """Mount it now and at every start. Where that fails the machine starts all the same, without a kiosk."""
    number = machine.run("blkid", "--probe", "--match-tag", "UUID", "--output", "value", device).strip()
    options = "noatime,nodev,nosuid,noexec,errors=remount-ro,nofail"
    if device == str(machine.at(FILE)):
        line = f"{FILE} {STATE} ext4 loop,{options} 0 0"
    else:
        line = f"UUID={number} {STATE} ext4 {options},x-systemd.device-timeout=30s 0 2"
    before = (machine.read("/etc/fstab") or b"").decode().splitlines()
    others = [each for each in before if each.split()[1:2] != [STATE]]
    machine.write("/etc/fstab", "\n".join([*others, line, ""]).encode())
    machine.at(STATE).mkdir(parents=True, exist_ok=True)
    machine.run("systemctl", "daemon-reload")
    machine.run("mount", str(machine.at(STATE)))
