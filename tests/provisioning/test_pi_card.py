"""What is written onto a card for a Raspberry Pi."""

import contextlib
import json
import subprocess
import sys
import sysconfig
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.failure import Failure
from provisioning.pi import carried, plan
from provisioning.pi.card import Card
from tests.provisioning.pi_world import KEY, PASSWORD, SECRET, a_plan


@pytest.fixture
def boot(tmp_path: Path) -> Path:
    """The boot partition of a card as Raspberry Pi writes it."""
    folder = tmp_path / "bootfs"
    folder.mkdir()
    for name in ("config.txt", "meta-data", "user-data", "network-config"):
        (folder / name).write_text("# the image's\n")
    (folder / "cmdline.txt").write_text("console=tty1 root=PARTUUID=1234abcd-02 rootwait resize\n")
    return folder


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


def test_cloud_init_is_told_who_signs_in_and_what_begins(boot: Path) -> None:
    Card(boot).write(replace(a_plan(), password=""))
    assert (boot / "user-data").read_text().startswith("#cloud-config\n")
    told = read(boot / "user-data")
    (user,) = told["users"]
    assert (told["hostname"], told["timezone"]) == ("riverside-exit-2", "Europe/Kyiv")
    assert (user["name"], user["ssh_authorized_keys"], user["lock_passwd"]) == ("technician", [KEY], True)
    assert told["ssh_pwauth"] is False
    assert "passwd" not in user
    assert told["growpart"] == {"mode": "off"}, "the space behind the root is the journal's"
    assert told["bootcmd"][0][-1] == "/boot/firmware/smilepost/first-boot.pyz"
    assert "resize" not in (boot / "cmdline.txt").read_text().split()


def test_a_password_is_let_in_only_where_its_hash_was_given(boot: Path) -> None:
    Card(boot).write(replace(a_plan(), password="$6$salt$hash"))
    told = read(boot / "user-data")
    assert (told["ssh_pwauth"], told["users"][0]["lock_passwd"], told["users"][0]["passwd"]) == (
        True,
        False,
        "$6$salt$hash",
    )


@pytest.mark.parametrize("name", ['Shop "1"', "yes: #1", "Магазин 😀", "null"])
def test_a_network_may_be_called_as_it_likes(boot: Path, name: str) -> None:
    Card(boot).write(replace(a_plan(), wifi=plan.wifi(name, PASSWORD, "wpa2")))
    (radio,) = read(boot / "network-config")["network"]["wifis"].values()
    assert list(radio["access-points"]) == [name]
    assert radio["regulatory-domain"] == "UA"


def test_the_password_of_the_network_is_nowhere_on_the_card(boot: Path) -> None:
    Card(boot).write(a_plan())
    assert all(PASSWORD.encode() not in file.read_bytes() for file in boot.rglob("*") if file.is_file())


def test_the_secret_is_in_one_file_which_is_this_persons_alone(boot: Path) -> None:
    Card(boot).write(a_plan())
    (holder,) = [file for file in boot.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()]
    assert holder == boot / "smilepost/device.json"
    assert holder.stat().st_mode & 0o777 == 0o600


def test_a_card_is_prepared_again_and_is_another_machine_to_cloud_init(boot: Path) -> None:
    Card(boot).write(a_plan())
    before = {path: path.read_bytes() for path in boot.rglob("*") if path.is_file()}
    card = Card(boot)
    assert card.identity == a_plan().identity
    card.write(a_plan())
    after = {path: path.read_bytes() for path in boot.rglob("*") if path.is_file()}
    assert [path.name for path in after if after[path] != before[path]] == ["meta-data"]


def test_what_was_secret_on_a_card_is_overwritten_before_it_is_replaced(boot: Path) -> None:
    Card(boot).write(a_plan())
    with contextlib.ExitStack() as held:
        # What was the file's space, whatever the name leads to now.
        old = [held.enter_context((boot / name).open("rb")) for name in ("smilepost/device.json", "user-data")]
        Card(boot).write(replace(a_plan(secret="another"), password="$6$salt$another"))
        assert [set(file.read()) for file in old] == [{0}, {0}]
    assert Card(boot).identity == a_plan(secret="another").identity


def test_a_folder_in_place_of_a_card(tmp_path: Path) -> None:
    card = Card(tmp_path)
    card.write(a_plan())
    assert not card.is_boot_partition
    assert {path.name for path in tmp_path.iterdir()} == {"meta-data", "network-config", "user-data", "smilepost"}
    assert Card(tmp_path).identity, "once more into the same folder"


def test_what_is_no_boot_partition(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"is no folder\. Put the card into this machine"):
        Card(tmp_path / "nowhere")
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(Failure, match="neither the boot partition of Raspberry Pi OS nor an empty folder"):
        Card(tmp_path)


def test_an_older_system_is_named_as_such(boot: Path) -> None:
    for name in ("meta-data", "user-data"):
        (boot / name).unlink()
    with pytest.raises(Failure, match="too old: it does not know cloud-init"):
        Card(boot)


def test_a_card_that_has_been_started_begins_no_more(boot: Path) -> None:
    (boot / "smilepost-log.txt").write_text("2026-11-22 14:00:00 UTC  Worked: riverside-exit-2 runs.\n")
    with pytest.raises(Failure, match="Write Raspberry Pi OS onto it anew"):
        Card(boot)


def test_what_is_carried_is_enough_for_the_kiosk_and_its_printer(tmp_path: Path) -> None:
    """Nothing is there but Python's own library, what the card brings, and Pillow, PyYAML and HarfBuzz."""
    packed = tmp_path / "program.tar.gz"
    packed.write_bytes(carried.program())
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path / "home", filter="data")
    debian, installed = tmp_path / "debian", Path(sysconfig.get_path("purelib"))
    debian.mkdir()
    for name in ("PIL", "pillow.libs", "yaml", "_yaml", "uharfbuzz"):
        if (installed / name).exists():
            (debian / name).symlink_to(installed / name)
    program = f"""
import sys
sys.path += [{str(tmp_path / "home/packages")!r}, {str(debian)!r}]
sys.path.insert(0, {str(tmp_path / "home/firmware")!r})
sys.path.append({str(tmp_path / "home")!r})
import boards.raspberry_pi, gpiozero, kiosk_main, microdot, printing.station, starter
from printer.escpos import render
from printer.profiles import PROFILES
from printer.slip import Slip
assert render(Slip("Riverside", "Tell us", "HTTPS://A.EXAMPLE/Q/ABC", None, "en"), PROFILES["epson-80"], 1)
"""
    command = [sys.executable, "-I", "-S", "-W", "ignore", "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stderr


def test_with_a_printer_the_pi_is_told_exactly_which_letters_to_fetch(boot: Path) -> None:
    Card(boot).write(replace(a_plan(), printer={"address": "usb:///dev/usb/lp0", "profile": "epson-80"}))
    letters = json.loads((boot / "smilepost/setup.json").read_text())["letters"]
    assert letters[0].startswith("uharfbuzz==")
    assert all("--hash=sha256:" in line for line in letters[1:])
