"""What cloud-init is told (pure): the three files that Raspberry Pi OS reads from its boot partition.

They are YAML, and written as JSON, which is YAML too: a network may be called `"yes: #1"`.
"""

import json
from typing import Any

from provisioning.pi.plan import Plan, Wifi

#: Where the boot partition is on the Raspberry Pi.
BOOT = "/boot/firmware"
#: Our folder on it, and the program in that folder which makes a kiosk of the machine.
FOLDER, PROGRAM = "smilepost", "first-boot.pyz"

#: As Raspberry Pi OS gives them to its own first user.
_GROUPS = "users,adm,dialout,audio,netdev,video,plugdev,cdrom,games,input,gpio,spi,i2c,render,sudo"
#: Started at every start until it has switched cloud-init off. cloud-init's own `runcmd` is not repeated after a power
#: cut. It waits for cloud-init's end: two programs that make users would lock each other out.
_BEGIN = [
    *("systemd-run", "--no-block", "--unit=smilepost-first-boot", "--description=Smilepost: first boot"),
    *("--property=After=cloud-final.service", "--property=Restart=on-failure", "--property=RestartSec=30"),
    *("/usr/bin/python3", f"{BOOT}/{FOLDER}/{PROGRAM}"),
]


def user_data(plan: Plan, *, with_secrets: bool = True) -> str:
    """`user-data`: the machine's name and user, and what begins at each start until all is done."""
    user: dict[str, Any] = {
        "name": plan.user,
        "gecos": "Smilepost technician",
        "groups": _GROUPS,
        "shell": "/bin/bash",
        "lock_passwd": not plan.password,
        "ssh_authorized_keys": list(plan.keys),
        "sudo": "ALL=(ALL) NOPASSWD:ALL",
    }
    if plan.password and with_secrets:
        user["passwd"] = plan.password
    content: dict[str, Any] = {
        "hostname": plan.identity.kiosk,
        "manage_etc_hosts": True,
        "timezone": plan.zone,
        "users": [user],
        "ssh_pwauth": bool(plan.password),
        # The space behind the root is divided by our own program: the journal of the ratings gets a part of its own.
        "growpart": {"mode": "off"},
        "resize_rootfs": False,
        "bootcmd": [_BEGIN],
    }
    if plan.locale:
        content["locale"] = plan.locale
    return f"#cloud-config\n{_yaml(content)}"


def meta_data(number: str) -> str:
    """`meta-data`: another number, and cloud-init takes it for another machine and begins anew."""
    return _yaml({"instance-id": f"smilepost-{number}", "dsmode": "local"})


def network_config(wifi: Wifi | None, country: str) -> str:
    """`network-config`: a cable where there is one, and the wireless network."""
    network: dict[str, Any] = {
        "version": 2,
        "renderer": "NetworkManager",
        "ethernets": {"eth0": {"dhcp4": True, "optional": True}},
    }
    if wifi:
        network["wifis"] = {
            "wlan0": {
                "dhcp4": True,
                "optional": True,
                "regulatory-domain": country,
                "access-points": {wifi.name: _access(wifi)},
            }
        }
    return _yaml({"network": network})


def kernel_line(line: str, country: str) -> str:
    """What `cmdline.txt` says: as it was, but the root does not grow by itself, and the radio knows its country."""
    words = [word for word in line.split() if word != "resize" and not word.startswith("cfg80211.ieee80211_regdom=")]
    return " ".join([*words, f"cfg80211.ieee80211_regdom={country}"]) + "\n"


def _access(wifi: Wifi) -> dict[str, Any]:
    match wifi.security:
        case "open":
            return {}
        case "wpa3":
            return {"auth": {"key-management": "sae", "password": wifi.secret}}
    # Without protected frames (1): else NetworkManager offers WPA3, too, which cannot work with a key in place of the
    # password, and a network that has both refuses the Raspberry Pi.
    return {
        "auth": {"key-management": "psk", "password": wifi.secret},
        "networkmanager": {"passthrough": {"wifi-security.pmf": "1"}},
    }


def _yaml(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
