"""A Raspberry Pi as far as a folder can be one: a card with a real partition table and real file systems, and programs
in place of those that only a whole machine can run. What they were asked is written down."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from collector.fleet.identity import Identity
from provisioning.pi import carried, cloud, plan
from provisioning.pi.card import Card

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdd7B1J3J6k2V0hB1kq1bq0D4m0Q0mM8qkqyJ7B1d0x olha"
SECRET, PASSWORD, HASH = "kiosk-secret-of-24-bytes", "shop-wifi-password", "$6$salt$hash-of-a-password"
SIZE, ROOT_FROM, ROOT_SIZE = 6 * 1024**3, 1064960, 4194304  # bytes, then sectors
ENDS_WITH = "Worked: riverside-exit-2 runs, and restarts now. Press a button: its light comes on."
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

#: The machine's programs, for `sh`; WORLD is its folder.
_PROGRAMS = {
    "findmnt": 'echo "$WORLD/dev/mmcblk0p2"',
    "lsblk": f'echo "{{\\"blockdevices\\": [{{\\"path\\": \\"$WORLD/dev/mmcblk0p2\\", \\"size\\": 0}},'
    f' {{\\"path\\": \\"$WORLD/dev/mmcblk0\\", \\"size\\": {SIZE}}}]}}"',
    # The kernel's view of the card, from the table that is on it.
    "partx": """sectors=$(sfdisk --dump "$WORLD/dev/mmcblk0" | sed -n "s/.*mmcblk0p$3 .*size= *\\([0-9]*\\),.*/\\1/p")
        truncate --size=$((sectors * 512)) "$WORLD/dev/mmcblk0p$3\"""",
    "mountpoint": '[ -L "$2" ]',
    "mount": """line=$(grep " ${1#$WORLD/root} " "$WORLD/root/etc/fstab")
        case $line in
        UUID=*) number=${line%% *}; number=${number#UUID=}; device=$WORLD/dev/mmcblk0p3 ;;
        *) device=$WORLD/root${line%% *}; number=$(blkid -p -s UUID -o value "$device") ;;
        esac
        [ "$(blkid -p -s UUID -o value "$device")" = "$number" ] || { echo "no such file system" >&2; exit 32; }
        mkdir -p "$WORLD/contents/$number"
        mkdir -p "$1" && rmdir "$1" && ln -s "$WORLD/contents/$number" "$1\"""",
    "id": 'grep -qx "$1" "$WORLD/users"',
    "useradd": 'for name; do :; done; echo "$name" >> "$WORLD/users"; mkdir -p "$WORLD/root/home/$name"',
    "apt-get": 'if [ -e "$WORLD/offline" ]; then echo "E: Could not resolve the name" >&2; exit 100; fi',
    **dict.fromkeys(("systemctl", "udevadm", "groupadd", "chown", "dpkg"), ":"),
}
#: Ends Python, as the power does, before the n-th thing that it would do to a disk or have done by another program.
_CUT = """
import os, runpy, sys

left, counted = int(sys.argv[1]), 0
DEEDS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.truncate", "subprocess.Popen"}


def watch(event, arguments):
    global counted
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if event in DEEDS or writes:
        counted += 1
        if counted == left:
            os._exit(137)


sys.dont_write_bytecode = True
sys.addaudithook(watch)
sys.argv = sys.argv[2:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print("deeds:", counted, file=sys.stderr)
"""


class World:
    """One machine with one card, switched off.

    Parameters
    ----------
    folder: where it is; a new one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root, self.boot = folder / "root", folder / "root" / "boot" / "firmware"
        self.journal, self.disk = self.root / "var/lib/smilepost-kiosk", folder / "dev" / "mmcblk0"

    @classmethod
    def with_new_card(cls, folder: Path, **wanted: object) -> "World":
        """A machine whose card was just written and prepared."""
        world = cls(folder)
        for each in ("root/boot/firmware", "root/etc", "dev", "bin", "contents"):
            (folder / each).mkdir(parents=True)
        world._make_programs()
        (folder / "users").write_text("root\n")
        world.write_card(**wanted)
        return world

    def write_card(self, **wanted: object) -> None:
        """Write Raspberry Pi OS onto the card, and prepare it; what lies further back on the card stays there."""
        shutil.rmtree(self.root)
        self.boot.mkdir(parents=True)
        (self.root / "etc").mkdir()
        (self.root / "etc/fstab").write_text("PARTUUID=1234abcd-02 / ext4 defaults,noatime 0 1\n")
        for name in ("config.txt", "meta-data", "user-data"):
            (self.boot / name).write_text("# the image's\n")
        (self.boot / "cmdline.txt").write_text("console=tty1 root=PARTUUID=1234abcd-02 rootwait resize\n")
        with self.disk.open("ab") as file:
            file.truncate(SIZE)
        table = f"label: dos\nstart=16384, size=1048576, type=c\nstart={ROOT_FROM}, size={ROOT_SIZE}, type=83\n"
        self._tool("sfdisk", "--quiet", "--wipe=never", str(self.disk), given=table)
        root = self.disk.with_name("mmcblk0p2")
        root.unlink(missing_ok=True)
        self._tool("mkfs.ext4", "-q", "-F", str(root), str(ROOT_SIZE // 2))  # KiB
        Card(self.boot).write(a_plan(**wanted))

    def with_small_program(self) -> "World":
        """Carry only the program's services: what is unpacked one by one need not be cut off one by one."""
        small = carried.packed(
            {path: data for path, data in carried.files().items() if path.startswith("firmware/pi/")}
        )
        (self.boot / "smilepost/program.tar.gz").write_bytes(small)
        setup = json.loads((self.boot / "smilepost/setup.json").read_text())
        (self.boot / "smilepost/setup.json").write_text(json.dumps(setup | {"program": carried.digest(small)}))
        return self

    def copy(self, folder: Path) -> "World":
        subprocess.run(["cp", "-a", "--sparse=always", self.folder, folder], check=True)
        return World(folder)

    def switch_on(self, cut: int = 0) -> subprocess.CompletedProcess[str]:
        """Start it: what Linux mounts is mounted, and cloud-init begins what it was told to begin.

        Parameters
        ----------
        cut: before which of its deeds the power goes; 0: it stays.
        """
        self._mount()
        script = self.folder / "cut.py"
        script.write_text(_CUT)
        program = self.boot / cloud.FOLDER / cloud.PROGRAM
        command = [sys.executable, str(script), str(cut), str(program), "--root", str(self.root)]
        return subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=False, timeout=60)

    def grow_root(self) -> None:
        """The root has the whole card, as where `resize` was left in cmdline.txt."""
        self._tool("sfdisk", "--quiet", "-N", "2", str(self.disk), given=f"{ROOT_FROM}, +\n")

    @property
    def is_asked(self) -> bool:
        """Whether cloud-init would begin anything at the next start."""
        return not (self.root / "etc/cloud/cloud-init.disabled").exists()

    @property
    def log(self) -> list[str]:
        return [line.partition(" UTC  ")[2] for line in (self.boot / "smilepost-log.txt").read_text().splitlines()]

    @property
    def commands(self) -> list[str]:
        return (self.folder / "commands").read_text().splitlines()

    def partitions(self) -> list[tuple[int, int]]:
        """Start and size of each, in sectors."""
        table = json.loads(self._tool("sfdisk", "--json", str(self.disk)))["partitiontable"]
        return [(part["start"], part["size"]) for part in table["partitions"]]

    def check_file_systems(self) -> None:
        """What is on the card is whole."""
        for name in ("mmcblk0p2", "mmcblk0p3"):
            self._tool("e2fsck", "-f", "-n", str(self.disk.with_name(name)))

    def is_set_up(self) -> None:
        """Everything is where it belongs, and nothing is where it does not."""
        assert self.log[-1] == ENDS_WITH
        assert not self.is_asked
        (_, _), (root, root_size), (start, size) = self.partitions()
        assert (root, root + root_size, size * 512) == (ROOT_FROM, start, 512 * 1024**2)
        assert self.disk.with_name("mmcblk0p2").stat().st_size == root_size * 512
        self.check_file_systems()
        assert json.loads((self.journal / "device.json").read_text())["secret"] == SECRET
        assert (self.journal / "device.json").stat().st_mode & 0o777 == 0o600
        assert json.loads((self.journal / "screen.json").read_text()) == {"driver": "touch"}
        self.holds_no_secrets()
        assert (self.root / "home/technician/.ssh/authorized_keys").read_text() == f"{KEY}\n"
        assert (self.root / "opt/smilepost/firmware/pi/smilepost-firewall.nft").is_file()
        assert (self.root / "etc/systemd/system/smilepost-kiosk.service").is_file()
        assert (self.root / "etc/hostname").read_text() == "riverside-exit-2\n"
        assert (self.root / "etc/localtime").readlink() == Path("/usr/share/zoneinfo/Europe/Kyiv")
        assert (self.root / "etc/fstab").read_text().count("/var/lib/smilepost-kiosk ext4") == 1

    def holds_no_secrets(self) -> None:
        """Whoever holds the card reads none on its boot partition."""
        key = plan.wifi("Shop", PASSWORD, "wpa2").secret
        for file in self.boot.rglob("*"):
            if file.is_file():
                for secret in (SECRET, key, HASH):
                    assert secret.encode() not in file.read_bytes(), file

    def _mount(self) -> None:
        if self.journal.is_symlink():
            self.journal.unlink()
            self.journal.mkdir()
        if " /var/lib/smilepost-kiosk " in (self.root / "etc/fstab").read_text():
            subprocess.run([self.folder / "bin/mount", str(self.journal)], env=self._environment(), check=False)

    def _make_programs(self) -> None:
        for name, text in _PROGRAMS.items():
            note = f'echo "{name} $*" >> "$WORLD/commands"'
            self._program(name, f"#!/bin/sh\n{note}\n{text}\n")
        self._program("python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')

    def _program(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def _environment(self) -> dict[str, str]:
        return {"PATH": f"{self.folder / 'bin'}:{SYSTEM_PATH}", "WORLD": str(self.folder), "LC_ALL": "C.UTF-8"}

    def _tool(self, *command: str, given: str | None = None) -> str:
        environment = {**os.environ, "PATH": SYSTEM_PATH}
        return subprocess.run(command, input=given, env=environment, capture_output=True, text=True, check=True).stdout


def cut_everywhere(template: World, folder: Path, stride: int) -> int:
    """Let the power go before every so many deeds of a first start, and start it again; returns how often.

    Parameters
    ----------
    template: a card that was just prepared.
    """
    counted = template.copy(folder / "uncut").switch_on()
    cuts = range(1, int(counted.stderr.rpartition("deeds:")[2]) + 1, stride)
    for cut in cuts:
        world = template.copy(folder / "cut")
        assert world.switch_on(cut).returncode == 137, cut
        if world.is_asked:
            assert world.switch_on().returncode == 0, f"{cut}: {world.log}"
        world.is_set_up()
        shutil.rmtree(world.folder)
    return len(cuts)


def a_plan(kiosk: str = "riverside-exit-2", secret: str = SECRET, has_screen: bool = True) -> plan.Plan:
    return plan.Plan(
        identity=Identity(kiosk, "broker.example", 8883, 1, secret, tls=True),
        user="technician",
        keys=(KEY,),
        password=HASH,
        wifi=plan.wifi("Shop", PASSWORD, "wpa2"),
        country="UA",
        zone="Europe/Kyiv",
        locale="",
        restart="03:30",
        has_screen=has_screen,
    )
