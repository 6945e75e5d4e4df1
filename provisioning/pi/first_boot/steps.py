"""What is done at the first start, one after the other.

    1 program    unpacked from the boot partition, checked, with a Python environment of its own
    2 journal    the ratings' part of the card, see `disk`
    3 people     the users that the services run as; and the technician, whom cloud-init may have lost to a power cut
    4 identity   who this kiosk is: moved from the boot partition, where everybody could read it; nothing secret
                 stays there: the passwords are with NetworkManager and the system by now
    5 system     services, log in memory, watchdog, updates, firewall
    6 kiosk      started: from here on every press counts, with a network or without
    7 packages   what Debian brings: needs the Internet, and waits for it

Then cloud-init is switched off and the machine restarts.

The power may go at any moment. A step that was not done to its end is done again, and each bears that.
"""

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Callable
from typing import Any

from provisioning.pi.first_boot.disk import STATE, prepare_journal
from provisioning.pi.first_boot.machine import BOOT, CommandFailed, Machine, Stuck

FOLDER = f"{BOOT}/smilepost"
SETUP, PROGRAM, IDENTITY = f"{FOLDER}/setup.json", f"{FOLDER}/program.tar.gz", f"{FOLDER}/device.json"
#: What replaces cloud-init's files once it has done its work for this machine: the same without secrets.
AFTERWARDS = {"user-data": f"{FOLDER}/user-data", "network-config": f"{FOLDER}/network-config"}
HOME = "/opt/smilepost"
SERVICE_FILES = f"{HOME}/firmware/pi"
#: From the service's folder to their places.
SYSTEM_FILES = {
    "smilepost-kiosk.service": "/etc/systemd/system",
    "smilepost-screen.service": "/etc/systemd/system",
    "smilepost-firewall.service": "/etc/systemd/system",
    "90-smilepost.rules": "/etc/udev/rules.d",
    "smilepost-journald.conf": "/etc/systemd/journald.conf.d",
    "smilepost-watchdog.conf": "/etc/systemd/system.conf.d",
    "90-smilepost-swap.conf": "/etc/rpi/swap.conf.d",
    "52smilepost-updates": "/etc/apt/apt.conf.d",
    "smilepost-sshd.conf": "/etc/ssh/sshd_config.d",
}
#: Letters for the screen; without them Chromium shows boxes.
SCREEN_PACKAGES = ["cage", "chromium", "fonts-dejavu-core"]
PRINTER_PACKAGES = ["python3-pil", "python3-yaml", "python3-pip"]
ALWAYS = ["nftables", "unattended-upgrades"]
BEGUN, WORKED, NOT_YET = "First boot of", "Worked:", "Not finished:"

Setup = dict[str, Any]


def program(machine: Machine, setup: Setup) -> str:
    """Unpack the program beside its place, and bring it there whole."""
    data = machine.read(PROGRAM)
    if data is None or hashlib.sha256(data).hexdigest() != setup["program"]:
        raise Stuck(
            f"{PROGRAM} is not what was written onto the card. Prepare the card once more, or take another one."
        )
    home, aside = machine.at(HOME), machine.at(f"{HOME}.new")
    shutil.rmtree(aside, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        archive.extractall(aside, filter="data")
    machine.run("python3", "-m", "venv", "--without-pip", "--system-site-packages", str(aside / "venv"))
    (packages,) = (aside / "venv" / "lib").glob("python3*/site-packages")
    # What the card brings goes before what Debian has.
    (packages / "smilepost.pth").write_text(f"{HOME}/packages\n")
    shutil.rmtree(home, ignore_errors=True)
    aside.rename(home)
    return "The program is unpacked."


def journal(machine: Machine, setup: Setup) -> str:
    return prepare_journal(machine, setup["kiosk"])


def people(machine: Machine, setup: Setup) -> str:
    for group in ("gpio", "lp", "dialout", "video", "input", "render"):
        machine.run("groupadd", "--force", "--system", group)
    if not machine.works("id", "smilepost"):
        machine.run("useradd", "--system", "--user-group", "smilepost")
    if setup["has_screen"] and not machine.works("id", "smilepost-screen"):
        machine.run("useradd", "--system", "--create-home", "--groups", "video,input,render", "smilepost-screen")
    _technician(machine, setup["user"], setup["keys"])
    return f"{setup['user']} can sign in by SSH."


def _technician(machine: Machine, user: str, keys: list[str]) -> None:
    if not machine.works("id", user):
        machine.run("useradd", "--create-home", "--shell", "/bin/bash", "--groups", "sudo,adm,gpio", user)
    home = f"/home/{user}"
    machine.write(f"{home}/.ssh/authorized_keys", "".join(f"{key}\n" for key in keys).encode(), 0o600)
    machine.at(f"{home}/.ssh").chmod(0o700)
    machine.run("chown", "--recursive", f"{user}:{user}", str(machine.at(f"{home}/.ssh")))
    machine.write("/etc/sudoers.d/smilepost", f"{user} ALL=(ALL) NOPASSWD:ALL\n".encode(), 0o440)


def identity(machine: Machine, setup: Setup) -> str:
    """The kiosk's secret goes to the journal's file system, for its eyes only, and leaves the boot partition."""
    data = machine.read(IDENTITY)
    if data is not None:
        _keep(machine, "device.json", data)
    elif machine.read(f"{STATE}/device.json") is None:
        raise Stuck(
            f"{IDENTITY} is not on the card, so this machine does not know who it is. Prepare the card once more."
        )
    if setup["has_screen"]:
        _keep(machine, "screen.json", b'{"driver": "touch"}')
    if setup["printer"]:
        _keep(machine, "printer.json", json.dumps(setup["printer"]).encode())
    machine.erase(IDENTITY)
    # What cloud-init has made of its files has to be on the card, and to stay: it starts again until all is done.
    machine.write("/etc/cloud/cloud.cfg.d/99-smilepost.cfg", b"network: {config: disabled}\n")
    machine.settle()
    for name, source in AFTERWARDS.items():
        text = machine.read(source)
        if text is not None:
            machine.replace_secret(f"{BOOT}/{name}", text)
    return f"This is {setup['kiosk']}."


def _keep(machine: Machine, name: str, data: bytes) -> None:
    machine.write(f"{STATE}/{name}", data, 0o600)
    # The folder itself, too: its owner is what systemd looks at.
    machine.run("chown", "smilepost:smilepost", str(machine.at(STATE)), str(machine.at(f"{STATE}/{name}")))


def system(machine: Machine, setup: Setup) -> str:
    for name, folder in SYSTEM_FILES.items():
        data = machine.read(f"{SERVICE_FILES}/{name}")
        assert data is not None, name  # noqa: S101 - it came with the program, whose hash was right
        machine.write(f"{folder}/{name}", data)
    restart = setup["restart"]
    machine.write(
        "/etc/apt/apt.conf.d/53smilepost-restart",
        f'Unattended-Upgrade::Automatic-Reboot "{"true" if restart else "false"}";\n'
        f'Unattended-Upgrade::Automatic-Reboot-Time "{restart or "now"}";\n'.encode(),
    )
    machine.write("/etc/hostname", f"{setup['kiosk']}\n".encode())
    machine.link("/etc/localtime", f"/usr/share/zoneinfo/{setup['zone']}")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "enable", "ssh", "smilepost-firewall")
    return "Services, watchdog, updates and firewall are set up."


def kiosk(machine: Machine, _setup: Setup) -> str:
    machine.run("systemctl", "enable", "smilepost-kiosk")
    # It comes up by itself as soon as it can: without its pins' driver it cannot yet.
    machine.run("systemctl", "restart", "--no-block", "ssh", "smilepost-kiosk")
    return "The kiosk is started."


def packages(machine: Machine, setup: Setup) -> str:
    """Install what Debian brings. Raises Stuck as long as there is no Internet."""
    wanted = list(ALWAYS)
    if not machine.works("python3", "-c", "import lgpio"):
        wanted.append("python3-lgpio")
    wanted += SCREEN_PACKAGES if setup["has_screen"] else []
    wanted += PRINTER_PACKAGES if setup["printer"] else []
    apt = "apt-get", "--quiet=2", "--option=DPkg::Lock::Timeout=600"
    try:
        machine.run("dpkg", "--configure", "-a")  # where the power went within the last try
        machine.run(*apt, "update", "--error-on=any")
        machine.run(
            *apt, "install", "--yes", "--no-install-recommends", "--option=Dpkg::Options::=--force-confold", *wanted
        )
        if setup["printer"]:
            _printer_packages(machine, setup["letters"])
    except CommandFailed as problem:
        raise Stuck(
            f"{', '.join(wanted)} cannot be installed yet ({problem}). The kiosk records all the same. "
            "Look after the network: Wi-Fi name and password, cable, Internet."
        ) from problem
    machine.run("systemctl", "restart", "--no-block", "smilepost-firewall", "smilepost-kiosk")
    if setup["has_screen"]:
        machine.run("systemctl", "enable", "smilepost-screen")
        machine.run("systemctl", "set-default", "graphical.target")
    return f"Installed: {', '.join(wanted)}."


def _printer_packages(machine: Machine, letters: list[str]) -> None:
    """What Debian has not: the shaping of letters, the very files that this version was tested with."""
    machine.write(f"{HOME}/letters.txt", "\n".join(letters).encode())
    options = "--quiet", "--require-hashes", "--no-deps", "--only-binary=:all:", "--upgrade"
    where = "--target", str(machine.at(f"{HOME}/packages")), "--requirement", str(machine.at(f"{HOME}/letters.txt"))
    machine.run("python3", "-m", "pip", "install", *options, *where)


STEPS: list[Callable[[Machine, Setup], str]] = [
    program,
    journal,
    people,
    identity,
    system,
    kiosk,
    packages,
]


def leave(machine: Machine) -> None:
    """Switch off cloud-init, which begins us, remove what is needed no more, and restart."""
    machine.write("/etc/cloud/cloud-init.disabled", b"")
    shutil.rmtree(machine.at(FOLDER), ignore_errors=True)
    machine.sync(machine.at(BOOT))
    machine.run("systemctl", "--no-block", "reboot")


def read_setup(machine: Machine) -> Setup:
    data = machine.read(SETUP)
    if data is None:
        raise Stuck(f"{SETUP} is not on the card. Prepare the card once more.")
    try:
        setup: Setup = json.loads(data)
    except ValueError as problem:
        raise Stuck(f"{SETUP} cannot be read. Prepare the card once more.") from problem
    return setup
