"""The first start of a Raspberry Pi: real partition table, real file systems, and the power goes at every deed."""

import json
import re
from pathlib import Path

import pytest

from tests.provisioning.pi_world import PASSWORD, World, cut_everywhere

#: Every so many deeds the power goes; `make test-powercut` has it go at each.
STRIDE = 17


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A card that was just prepared; tests copy it."""
    return World.with_new_card(tmp_path_factory.mktemp("pi") / "new").with_small_program()


def test_a_new_card_becomes_a_kiosk(tmp_path: Path) -> None:
    world = World.with_new_card(tmp_path / "pi")
    ended = world.switch_on()
    assert ended.returncode == 0, ended.stdout
    world.is_set_up()
    assert not (world.boot / "smilepost").exists()
    begun = world.commands.index("systemctl restart --no-block ssh smilepost-kiosk")
    fetched = next(at for at, command in enumerate(world.commands) if "apt-get" in command)
    assert begun < fetched, "the kiosk does not wait for the Internet"
    assert "chromium" in " ".join(world.commands)
    assert world.commands[-1] == "systemctl --no-block reboot"
    (packages,) = (world.root / "opt/smilepost/venv/lib").glob("python3*/site-packages/smilepost.pth")
    assert packages.read_text() == "/opt/smilepost/packages\n"
    assert (world.root / "opt/smilepost/packages/gpiozero/__init__.py").is_file()


def test_the_power_goes_at_any_deed(template: World, tmp_path: Path) -> None:
    assert cut_everywhere(template, tmp_path, STRIDE) > 7


def test_without_the_internet_it_records_and_says_what_it_waits_for(template: World, tmp_path: Path) -> None:
    world = template.copy(tmp_path / "pi")
    (world.folder / "offline").touch()
    assert [world.switch_on().returncode for _ in range(3)] == [1, 1, 1]
    assert world.log[-1].startswith("Not finished: nftables, unattended-upgrades, ")
    assert "The kiosk records all the same. Look after the network" in world.log[-1]
    assert len(world.log) == 8, "said once"
    world.holds_no_secrets()
    told = (world.boot / "user-data").read_text()
    assert "first-boot.pyz" in told, "it goes on at the next start"
    assert '"growpart"' in told
    kept = (world.root / "etc/cloud/cloud.cfg.d/99-smilepost.cfg").read_text()
    assert kept == "network: {config: disabled}\n", "NetworkManager's stays"
    assert "systemctl enable smilepost-kiosk" in world.commands
    (world.folder / "offline").unlink()
    assert world.switch_on().returncode == 0
    world.is_set_up()


def test_a_card_that_was_written_anew_keeps_what_waits_on_it(template: World, tmp_path: Path) -> None:
    world = template.copy(tmp_path / "pi")
    world.switch_on()
    (world.journal / "unsent").write_text("ratings")
    world.write_card(secret="another secret")
    world.switch_on()
    assert "The journal has a partition of its own, and what was in it from before." in world.log[2]
    assert (world.journal / "unsent").read_text() == "ratings"
    assert json.loads((world.journal / "device.json").read_text())["secret"] == "another secret"


def test_a_card_that_was_another_kiosks_begins_anew(template: World, tmp_path: Path) -> None:
    world = template.copy(tmp_path / "pi")
    world.switch_on()
    (world.journal / "unsent").write_text("ratings")
    world.write_card(kiosk="lakeside-exit-1")
    world.switch_on()
    assert world.log[2] == "2/7 The journal has a partition of its own."
    assert not (world.journal / "unsent").exists()


def test_where_the_root_has_the_whole_card_the_journal_is_a_file(template: World, tmp_path: Path) -> None:
    world = template.copy(tmp_path / "pi")
    world.grow_root()
    assert world.switch_on().returncode == 0
    assert world.log[2] == "2/7 The journal has a file of its own."
    assert len(world.partitions()) == 2
    file = world.root / "var/lib/smilepost-journal.img"
    assert file.stat().st_blocks * 512 >= 512 * 1024**2, "its room is taken, whatever else fills the root"
    assert re.search(r"^/var/lib/smilepost-journal.img \S+ ext4 loop,", (world.root / "etc/fstab").read_text(), re.M)
    assert (world.journal / "device.json").is_file()


def test_a_program_that_the_card_has_spoiled_is_not_run(template: World, tmp_path: Path) -> None:
    world = template.copy(tmp_path / "pi")
    program = world.boot / "smilepost/program.tar.gz"
    program.write_bytes(program.read_bytes()[:-1] + b"x")
    assert world.switch_on().returncode == 1
    assert "program.tar.gz is not what was written onto the card. Prepare the card once more" in world.log[-1]
    assert not (world.root / "opt/smilepost").exists()
    assert PASSWORD.encode() not in (world.boot / "network-config").read_bytes(), "never in clear"
