"""`smilepost provision pi`, as a technician calls it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine, select

from collector.accounts.tokens import make_token
from collector.fleet.identity import Identity
from collector.fleet.releases import KEPT_KEY
from collector.fleet.tables import kiosk, kiosk_secret
from collector.places.queries import top_place
from collector.settings import Settings
from tests.factories import make_shop
from tests.provisioning.pi_world import KEY, PASSWORD
from tests.provisioning.served import web

BROKER = "mqtts://broker.example:8883"


@pytest.fixture
def bench(engine: Engine, settings: Settings, tmp_path: Path) -> Iterator["Bench"]:
    with engine.begin() as connection:
        make_shop(connection, "Lakeside")
    bench = Bench(settings, tmp_path)
    with web(replace(settings, kiosk_broker=BROKER)):
        yield bench


class Bench:
    """A technician's table: a key, a password on paper, and a card in the reader."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.boot = settings, folder / "bootfs"
        self.key, self.password = folder / "id.pub", folder / "wifi"
        self.boot.mkdir()
        self.key.write_text(f"{KEY}\n")
        self.password.write_text(f"{PASSWORD}\n")
        for name in ("config.txt", "user-data", "meta-data", "network-config"):
            (self.boot / name).touch()
        (self.boot / "cmdline.txt").write_text("console=tty1 resize\n")

    def provision(self, *arguments: str, ok: bool = True) -> str:
        """Returns what it says, on standard output or, where it fails, on the other."""
        own = "--store", "Lakeside", "--touchpoint", "Exit", "--boot", str(self.boot), "--ssh-key", str(self.key)
        command = [sys.executable, "-m", "collector", "provision", "pi", *own, *arguments]
        environment = {**self.settings.environment(), "COLUMNS": "200"}
        ended = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert (ended.returncode == 0) == ok, ended.stderr
        return ended.stdout if ok else ended.stderr

    @property
    def identity(self) -> Identity:
        return msgspec.json.decode((self.boot / "smilepost/device.json").read_bytes(), type=Identity)


def test_a_card_is_made_in_one_go(bench: "Bench", engine: Engine) -> None:
    said = bench.provision("--wifi", "Shop", "--wifi-password-file", str(bench.password))
    assert (
        "lakeside-exit-1 is ready. Eject the card, put it into the Raspberry Pi, have the Wi-Fi “Shop” in reach" in said
    )
    assert said.rstrip().endswith("ssh technician@lakeside-exit-1.local")
    assert re.findall(r"^✓ (\w+)", said, re.MULTILINE) == ["Card", "Collector", "Kiosk", "Identity", "Files"]
    assert f"See it there: {bench.settings.url}/kiosks/lakeside-exit-1" in said
    assert PASSWORD not in said
    assert bench.identity.secret not in said
    assert (bench.identity.host, bench.identity.port, bench.identity.tls) == ("broker.example", 8883, True)
    assert "cfg80211.ieee80211_regdom=UA" in (bench.boot / "cmdline.txt").read_text(), "by the store's time zone"
    with engine.connect() as connection:
        assert connection.execute(select(kiosk.c.id, kiosk.c.board)).one() == ("lakeside-exit-1", "raspberry_pi")


def test_the_same_command_again_makes_no_other_kiosk_and_no_other_secret(bench: "Bench", engine: Engine) -> None:
    bench.provision()
    before = bench.identity
    bench.provision()
    assert bench.identity == before
    with engine.begin() as connection:
        assert connection.execute(select(kiosk_secret.c.kiosk_id, kiosk_secret.c.number)).all() == [
            ("lakeside-exit-1", before.n)
        ]
        connection.execute(kiosk_secret.update().values(number=before.n + 1))
    bench.provision()
    assert bench.identity.n == before.n + 2, "one that is good no more is replaced"


def test_a_card_learns_what_the_collector_has_learnt_meanwhile(bench: "Bench") -> None:
    bench.provision()
    before = bench.identity
    (bench.settings.data / KEPT_KEY).write_text("the public half\n")
    bench.provision()
    assert bench.identity == msgspec.structs.replace(before, key="the public half")


def test_who_is_interrupted_before_the_card_knows_who_it_is_gets_the_same_kiosk(bench: "Bench", engine: Engine) -> None:
    bench.provision()
    (bench.boot / "smilepost/device.json").unlink()
    bench.provision()
    bench.provision("--touchpoint", "Checkout")
    with engine.connect() as connection:
        assert connection.scalars(select(kiosk.c.id).order_by(kiosk.c.id)).all() == [
            "lakeside-checkout-1",
            "lakeside-exit-1",
        ]
    assert bench.identity.kiosk == "lakeside-checkout-1"


def test_from_a_laptop_that_has_no_database(bench: "Bench", engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        token = make_token(connection, "laptop", ["provision"], top_place(connection))
    file = tmp_path / "token"
    file.write_text(token)
    here = f"http://localhost:{bench.settings.port}"
    bench.settings = replace(bench.settings, database="postgresql://nobody@127.0.0.1:9/nothing", port=9)
    bench.provision("--collector", here, "--token-file", str(file))
    assert (bench.identity.kiosk, bench.identity.host) == ("lakeside-exit-1", "broker.example")
    assert token not in "".join(path.read_text(errors="replace") for path in bench.boot.rglob("*") if path.is_file())


def test_a_broker_that_a_pi_would_look_for_in_itself(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    bench = Bench(settings, tmp_path)
    with engine.begin() as connection:
        make_shop(connection, "Lakeside")
        before = connection.scalars(select(kiosk.c.id)).all()
    with web(settings):
        said = bench.provision(ok=False)
    assert "would look for its broker at 127.0.0.1, which is itself. Say where it is: kiosk_broker =" in said
    assert not (bench.boot / "smilepost").exists()
    with engine.connect() as connection:
        assert connection.scalars(select(kiosk.c.id)).all() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--store", "Hillside"], "There is no store 'Hillside'. There are: Lakeside."),
        (["--touchpoint", "Roof"], "Lakeside has no touchpoint 'Roof'. It has: Checkout, Exit"),
        (["--boot", "/nowhere"], "/nowhere is no folder"),
        (["--ssh-key", "/nowhere.pub"], "There is no SSH key /nowhere.pub, and without one nobody could sign in."),
        (["--wifi", "Shop"], "Password of the Wi-Fi Shop: nobody can be asked here. Name a file"),
        (["--open-wifi"], "Which Wi-Fi is meant? Name it: --wifi NAME"),
        (["--country", "Ukraine"], "write two letters"),
        (["--kiosk", "exit-"], "take an id that begins and ends with a letter or digit"),
        (["--printer", "lpt1"], "--printer: write where it is"),
        (["--printer", "usb:///dev/usb/lp0", "--printer-profile", "toaster"], "there is no toaster"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_changed(
    bench: "Bench", engine: Engine, arguments: list[str], says: str
) -> None:
    assert says in bench.provision(*arguments, ok=False)
    assert not (bench.boot / "smilepost").exists()
    with engine.connect() as connection:
        assert connection.execute(select(kiosk.c.id)).all() == []


def test_files_in_a_folder_come_with_what_is_to_be_done_by_hand(bench: "Bench", tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    said = bench.provision("--boot", str(folder), "--no-screen", "--country", "pl")
    assert "copy all that is in" in said
    assert "cfg80211.ieee80211_regdom=PL" in said
